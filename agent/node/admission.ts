/** Whether a pod fits onto this node: the checks that the kubelet repeats after the scheduler, with upstream's reasons. */
import { podNeeds } from "../../src/kinds/pod-spec/effective-resources.ts";
import { quantityMilli, quantityUnits } from "../../src/kinds/values/quantity.ts";
import type { Pod } from "../pod/types.ts";

const measure = (resource: string, amount: string): number => (resource === "cpu" ? quantityMilli(amount) : quantityUnits(amount));

export function podRefusal(pod: Pod, others: readonly Pod[], allocatable: Record<string, string>): { reason: string; message: string } | undefined {
  if (pod.spec.os?.name && pod.spec.os.name !== "linux") return { reason: "PodOSNotSupported", message: "Failed to admit pod as the OS field doesn't match node OS" };
  const sysctl = forbiddenSysctl(pod);
  if (sysctl) return { reason: "SysctlForbidden", message: `forbidden sysctl: ${sysctl}` };
  const rest = others.filter((p) => p.metadata.uid !== pod.metadata.uid);
  const short = (resource: string, requested: number, used: number, capacity: number) =>
    ({ reason: `OutOf${resource}`, message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}` });
  const podsMax = Number(allocatable["pods"] ?? 110);
  if (rest.length + 1 > podsMax) return short("pods", 1, rest.length, podsMax);
  for (const [resource, requested] of podRequests(pod)) {
    if (requested === 0 || resource.startsWith("hugepages-")) continue;
    const capacity = measure(resource, allocatable[resource] ?? "0");
    const used = rest.reduce((sum, p) => sum + (podRequests(p).get(resource) ?? 0), 0);
    if (requested + used > capacity) return short(resource, requested, used, capacity);
  }
  return undefined;
}

/** Those that upstream counts as safe: apart in every pod, and harmless to the node. */
const SAFE_SYSCTLS = new Set(["kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"]);

function forbiddenSysctl(pod: Pod): string | undefined {
  for (const { name } of pod.spec.securityContext?.sysctls ?? []) {
    const dotted = name.replaceAll("/", ".");
    if (!SAFE_SYSCTLS.has(dotted)) return `"${name}" not allowlisted`;
    if (pod.spec.hostNetwork && dotted.startsWith("net.")) return `"${name}" not allowed with host net enabled`;
    if (pod.spec.hostIPC && dotted.startsWith("kernel.shm")) return `"${name}" not allowed with host ipc enabled`;
  }
  return undefined;
}

const podRequests = ({ spec }: Pod): Map<string, number> => new Map(Object.entries(podNeeds(spec, "requests")).map(([name, amount]) => [name, measure(name, amount)]));
