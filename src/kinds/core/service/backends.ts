import type { Pod, Service, ServicePort } from "../../types/core-v1.generated.ts";
import { conditionOf } from "../pod/conditions.ts";

/** One pod behind a service, as both Endpoints and EndpointSlices tell of it. */
export interface Backend {
  pod: Pod;
  address: string;
  ready: boolean;
  serving: boolean;
  terminating: boolean;
  /** Set when the pod is named below the service: `<hostname>.<service>.<namespace>`. */
  hostname?: string;
  ports: readonly BackendPort[];
}

export interface BackendPort { name?: string; port: number; protocol: string; appProtocol?: string }

/** Pods that have an address and are not over. `ready` is what publishNotReadyAddresses makes of it. */
export function backendsOf(service: Service, pods: readonly Pod[]): Backend[] {
  return pods.filter((pod) => pod.status?.podIP && pod.status.phase !== "Succeeded" && pod.status.phase !== "Failed").map((pod) => {
    const serving = conditionOf(pod.status, "Ready")?.status === "True";
    const terminating = Boolean(pod.metadata.deletionTimestamp);
    const publishes = service.spec?.publishNotReadyAddresses ?? false;
    const named = pod.spec?.hostname && pod.spec.subdomain === service.metadata.name;
    return {
      pod,
      address: pod.status!.podIP!,
      ready: publishes || (serving && !terminating),
      serving,
      terminating,
      ...(named && { hostname: pod.spec!.hostname! }),
      ports: portsOf(service, pod),
    };
  });
}

/** Ports whose named target the pod does not have are left out. */
function portsOf(service: Service, pod: Pod): BackendPort[] {
  return (service.spec?.ports ?? []).flatMap((port: ServicePort) => {
    const number = targetPort(port, pod);
    if (number === undefined) return [];
    return [{ name: port.name ?? "", port: number, protocol: port.protocol ?? "TCP", ...(port.appProtocol && { appProtocol: port.appProtocol }) }];
  });
}

export function targetPort(port: ServicePort, pod: Pod): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === "number") return target === 0 ? port.port : target;
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === "Always");
  return [...(pod.spec?.containers ?? []), ...sidecars].flatMap((container) => container.ports ?? [])
    .find((candidate) => candidate.name === target && (candidate.protocol ?? "TCP") === (port.protocol ?? "TCP"))?.containerPort;
}
