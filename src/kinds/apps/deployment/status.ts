import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from "../../types/apps-v1.generated.ts";
import { formatTime, parseTime } from "../../values/time.ts";
import { rollingBounds, totalAvailable, totalSize, wantedReplicas } from "./rollout.ts";

type Sets = { newSet: ReplicaSet | undefined; oldSets: readonly ReplicaSet[] };

export const PROGRESS = {
  created: "NewReplicaSetCreated", found: "FoundNewReplicaSet", updated: "ReplicaSetUpdated", complete: "NewReplicaSetAvailable",
  timedOut: "ProgressDeadlineExceeded", paused: "DeploymentPaused", resumed: "DeploymentResumed",
} as const;

/** Go's math.MaxInt32 stands for "none". */
const NONE = 2_147_483_647;

export const deadlineSeconds = (d: Deployment): number | undefined => {
  const seconds = d.spec?.progressDeadlineSeconds;
  return seconds === NONE ? undefined : seconds;
};

/** Counts and the Available condition; what `sync` of a paused or scaled Deployment writes. */
export function countedStatus(d: Deployment, { newSet, oldSets }: Sets, nowMs: number): DeploymentStatus {
  const all = newSet ? [...oldSets, newSet] : [...oldSets];
  const available = totalAvailable(all);
  const enough = available >= wantedReplicas(d) - rollingBounds(d).unavailable;
  const counts = {
    replicas: sum(all, (s) => s.status?.replicas),
    updatedReplicas: newSet?.status?.replicas ?? 0,
    readyReplicas: sum(all, (s) => s.status?.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, totalSize(all) - available),
  };
  return {
    observedGeneration: d.metadata.generation,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    terminatingReplicas: sum(all, (s) => s.status?.terminatingReplicas),
    ...(d.status?.collisionCount !== undefined && { collisionCount: d.status.collisionCount }),
    conditions: withCondition(d.status?.conditions ?? [], enough
      ? { type: "Available", status: "True", reason: "MinimumReplicasAvailable", message: "Deployment has minimum availability." }
      : { type: "Available", status: "False", reason: "MinimumReplicasUnavailable", message: "Deployment does not have minimum availability." }, nowMs),
  };
}

/** The same with progress: complete, moving, or stuck for longer than the deadline. */
export function rolloutStatus(d: Deployment, sets: Sets, nowMs: number): DeploymentStatus {
  const status = countedStatus(d, sets, nowMs);
  let conditions = status.conditions ?? [];
  const former = conditionOf(conditions, "Progressing");
  if (deadlineSeconds(d) === undefined) conditions = without(conditions, "Progressing");
  else if (!((status.replicas ?? 0) === (status.updatedReplicas ?? 0) && former?.reason === PROGRESS.complete)) {
    const subject = sets.newSet ? `ReplicaSet "${sets.newSet.metadata.name}"` : `Deployment "${d.metadata.name}"`;
    if (isComplete(d, status)) {
      conditions = withCondition(conditions, { type: "Progressing", status: "True", reason: PROGRESS.complete, message: `${subject} has successfully progressed.` }, nowMs);
    } else if (hasProgressed(d.status ?? {}, status)) {
      const condition = { type: "Progressing", status: "True", reason: PROGRESS.updated, message: `${subject} is progressing.` };
      // Written even if it says the same: its update time is where the deadline counts from.
      const moved = { ...condition, lastUpdateTime: formatTime(nowMs), lastTransitionTime: former?.status === "True" ? former.lastTransitionTime : formatTime(nowMs) };
      conditions = [...without(conditions, "Progressing"), moved];
    } else if (hasTimedOut(d, former, nowMs)) {
      conditions = withCondition(conditions, { type: "Progressing", status: "False", reason: PROGRESS.timedOut, message: `${subject} has timed out progressing.` }, nowMs);
    }
  }
  const failure = [sets.newSet, ...sets.oldSets].flatMap((set) => set?.status?.conditions ?? []).find((c) => c.type === "ReplicaFailure");
  conditions = failure ? withCondition(conditions, { type: "ReplicaFailure", status: failure.status, reason: failure.reason, message: failure.message }, nowMs) : without(conditions, "ReplicaFailure");
  return { ...status, conditions };
}

/** When an unfinished rollout passes its deadline. */
export function deadlineInMs(d: Deployment, status: DeploymentStatus, nowMs: number): number | undefined {
  const condition = conditionOf(status.conditions, "Progressing");
  const deadline = deadlineSeconds(d);
  if (deadline === undefined || !condition?.lastUpdateTime) return undefined;
  if (condition.reason === PROGRESS.complete || condition.reason === PROGRESS.timedOut || condition.reason === PROGRESS.paused) return undefined;
  return Math.max(1_000, parseTime(condition.lastUpdateTime) + deadline * 1000 - nowMs + 1_000);
}

export function isComplete(d: Deployment, status: DeploymentStatus): boolean {
  const wanted = wantedReplicas(d);
  return (status.updatedReplicas ?? 0) === wanted && (status.replicas ?? 0) === wanted && (status.availableReplicas ?? 0) === wanted;
}

function hasProgressed(before: DeploymentStatus, now: DeploymentStatus): boolean {
  const old = (s: DeploymentStatus) => (s.replicas ?? 0) - (s.updatedReplicas ?? 0);
  return (now.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) || old(now) < old(before)
    || (now.readyReplicas ?? 0) > (before.readyReplicas ?? 0) || (now.availableReplicas ?? 0) > (before.availableReplicas ?? 0);
}

function hasTimedOut(d: Deployment, condition: DeploymentCondition | undefined, nowMs: number): boolean {
  if (!condition || condition.reason === PROGRESS.complete || condition.reason === PROGRESS.paused) return false;
  if (condition.reason === PROGRESS.timedOut) return true;
  return condition.lastUpdateTime !== undefined && parseTime(condition.lastUpdateTime) + d.spec!.progressDeadlineSeconds! * 1000 < nowMs;
}

export const conditionOf = (conditions: readonly DeploymentCondition[] | undefined, type: string): DeploymentCondition | undefined => conditions?.find((c) => c.type === type);

/** Replaces the condition unless it says the same already (status and reason). */
export function withCondition(conditions: readonly DeploymentCondition[], condition: Omit<DeploymentCondition, "lastUpdateTime" | "lastTransitionTime">, nowMs: number): DeploymentCondition[] {
  const former = conditionOf(conditions, condition.type);
  if (former?.status === condition.status && former.reason === condition.reason) return [...conditions];
  const lastTransitionTime = former?.status === condition.status ? former.lastTransitionTime : formatTime(nowMs);
  return [...without(conditions, condition.type), { ...condition, lastUpdateTime: formatTime(nowMs), lastTransitionTime }];
}

const without = (conditions: readonly DeploymentCondition[], type: string): DeploymentCondition[] => conditions.filter((c) => c.type !== type);
const sum = (sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number | undefined): number => sets.reduce((total, set) => total + (count(set) ?? 0), 0);
