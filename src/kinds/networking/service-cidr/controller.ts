import { itself, type Controller } from "../../../controllers/controller.ts";
import { namespace } from "../../core/namespace/kind.ts";
import { ALLOCATOR, MANAGED_BY_LABEL } from "../../core/service/address-objects.ts";
import type { Reader, Transaction } from "../../transaction.ts";
import type { IPAddress, ServiceCIDR } from "../../types/networking-v1.generated.ts";
import { cidrContains, parseIp } from "../../values/ip.ts";
import { formatTime } from "../../values/time.ts";
import { ipAddress } from "../ip-address/kind.ts";
import { DEFAULT_SERVICE_CIDR, defaultServiceCidr, SERVICE_CIDR_FINALIZER } from "./default-range.ts";
import { serviceCidr } from "./kind.ts";
import { blockContains, blocksOf, rangesAround } from "./ranges.ts";

const READY = { status: "True", reason: "", message: "Kubernetes Service CIDR is ready" };
const IN_USE = { status: "False", reason: "Terminating", message: "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR" };

/**
 * A range is ready once it is there. One that is being deleted gives no more addresses, and goes when none of those that it
 * gave would be left without a range. The cluster's own comes back.
 */
export const serviceCidrController: Controller = {
  name: "service-cidr-controller",
  watches: [
    // Among the first objects of every cluster.
    { kind: namespace, keys: ({ type, object }) => (type === "ADDED" && object.metadata.name === "kube-system" ? [DEFAULT_SERVICE_CIDR] : []) },
    itself(serviceCidr),
    { kind: serviceCidr, keys: ({ type }, reader) => (type === "ADDED" ? departing(reader) : []) },
    { kind: ipAddress, keys: ({ type }, reader) => (type === "DELETED" ? departing(reader) : []) },
  ],
  reconcile(tx, name, cluster) {
    const found = tx.get<ServiceCIDR>(serviceCidr, undefined, name);
    if (!found) {
      if (name === DEFAULT_SERVICE_CIDR) tx.create(serviceCidr, defaultServiceCidr(cluster.serviceCidrs));
      return;
    }
    if (!found.metadata.deletionTimestamp) {
      hold(tx, name);
      setReady(tx, found, READY);
    } else if (isNeeded(tx, found)) setReady(tx, found, IN_USE);
    else letGo(tx, name);
  },
};

const departing = (reader: Reader): string[] => reader.list<ServiceCIDR>(serviceCidr).filter(({ metadata }) => metadata.deletionTimestamp).map(({ metadata }) => metadata.name!);

function hold(tx: Transaction, name: string): void {
  tx.update(serviceCidr, undefined, name, ({ metadata }) => {
    if (!metadata.finalizers?.includes(SERVICE_CIDR_FINALIZER)) metadata.finalizers = [...(metadata.finalizers ?? []), SERVICE_CIDR_FINALIZER];
  });
}

function letGo(tx: Transaction, name: string): void {
  tx.update(serviceCidr, undefined, name, ({ metadata }) => { metadata.finalizers = metadata.finalizers?.filter((finalizer) => finalizer !== SERVICE_CIDR_FINALIZER); });
}

function setReady(tx: Transaction, { metadata: { name }, status }: ServiceCIDR, wanted: { status: string; reason: string; message: string }): void {
  const condition = status?.conditions?.find(({ type }) => type === "Ready");
  if (condition?.status === wanted.status && condition.reason === wanted.reason && condition.message === wanted.message) return;
  const lastTransitionTime = condition?.status === wanted.status ? condition.lastTransitionTime : formatTime(tx.nowMs);
  tx.update<ServiceCIDR>(serviceCidr, undefined, name!, (draft) => {
    draft.status = { conditions: [...(draft.status?.conditions ?? []).filter(({ type }) => type !== "Ready"), { type: "Ready", ...wanted, lastTransitionTime }] };
  }, { subresource: "status" });
}

/** Other ranges hold all of it, or at least every address that a Service has of it: else somebody would be left without. */
function isNeeded(tx: Transaction, range: ServiceCIDR): boolean {
  const blocks = blocksOf(range.spec?.cidrs);
  const others = tx.list<ServiceCIDR>(serviceCidr).filter(({ metadata }) => metadata.name !== range.metadata.name).flatMap(({ spec }) => blocksOf(spec?.cidrs));
  const uncovered = blocks.filter((block) => !others.some((other) => blockContains(other, block)));
  if (uncovered.length === 0) return false;
  return tx.list<IPAddress>(ipAddress).some(({ metadata: { name, labels } }) => {
    const ip = labels?.[MANAGED_BY_LABEL] === ALLOCATOR ? parseIp(name!) : undefined;
    return ip !== undefined && uncovered.some((block) => cidrContains(block, ip)) && rangesAround(tx, ip).length === 1;
  });
}
