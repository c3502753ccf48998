/** The sandbox of a pod: names, namespaces, DNS, host ports, sysctls, cgroup parent. */
import { quantityMilli, quantityUnits } from "../../../src/kinds/values/quantity.ts";
import type { PodSandboxConfig } from "../../cri/messages.ts";
import { LABEL } from "../../runtime/runtime.ts";
import { sandboxSecurity } from "../containers/security.ts";
import type { PodEnvironment } from "../environment.ts";
import { cpuShares } from "../resources/cgroup.ts";
import type { Pod } from "../types.ts";
import { podDns } from "./dns-config.ts";

const PROTOCOLS: Record<string, number> = { TCP: 0, UDP: 1, SCTP: 2 };

export function sandboxConfig(pod: Pod, attempt: number, env: PodEnvironment): PodSandboxConfig {
  const { name, namespace, uid } = pod.metadata;
  const sysctls = Object.fromEntries((pod.spec.securityContext?.sysctls ?? []).map((s) => [s.name, s.value]));
  const overhead = pod.spec.overhead ?? {};
  return {
    metadata: { name, namespace, uid, attempt },
    // Runtimes refuse a host name of its own in the host's network namespace.
    hostname: pod.spec.hostNetwork ? "" : podHostname(pod, env.node.clusterDomain),
    logDirectory: env.paths.logs(pod), dnsConfig: podDns(pod, env.node), portMappings: portMappings(pod),
    labels: { ...pod.metadata.labels, [LABEL.podName]: name, [LABEL.podNamespace]: namespace, [LABEL.podUid]: uid },
    annotations: { ...pod.metadata.annotations },
    linux: {
      cgroupParent: env.cgroups.path(pod), securityContext: sandboxSecurity(pod), sysctls,
      overhead: { cpuShares: overhead["cpu"] ? cpuShares(quantityMilli(overhead["cpu"])) : 0, memoryLimitInBytes: overhead["memory"] ? quantityUnits(overhead["memory"]) : 0 },
    },
  };
}

export function podHostname(pod: Pod, clusterDomain: string): string {
  if (pod.spec.hostnameOverride) return pod.spec.hostnameOverride;
  const short = (pod.spec.hostname || pod.metadata.name).slice(0, 63).replace(/[-.]+$/, "");
  const full = podDomain(pod, clusterDomain);
  return pod.spec.setHostnameAsFQDN && full ? `${short}.${full}` : short;
}

/** The domain of a pod with a subdomain, else undefined. */
export function podDomain(pod: Pod, clusterDomain: string): string | undefined {
  return pod.spec.subdomain && !pod.spec.hostnameOverride ? `${pod.spec.subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}` : undefined;
}

function portMappings(pod: Pod): NonNullable<PodSandboxConfig["portMappings"]> {
  if (pod.spec.hostNetwork) return [];
  return [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].flatMap((c) => c.ports ?? []).filter((p) => p.hostPort)
    .map((p) => ({ protocol: PROTOCOLS[p.protocol ?? "TCP"] ?? 0, containerPort: p.containerPort, hostPort: p.hostPort!, hostIp: p.hostIP ?? "" }));
}
