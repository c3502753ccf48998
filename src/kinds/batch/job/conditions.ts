import type { Job, JobCondition } from "../../types/batch-v1.generated.ts";
import { formatTime } from "../../values/time.ts";

export const trueCondition = ({ status }: Job, type: string): JobCondition | undefined => status?.conditions?.find((condition) => condition.type === type && condition.status === "True");

/** Complete or failed, for good. */
export const finishOf = (obj: Job): JobCondition | undefined => trueCondition(obj, "Complete") ?? trueCondition(obj, "Failed");

/** With the condition added, or changed where its type is there already; the transition time moves with its status. */
export function withCondition(conditions: readonly JobCondition[] | undefined, condition: Pick<JobCondition, "type" | "status" | "reason" | "message">, nowMs: number): JobCondition[] {
  const former = conditions?.find(({ type }) => type === condition.type);
  if (former && former.status === condition.status && former.reason === condition.reason && former.message === condition.message) return [...conditions!];
  const now = formatTime(nowMs);
  const next = { ...condition, lastProbeTime: now, lastTransitionTime: former?.status === condition.status ? former.lastTransitionTime : now };
  return former ? conditions!.map((other) => (other === former ? next : other)) : [...(conditions ?? []), next];
}
