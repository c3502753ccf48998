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

/** The node's taints as its conditions and `spec.unschedulable` ask for; taints of others stay, and so does the time of each. */
export function planTaints(node: Node, nowMs: number): Taint[] {
  const present = node.spec?.taints ?? [];
  const wanted = wantedTaints(node).map((taint) => {
    const former = present.find((other) => other.key === taint.key && other.effect === taint.effect);
    return former ?? { ...taint, timeAdded: formatTime(nowMs) };
  });
  return [...present.filter((taint) => !MANAGED.has(taint.key)), ...wanted];
}

function wantedTaints(node: Node): Taint[] {
  const status = (type: string) => node.status?.conditions?.find((condition) => condition.type === type)?.status;
  const ready = status("Ready");
  const lost = ready === "Unknown" ? UNREACHABLE : ready === "True" ? undefined : NOT_READY;
  return [
    ...(lost ? [{ key: lost, effect: "NoSchedule" }, { key: lost, effect: "NoExecute" }] : []),
    ...Object.entries(PRESSURE).filter(([type]) => status(type) === "True").map(([, key]) => ({ key, effect: "NoSchedule" })),
    ...(node.spec?.unschedulable ? [{ key: UNSCHEDULABLE, effect: "NoSchedule" }] : []),
  ];
}
