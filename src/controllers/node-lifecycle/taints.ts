import type { Node, Taint } from "../../kinds/types/core-v1.generated.ts";
import { formatTime } from "../../kinds/values/time.ts";

const NOT_READY = "node.kubernetes.io/not-ready";
const UNREACHABLE = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE = "node.kubernetes.io/unschedulable";
/** Conditions that keep new pods away, by their taint. */
const PRESSURE: Readonly<Record<string, string>> = {
  MemoryPressure: "node.kubernetes.io/memory-pressure",
  DiskPressure: "node.kubernetes.io/disk-pressure",
  PIDPressure: "node.kubernetes.io/pid-pressure",
  NetworkUnavailable: "node.kubernetes.io/network-unavailable",
};
const MANAGED = new Set([NOT_READY, UNREACHABLE, UNSCHEDULABLE, ...Object.values(PRESSURE)]);

const conditionStatus = (node: Node, type: string): string | undefined => node.status?.conditions?.find((condition) => condition.type === type)?.status;

export const isReady = (node: Node): boolean => conditionStatus(node, "Ready") === "True";

/**
 * The node's taints as its conditions and `spec.unschedulable` ask for; taints of others stay. Every NoExecute taint gets a
 * time, since tolerations for so many seconds count from there. `evicts`: whether pods may be driven away at all.
 */
export function planTaints(node: Node, { evicts, nowMs }: { evicts: boolean; nowMs: number }): Taint[] {
  const present = node.spec?.taints ?? [];
  const timed = (taint: Taint): Taint => ({ ...taint, timeAdded: formatTime(nowMs) });
  const former = (taint: Taint) => present.find((other) => other.key === taint.key && other.effect === taint.effect);
  const others = present.filter((taint) => !MANAGED.has(taint.key)).map((taint) => (taint.effect === "NoExecute" && !taint.timeAdded ? timed(taint) : taint));
  return [...others, ...wantedTaints(node, evicts).map((taint) => former(taint) ?? timed(taint))];
}

function wantedTaints(node: Node, evicts: boolean): Taint[] {
  const ready = conditionStatus(node, "Ready");
  const lost = ready === "Unknown" ? UNREACHABLE : ready === "True" ? undefined : NOT_READY;
  return [
    ...(lost ? [{ key: lost, effect: "NoSchedule" as const }] : []),
    ...(lost && evicts ? [{ key: lost, effect: "NoExecute" as const }] : []),
    ...Object.entries(PRESSURE).filter(([type]) => conditionStatus(node, type) === "True").map(([, key]) => ({ key, effect: "NoSchedule" as const })),
    ...(node.spec?.unschedulable ? [{ key: UNSCHEDULABLE, effect: "NoSchedule" as const }] : []),
  ];
}
