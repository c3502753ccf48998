import { availableInMs, isReady } from "../../core/pod/readiness.ts";
import type { DaemonSetStatus } from "../../types/apps-v1.generated.ts";
import { byPhaseAndAge, isUpdated, type Situation } from "./plan.ts";

export interface StatusPlan {
  status: DaemonSetStatus;
  /** When the next ready pod becomes available by `minReadySeconds`. */
  availableChangesInMs: number | undefined;
}

export function planStatus(situation: Situation, collisionCount: number | undefined): StatusPlan {
  const { set, places, nowMs } = situation;
  const wanted = places.filter(({ shouldRun }) => shouldRun);
  const first = wanted.flatMap(({ pods }) => byPhaseAndAge(pods).slice(0, 1));
  const waits = first.filter(isReady).map((pod) => availableInMs(pod, set.spec?.minReadySeconds ?? 0, nowMs)).filter((wait) => wait !== undefined);
  const available = waits.filter((wait) => wait === 0).length;
  const optional = { updatedNumberScheduled: first.filter((pod) => isUpdated(situation, pod)).length, numberAvailable: available, numberUnavailable: wanted.length - available };
  const soon = waits.filter((wait) => wait > 0);
  return {
    status: {
      currentNumberScheduled: first.length,
      numberMisscheduled: places.filter(({ shouldRun, pods }) => !shouldRun && pods.length > 0).length,
      desiredNumberScheduled: wanted.length,
      numberReady: first.filter(isReady).length,
      observedGeneration: set.metadata.generation,
      ...Object.fromEntries(Object.entries(optional).filter(([, count]) => count > 0)),
      ...(collisionCount !== undefined && { collisionCount }),
      ...(set.status?.conditions && { conditions: set.status.conditions }),
    },
    availableChangesInMs: soon.length > 0 ? Math.min(...soon) : undefined,
  };
}
