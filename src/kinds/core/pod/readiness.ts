import type { Pod } from "../../types/core-v1.generated.ts";
import { parseTime } from "../../values/time.ts";
import { conditionOf } from "./conditions.ts";

/** Its containers have ended for good. */
export const isTerminal = ({ status }: Pod): boolean => status?.phase === "Succeeded" || status?.phase === "Failed";

/** Not over and not on its way out. */
export const isActive = (pod: Pod): boolean => !isTerminal(pod) && !pod.metadata.deletionTimestamp;

/** On its way out, its containers perhaps still running. */
export const isTerminating = (pod: Pod): boolean => !isTerminal(pod) && pod.metadata.deletionTimestamp !== undefined;

/** 0 for one that was never stored. */
export const createdMs = ({ metadata }: Pod): number => (metadata.creationTimestamp ? parseTime(metadata.creationTimestamp) : 0);

export const isReady = (pod: Pod): boolean => conditionOf(pod.status, "Ready")?.status === "True";

/** Milliseconds until a ready pod counts as available; 0 if it does, undefined if it is not ready. */
export function availableInMs(pod: Pod, minReadySeconds: number, nowMs: number): number | undefined {
  const ready = conditionOf(pod.status, "Ready");
  if (ready?.status !== "True") return undefined;
  if (minReadySeconds === 0) return 0;
  if (!ready.lastTransitionTime) return undefined;
  return Math.max(0, parseTime(ready.lastTransitionTime) + minReadySeconds * 1000 - nowMs);
}
