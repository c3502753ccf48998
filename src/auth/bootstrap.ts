import { createHash } from "node:crypto";
import { defaultFlowSchemas, defaultPriorityLevels } from "../kinds/flowcontrol/default-configuration.ts";
import type { ClusterFacts } from "../kinds/kind.ts";
import { defaultServiceCidr } from "../kinds/networking/service-cidr/default-range.ts";
import type { KubeObject } from "../kinds/object.ts";
import type { Transaction } from "../kinds/transaction.ts";
import { priorityClass } from "../kinds/scheduling/priority-class/kind.ts";
import { systemPriorityClasses } from "../kinds/scheduling/priority-class/system-classes.ts";
import { formatIp, network, parseCidr } from "../kinds/values/ip.ts";
import { policyObjects } from "./policy/index.ts";
import { keepPolicy } from "./policy/keep.ts";

interface Ranges { serviceCidrs: ClusterFacts["serviceCidrs"] }

/**
 * What every cluster starts with, in the order in which it is to be created (as the system, in one transaction):
 * namespaces, the default RBAC policy, priority classes, priority levels and flow schemas, the ServiceCIDR of its ranges, and
 * the Services `kubernetes` and `kube-dns`. Service accounts and the root CA's ConfigMaps are made by their controllers.
 */
export function bootstrapObjects(cluster: Ranges & { apiPort?: number }): KubeObject[] {
  return [
    ...["default", "kube-system", "kube-public", "kube-node-lease"].map(namespace), ...policyObjects(), ...systemPriorityClasses,
    ...defaultPriorityLevels, ...defaultFlowSchemas, defaultServiceCidr(cluster.serviceCidrs), kubernetesService(cluster), dnsService(cluster),
  ];
}

/** Gives a cluster that an older version made what it lacks of this version's policy and priority classes. Idempotent. */
export function keepDefaults(tx: Transaction): void {
  keepPolicy(tx);
  for (const object of systemPriorityClasses) if (!tx.get(priorityClass, undefined, object.metadata.name!)) tx.create(priorityClass, object);
}

let version: string | undefined;
/** Changes with what `keepDefaults` gives. */
export const defaultsVersion = (): string => version ??= createHash("sha256").update(JSON.stringify([policyObjects(), systemPriorityClasses])).digest("hex");

const namespace = (name: string): KubeObject => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });

function kubernetesService({ serviceCidrs: [range], apiPort = 6443 }: Ranges & { apiPort?: number }): KubeObject {
  return {
    apiVersion: "v1", kind: "Service",
    metadata: { name: "kubernetes", namespace: "default", labels: { component: "apiserver", provider: "kubernetes" } },
    spec: {
      type: "ClusterIP", clusterIP: serviceIp(range, 1), ipFamilyPolicy: "SingleStack",
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: apiPort }], sessionAffinity: "None",
    },
  };
}

/** Holds the address of cluster DNS, which every node answers itself: it has no endpoints. */
function dnsService({ serviceCidrs: [range] }: Ranges): KubeObject {
  const port = (name: string, protocol: string) => ({ name, protocol, port: 53, targetPort: 53 });
  return {
    apiVersion: "v1", kind: "Service",
    metadata: { name: "kube-dns", namespace: "kube-system", labels: { "k8s-app": "kube-dns", "kubernetes.io/name": "CoreDNS" } },
    spec: {
      type: "ClusterIP", clusterIP: serviceIp(range, 10), ipFamilyPolicy: "SingleStack",
      ports: [port("dns", "UDP"), port("dns-tcp", "TCP")], sessionAffinity: "None",
    },
  };
}

/** The address at a place of the service network: 1 is the API server's, 10 the cluster DNS's. */
export function serviceIp(serviceCidr: string, place: number): string {
  const block = parseCidr(serviceCidr);
  if (!block) throw new Error(`not a CIDR: ${serviceCidr}`);
  const first = network(block);
  return formatIp({ ...first, value: first.value + BigInt(place) });
}
