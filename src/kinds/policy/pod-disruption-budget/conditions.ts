import type { Condition } from "../../types/meta-v1.generated.ts";
import type { PodDisruptionBudgetStatus } from "../../types/policy-v1.generated.ts";
import { formatTime } from "../../values/time.ts";

const DISRUPTION_ALLOWED = "DisruptionAllowed";

export const allowedCondition = (conditions: readonly Condition[] | undefined): Condition | undefined => conditions?.find(({ type }) => type === DISRUPTION_ALLOWED);

/** Says of a counted status whether an eviction would succeed; `failure` that it could not be counted. */
export function withAllowedCondition(status: PodDisruptionBudgetStatus, nowMs: number, failure?: string): PodDisruptionBudgetStatus {
  const allowed = (status.disruptionsAllowed ?? 0) > 0;
  const former = allowedCondition(status.conditions);
  const state = allowed && failure === undefined ? "True" : "False";
  const condition: Condition = {
    type: DISRUPTION_ALLOWED, status: state, reason: failure !== undefined ? "SyncFailed" : allowed ? "SufficientPods" : "InsufficientPods", message: failure ?? "",
    observedGeneration: status.observedGeneration,
    lastTransitionTime: former?.status === state ? former.lastTransitionTime : formatTime(nowMs),
  };
  return { ...status, conditions: [...(status.conditions ?? []).filter(({ type }) => type !== DISRUPTION_ALLOWED), condition] };
}
