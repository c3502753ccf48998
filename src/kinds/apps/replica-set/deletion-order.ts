import { createdMs, isReady } from "../../core/pod/readiness.ts";
import { conditionOf } from "../../core/pod/conditions.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { parseTime } from "../../values/time.ts";

const PHASE_RANK: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** Pods in the order in which a smaller set gives them up (upstream's ActivePodsWithRanks). */
export function deletionOrder(pods: readonly Pod[], related: readonly Pod[], nowMs: number): Pod[] {
  const perNode = new Map<string, number>();
  for (const pod of related) perNode.set(pod.spec?.nodeName ?? "", (perNode.get(pod.spec?.nodeName ?? "") ?? 0) + 1);
  const crowd = (pod: Pod) => perNode.get(pod.spec?.nodeName ?? "") ?? 0;
  const comparisons: readonly ((a: Pod, b: Pod) => number)[] = [
    (a, b) => Number(Boolean(a.spec?.nodeName)) - Number(Boolean(b.spec?.nodeName)),
    (a, b) => phaseRank(a) - phaseRank(b),
    (a, b) => Number(isReady(a)) - Number(isReady(b)),
    (a, b) => deletionCost(a) - deletionCost(b),
    (a, b) => crowd(b) - crowd(a),
    (a, b) => ageRank(readySinceMs(a), nowMs) - ageRank(readySinceMs(b), nowMs),
    (a, b) => restarts(b) - restarts(a),
    (a, b) => ageRank(createdMs(a), nowMs) - ageRank(createdMs(b), nowMs),
    (a, b) => ((a.metadata.uid ?? "") < (b.metadata.uid ?? "") ? -1 : 1),
  ];
  return [...pods].sort((a, b) => {
    for (const compare of comparisons) {
      const order = compare(a, b);
      if (order !== 0) return order;
    }
    return 0;
  });
}

const phaseRank = (pod: Pod): number => PHASE_RANK[pod.status?.phase ?? "Pending"] ?? 0;

function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"];
  return text !== undefined && /^-?(0|[1-9]\d*)$/.test(text) ? Number(text) : 0;
}

function readySinceMs(pod: Pod): number {
  const ready = conditionOf(pod.status, "Ready");
  return ready?.status === "True" && ready.lastTransitionTime ? parseTime(ready.lastTransitionTime) : 0;
}

/** Ages count by their order of magnitude only, so that what is about equally young goes in an arbitrary order. */
const ageRank = (sinceMs: number, nowMs: number): number => (sinceMs === 0 ? 0 : Math.floor(Math.log2(Math.max(1, nowMs - sinceMs))));

function restarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map((container) => container.restartCount ?? 0));
}
