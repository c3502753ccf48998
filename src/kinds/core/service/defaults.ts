import type { Service, ServiceSpec } from "../../types/core-v1.generated.ts";
import { isExternallyAccessible } from "./traits.ts";

const CLIENT_IP_AFFINITY_SECONDS = 10_800;

export function defaultService(obj: Service): void {
  const spec = (obj.spec ??= {});
  obj.status ??= {};
  obj.status.loadBalancer ??= {};
  defaultAffinity(spec);
  spec.type ||= "ClusterIP";
  for (const port of spec.ports ?? []) {
    port.protocol ||= "TCP";
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === "") port.targetPort = port.port ?? 0;
  }
  if (isExternallyAccessible(spec)) spec.externalTrafficPolicy ||= "Cluster";
  if (spec.type !== "ExternalName") spec.internalTrafficPolicy ??= "Cluster";
  if (spec.type === "LoadBalancer") {
    spec.allocateLoadBalancerNodePorts ??= true;
    for (const ingress of obj.status.loadBalancer.ingress ?? []) if (ingress.ip) ingress.ipMode ??= "VIP";
  }
}

function defaultAffinity(spec: ServiceSpec): void {
  spec.sessionAffinity ||= "None";
  if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === "ClientIP" && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds == null) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: CLIENT_IP_AFFINITY_SECONDS } };
  }
}
