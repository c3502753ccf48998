import { defaultFlowSchemas, defaultPriorityLevels } from "../kinds/flowcontrol/default-configuration.ts";
import type { KubeObject } from "../kinds/object.ts";
import { systemPriorityClasses } from "../kinds/scheduling/priority-class/system-classes.ts";
import { formatIp, network, parseCidr } from "../kinds/values/ip.ts";
import { policyObjects } from "./policy/index.ts";

/**
 * What every cluster starts with, in the order in which it is to be created (as the system, in one transaction):
 * namespaces, the default RBAC policy, priority classes, priority levels and flow schemas, and the Services `kubernetes` and `kube-dns`. Service accounts and the root CA's ConfigMaps are
 * made by their controllers.
 */
export function bootstrapObjects(cluster: { serviceCidr: string; apiPort?: number }): KubeObject[] {
  return [...["default", "kube-system", "kube-public", "kube-node-lease"].map(namespace), ...policyObjects(), ...systemPriorityClasses, ...defaultPriorityLevels, ...defaultFlowSchemas, kubernetesService(cluster), dnsService(cluster)];
}

const namespace = (name: string): KubeObject => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });

function kubernetesService({ serviceCidr, apiPort = 6443 }: { serviceCidr: string; apiPort?: number }): KubeObject {
  return {
    apiVersion: "v1", kind: "Service",
    metadata: { name: "kubernetes", namespace: "default", labels: { component: "apiserver", provider: "kubernetes" } },
    spec: {
      type: "ClusterIP", clusterIP: serviceIp(serviceCidr, 1), clusterIPs: [serviceIp(serviceCidr, 1)], ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack",
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: apiPort }], sessionAffinity: "None",
    },
  };
}

/** Holds the address of cluster DNS, which every node answers itself: it has no endpoints. */
function dnsService({ serviceCidr }: { serviceCidr: string }): KubeObject {
  const port = (name: string, protocol: string) => ({ name, protocol, port: 53, targetPort: 53 });
  return {
    apiVersion: "v1", kind: "Service",
    metadata: { name: "kube-dns", namespace: "kube-system", labels: { "k8s-app": "kube-dns", "kubernetes.io/name": "CoreDNS" } },
    spec: {
      type: "ClusterIP", clusterIP: serviceIp(serviceCidr, 10), clusterIPs: [serviceIp(serviceCidr, 10)], ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack",
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
