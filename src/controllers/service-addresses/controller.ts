import { namespace } from "../../kinds/core/namespace/kind.ts";
import { service } from "../../kinds/core/service/kind.ts";
import type { ClusterFacts } from "../../kinds/kind.ts";
import { ipAddress } from "../../kinds/networking/ip-address/kind.ts";
import { serviceCidr } from "../../kinds/networking/service-cidr/kind.ts";
import type { Transaction } from "../../kinds/transaction.ts";
import type { Service } from "../../kinds/types/core-v1.generated.ts";
import type { IPAddress } from "../../kinds/types/networking-v1.generated.ts";
import { formatTime } from "../../kinds/values/time.ts";
import { itself, splitKey, type Controller } from "../controller.ts";

const FAMILY = "ipaddress.kubernetes.io/ip-family";
const MANAGED_BY = "ipaddress.kubernetes.io/managed-by";
const ALLOCATOR = "ipallocator.k8s.io";

/**
 * Shows which address belongs to which Service: an IPAddress for each. What keeps addresses from being given out twice is
 * the index that allocation reads in its own transaction; these objects follow it, and a wrong one is put right.
 */
export const serviceAddressesController: Controller = {
  name: "service-addresses",
  watches: [
    itself(service),
    { kind: ipAddress, keys: ({ object }) => (object.spec?.parentRef?.resource === "services" ? [`${object.spec.parentRef.namespace}/${object.spec.parentRef.name}`] : []) },
  ],
  reconcile(tx, key) {
    const { namespace: ns, name } = splitKey(key);
    const owner = tx.get(service, ns, name);
    const wanted = owner ? addressesOf(owner) : [];
    for (const object of tx.list(ipAddress, { field: { path: "parent", value: key } })) {
      if (object.metadata.labels?.[MANAGED_BY] === ALLOCATOR && !wanted.includes(object.metadata.name!)) tx.delete(ipAddress, undefined, object.metadata.name!);
    }
    for (const ip of wanted) if (!tx.get(ipAddress, undefined, ip)) create(tx, ip, owner!);
  },
};

const addressesOf = ({ spec }: Service): string[] => (spec?.clusterIPs ?? []).filter((ip) => ip !== "" && ip !== "None");

function create(tx: Transaction, ip: string, { metadata }: Service): void {
  tx.create<IPAddress>(ipAddress, {
    metadata: { name: ip, labels: { [FAMILY]: ip.includes(":") ? "IPv6" : "IPv4", [MANAGED_BY]: ALLOCATOR } },
    spec: { parentRef: { resource: "services", namespace: metadata.namespace!, name: metadata.name! } },
  });
}

const DEFAULT_CIDR = "kubernetes";
const CIDR_FINALIZER = "networking.k8s.io/service-cidr-finalizer";

/** The cluster's own range stands in the ServiceCIDR `kubernetes`; any range that is there is ready, and held while it is used. */
export const serviceCidrController: Controller = {
  name: "service-cidr-controller",
  watches: [
    // Among the first objects of every cluster.
    { kind: namespace, keys: ({ type, object }) => (type === "ADDED" && object.metadata.name === "kube-system" ? [DEFAULT_CIDR] : []) },
    itself(serviceCidr),
  ],
  reconcile(tx, name, cluster) {
    const found = tx.get(serviceCidr, undefined, name) ?? createDefault(tx, name, cluster);
    if (!found) return;
    if (found.metadata.deletionTimestamp) {
      // Addresses come from the default range alone.
      if (name !== DEFAULT_CIDR) tx.update(serviceCidr, undefined, name, (draft) => { draft.metadata.finalizers = draft.metadata.finalizers?.filter((f) => f !== CIDR_FINALIZER); });
      return;
    }
    tx.update(serviceCidr, undefined, name, (draft) => { if (!draft.metadata.finalizers?.includes(CIDR_FINALIZER)) draft.metadata.finalizers = [...(draft.metadata.finalizers ?? []), CIDR_FINALIZER]; });
    if (found.status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True")) return;
    const ready = { type: "Ready", status: "True", reason: "", message: "Kubernetes Service CIDR is ready", lastTransitionTime: formatTime(tx.nowMs) };
    tx.update(serviceCidr, undefined, name, (draft) => { draft.status = { conditions: [...(draft.status?.conditions ?? []).filter((c) => c.type !== "Ready"), ready] }; }, { subresource: "status" });
  },
};

const createDefault = (tx: Transaction, name: string, cluster: ClusterFacts) =>
  (name === DEFAULT_CIDR ? tx.create(serviceCidr, { metadata: { name, finalizers: [CIDR_FINALIZER] }, spec: { cidrs: [cluster.serviceCidr] } }) : undefined);
