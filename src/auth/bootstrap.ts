import type { KubeObject } from "../kinds/object.ts";
import { formatIp, network, parseCidr } from "../kinds/values/ip.ts";
import { policyObjects } from "./policy/index.ts";

/**
 * What every cluster starts with, in the order in which it is to be created (as the system, in one transaction):
 * namespaces, the default RBAC policy, and the Service `kubernetes`. Service accounts and the root CA's ConfigMaps are
 * made by their controllers.
 */
export function bootstrapObjects(cluster: { serviceCidr: string; apiPort?: number }): KubeObject[] {
  return [...["default", "kube-system", "kube-public", "kube-node-lease"].map(namespace), ...policyObjects(), kubernetesService(cluster)];
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

/** The address at a place of the service network: 1 is the API server's, 10 the cluster DNS's. */
export function serviceIp(serviceCidr: string, place: number): string {
  const block = parseCidr(serviceCidr);
  if (!block) throw new Error(`not a CIDR: ${serviceCidr}`);
  const first = network(block);
  return formatIp({ ...first, value: first.value + BigInt(place) });
}
