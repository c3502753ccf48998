import type { PodCondition, PodStatus } from "../../types/core-v1.generated.ts";
import { formatTime } from "../../values/time.ts";

/** Adds or replaces the condition of its type. The transition time moves only when the status does. */
export function setPodCondition(status: PodStatus, condition: Omit<PodCondition, "lastTransitionTime">, nowMs: number): void {
  const conditions = (status.conditions ??= []);
  const i = conditions.findIndex((c) => c.type === condition.type);
  const previous = conditions[i];
  const next: PodCondition = {
    ...condition,
    lastTransitionTime: previous?.status === condition.status ? previous.lastTransitionTime : formatTime(nowMs),
  };
  if (previous) conditions[i] = next;
  else conditions.push(next);
}

export const conditionOf = (status: PodStatus | undefined, type: string): PodCondition | undefined =>
  status?.conditions?.find((condition) => condition.type === type);
