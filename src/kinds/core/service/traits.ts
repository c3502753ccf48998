import type { ServiceSpec } from "../../types/core-v1.generated.ts";

export const isHeadless = (spec: ServiceSpec): boolean => spec.clusterIP === "None";
export const needsClusterIp = (spec: ServiceSpec): boolean => spec.type !== "ExternalName";

export const isExternallyAccessible = (spec: ServiceSpec): boolean =>
  spec.type === "LoadBalancer" || spec.type === "NodePort" || (spec.type === "ClusterIP" && (spec.externalIPs?.length ?? 0) > 0);

/** Has ports on the nodes, whether given or to be allocated. */
export const mayHaveNodePorts = (spec: ServiceSpec): boolean => spec.type === "NodePort" || spec.type === "LoadBalancer";
export const allocatesNodePorts = (spec: ServiceSpec): boolean =>
  spec.type === "NodePort" || (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);

export const needsHealthCheckPort = (spec: ServiceSpec): boolean =>
  spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";

export const sameTexts = (a: readonly string[] = [], b: readonly string[] = []): boolean =>
  a.length === b.length && a.every((text, i) => text === b[i]);
