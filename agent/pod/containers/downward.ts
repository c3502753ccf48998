/** Values of fieldRef and resourceFieldRef: what a pod may know about itself, in environment and volumes alike. */
import type { ResourceFieldSelector } from "../../../src/kinds/types/core-v1.generated.ts";
import { parseQuantity } from "../../../src/kinds/values/quantity.ts";
import { allContainers, type NamedContainer, type Pod } from "../types.ts";

export interface PodAddresses { hostIps: string[]; podIps: string[] }

/** Throws on a path that is not served. */
export function fieldValue(pod: Pod, path: string, addresses: PodAddresses): string {
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (subscript) return pod.metadata[subscript[1] as "labels" | "annotations"]?.[subscript[2]!] ?? "";
  switch (path) {
    case "metadata.name": return pod.metadata.name;
    case "metadata.namespace": return pod.metadata.namespace;
    case "metadata.uid": return pod.metadata.uid;
    case "metadata.labels": return formatMap(pod.metadata.labels);
    case "metadata.annotations": return formatMap(pod.metadata.annotations);
    case "spec.nodeName": return pod.spec.nodeName ?? "";
    case "spec.serviceAccountName": return pod.spec.serviceAccountName ?? "";
    case "status.hostIP": return addresses.hostIps[0] ?? "";
    case "status.hostIPs": return addresses.hostIps.join(",");
    case "status.podIP": return addresses.podIps[0] ?? "";
    case "status.podIPs": return addresses.podIps.join(",");
    default: throw new Error(`unsupported fieldPath: ${path}`);
  }
}

function formatMap(map: Record<string, string> | undefined): string {
  return Object.keys(map ?? {}).sort().map((key) => `${key}=${JSON.stringify(map![key])}`).join("\n");
}

/** A limit that is not set is the node's allocatable amount; amounts are rounded up to the divisor. */
export function resourceValue(pod: Pod, self: NamedContainer | undefined, ref: ResourceFieldSelector, allocatable: Record<string, string>): string {
  const container = ref.containerName ? allContainers(pod).find((c) => c.name === ref.containerName) : self;
  if (!container) throw new Error(`container ${ref.containerName} not found`);
  const [kind, ...rest] = (ref.resource ?? "").split(".") as ["limits" | "requests", ...string[]];
  const resource = rest.join(".");
  const own = container.resources?.[kind]?.[resource];
  const amount = own ?? (kind === "limits" ? allocatable[resource] : container.resources?.limits?.[resource]) ?? "0";
  const isCpu = resource === "cpu";
  const divisor = ref.divisor && ref.divisor !== "0" ? parseQuantity(ref.divisor).nano : 1_000_000_000n;
  // CPU is counted in thousandths, everything else in units, as upstream rounds them.
  const unit = isCpu ? 1_000_000n : 1_000_000_000n;
  const up = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;
  return String(up(up(parseQuantity(amount).nano, unit), up(divisor, unit)));
}
