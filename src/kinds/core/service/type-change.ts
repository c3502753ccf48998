import type { Service, ServiceSpec } from "../../types/core-v1.generated.ts";
import { allocatesNodePorts, isExternallyAccessible, mayHaveNodePorts, needsClusterIp, needsHealthCheckPort, sameTexts } from "./traits.ts";

/** A manifest without what was allocated for it may be sent again: the allocated values stay. */
export function keepAllocated(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIp(old) && needsClusterIp(spec)) {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP;
    if (!spec.clusterIPs?.length && old.clusterIPs?.length && spec.clusterIP === old.clusterIP) spec.clusterIPs = [...old.clusterIPs];
  }
  if (allocatesNodePorts(old) && allocatesNodePorts(spec)) keepNodePorts(spec, old);
  if (needsHealthCheckPort(old) && needsHealthCheckPort(spec) && !spec.healthCheckNodePort && old.healthCheckNodePort) {
    spec.healthCheckNodePort = old.healthCheckNodePort;
  }
}

function keepNodePorts(spec: ServiceSpec, old: ServiceSpec): void {
  const used = new Set(nodePorts(spec));
  const byName = new Map((old.ports ?? []).map((port) => [port.name ?? "", port.nodePort]));
  for (const port of spec.ports ?? []) {
    const before = byName.get(port.name ?? "");
    if (!port.nodePort && before && !used.has(before)) port.nodePort = before;
  }
}

/** Fields that the new type has no use for go, unless the client changed them too: then validation has its say. */
export function dropFieldsOfOldType(obj: Service, old: Service): void {
  const [spec, before] = [obj.spec!, old.spec!];
  if (needsClusterIp(before) && !needsClusterIp(spec)) dropAddresses(spec, before);
  if (mayHaveNodePorts(before) && !mayHaveNodePorts(spec) && nodePorts(spec).every((port) => nodePorts(before).includes(port))) {
    for (const port of spec.ports ?? []) delete port.nodePort;
  }
  const drop = (field: keyof ServiceSpec, wasUsed: boolean, isUsed: boolean) => {
    if (wasUsed && !isUsed && spec[field] === before[field]) delete spec[field];
  };
  drop("healthCheckNodePort", needsHealthCheckPort(before), needsHealthCheckPort(spec));
  drop("allocateLoadBalancerNodePorts", before.type === "LoadBalancer", spec.type === "LoadBalancer");
  drop("loadBalancerClass", before.type === "LoadBalancer", spec.type === "LoadBalancer");
  drop("externalTrafficPolicy", isExternallyAccessible(before), isExternallyAccessible(spec));
  if (spec.type !== "LoadBalancer" && obj.status) obj.status = { ...obj.status, loadBalancer: {} };
}

function dropAddresses(spec: ServiceSpec, before: ServiceSpec): void {
  if (spec.clusterIP === before.clusterIP && sameTexts(spec.clusterIPs, before.clusterIPs)) {
    delete spec.clusterIP;
    delete spec.clusterIPs;
  }
  if (sameTexts(spec.ipFamilies, before.ipFamilies)) delete spec.ipFamilies;
  if (spec.ipFamilyPolicy === before.ipFamilyPolicy) delete spec.ipFamilyPolicy;
}

const nodePorts = (spec: ServiceSpec): number[] => (spec.ports ?? []).flatMap((port) => (port.nodePort ? [port.nodePort] : []));
