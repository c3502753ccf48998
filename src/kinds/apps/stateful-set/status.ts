import { availableInMs } from "../../core/pod/readiness.ts";
import type { StatefulSet, StatefulSetStatus } from "../../types/apps-v1.generated.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { revisionOf } from "./identity.ts";
import { isRunningAndReady, sizeOf } from "./plan.ts";

export interface StatusPlan {
  status: StatefulSetStatus;
  /** When the next ready pod becomes available by `minReadySeconds`. */
  availableChangesInMs: number | undefined;
}

export function planStatus(set: StatefulSet, pods: readonly Pod[], revisions: { current: string; update: string; collisionCount: number | undefined }, nowMs: number): StatusPlan {
  const ready = pods.filter(isRunningAndReady);
  const waits = ready.map((pod) => availableInMs(pod, set.spec?.minReadySeconds ?? 0, nowMs)).filter((wait) => wait !== undefined);
  const staying = pods.filter((pod) => !pod.metadata.deletionTimestamp);
  const counts = {
    readyReplicas: ready.length,
    currentReplicas: staying.filter((pod) => revisionOf(pod) === revisions.current).length,
    updatedReplicas: staying.filter((pod) => revisionOf(pod) === revisions.update).length,
  };
  const complete = set.spec?.updateStrategy?.type === "RollingUpdate" && [counts.updatedReplicas, counts.readyReplicas, pods.length].every((count) => count === sizeOf(set));
  if (complete) counts.currentReplicas = counts.updatedReplicas;
  const soon = waits.filter((wait) => wait > 0);
  return {
    status: {
      observedGeneration: set.metadata.generation,
      replicas: pods.length,
      ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
      currentRevision: complete ? revisions.update : revisions.current,
      updateRevision: revisions.update,
      collisionCount: revisions.collisionCount ?? 0,
      availableReplicas: waits.filter((wait) => wait === 0).length,
      ...(set.status?.conditions && { conditions: set.status.conditions }),
    },
    availableChangesInMs: soon.length > 0 ? Math.min(...soon) : undefined,
  };
}
