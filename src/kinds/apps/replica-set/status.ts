import { availableInMs, isReady } from "../../core/pod/readiness.ts";
import type { ReplicaSetCondition, ReplicaSetStatus } from "../../types/apps-v1.generated.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { matchesLabels, selectorFromLabels } from "../../values/label-selector.ts";
import { formatTime } from "../../values/time.ts";
import type { Refusal, ReplicatedSet } from "./replication.ts";

export interface StatusPlan {
  status: ReplicaSetStatus;
  /** When the next ready pod becomes available by `minReadySeconds`. */
  availableChangesInMs: number | undefined;
}

export function planStatus(set: ReplicatedSet, { active, terminating }: { active: readonly Pod[]; terminating: number }, refusal: Refusal | undefined, nowMs: number): StatusPlan {
  const template = selectorFromLabels(set.spec?.template?.metadata?.labels ?? {});
  const waits = active.map((pod) => availableInMs(pod, set.spec?.minReadySeconds ?? 0, nowMs));
  const soon = waits.filter((wait): wait is number => wait !== undefined && wait > 0);
  const conditions = planConditions(set, refusal, nowMs);
  return {
    status: {
      replicas: active.length,
      ...nonZero("fullyLabeledReplicas", active.filter((pod) => matchesLabels(template, pod.metadata.labels)).length),
      ...nonZero("readyReplicas", active.filter(isReady).length),
      ...nonZero("availableReplicas", waits.filter((wait) => wait === 0).length),
      terminatingReplicas: terminating,
      observedGeneration: set.metadata.generation,
      ...(conditions.length > 0 && { conditions }),
    },
    availableChangesInMs: soon.length > 0 ? Math.min(...soon) : undefined,
  };
}

function planConditions(set: ReplicatedSet, refusal: Refusal | undefined, nowMs: number): ReplicaSetCondition[] {
  const others = (set.status?.conditions ?? []).filter((condition) => condition.type !== "ReplicaFailure");
  if (!refusal) return others;
  const former = set.status?.conditions?.find((condition) => condition.type === "ReplicaFailure");
  return [...others, { type: "ReplicaFailure", status: "True", ...refusal, lastTransitionTime: former?.lastTransitionTime ?? formatTime(nowMs) }];
}

const nonZero = (name: string, value: number): Record<string, number> => (value === 0 ? {} : { [name]: value });
