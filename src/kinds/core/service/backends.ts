import type { Pod, Service, ServicePort } from "../../types/core-v1.generated.ts";
import { conditionOf } from "../pod/conditions.ts";
import { isTerminal } from "../pod/readiness.ts";

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

export type IpFamily = "IPv4" | "IPv6";

/** Services of before this field are of the one family that there was. */
export const familiesOf = ({ spec }: Service): IpFamily[] => (spec?.ipFamilies?.length ? (spec.ipFamilies as IpFamily[]) : ["IPv4"]);

/** Pods that have an address of the family and are not over. `ready` is what publishNotReadyAddresses makes of it. */
export function backendsOf(service: Service, pods: readonly Pod[], family: IpFamily): Backend[] {
  return pods.flatMap((pod) => {
    const address = addressOf(pod, family);
    if (address === undefined || isTerminal(pod)) return [];
    const serving = conditionOf(pod.status, "Ready")?.status === "True";
    const terminating = Boolean(pod.metadata.deletionTimestamp);
    const publishes = service.spec?.publishNotReadyAddresses ?? false;
    const named = pod.spec?.hostname && pod.spec.subdomain === service.metadata.name;
    return [{
      pod,
      address,
      ready: publishes || (serving && !terminating),
      serving,
      terminating,
      ...(named && { hostname: pod.spec!.hostname! }),
      ports: portsOf(service, pod),
    }];
  });
}

function addressOf({ status }: Pod, family: IpFamily): string | undefined {
  const addresses = status?.podIPs?.length ? status.podIPs.map(({ ip }) => ip ?? "") : [status?.podIP ?? ""];
  return addresses.find((ip) => ip !== "" && ip.includes(":") === (family === "IPv6"));
}

/** Ports whose named target the pod does not have are left out. */
function portsOf(service: Service, pod: Pod): BackendPort[] {
  return (service.spec?.ports ?? []).flatMap((port: ServicePort) => {
    const number = targetPort(port, pod);
    if (number === undefined) return [];
    return [{ name: port.name ?? "", port: number, protocol: port.protocol ?? "TCP", ...(port.appProtocol && { appProtocol: port.appProtocol }) }];
  });
}

function targetPort(port: ServicePort, pod: Pod): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === "number") return target === 0 ? port.port : target;
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === "Always");
  return [...(pod.spec?.containers ?? []), ...sidecars].flatMap((container) => container.ports ?? [])
    .find((candidate) => candidate.name === target && (candidate.protocol ?? "TCP") === (port.protocol ?? "TCP"))?.containerPort;
}
