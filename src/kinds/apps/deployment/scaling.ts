import type { Deployment, ReplicaSet } from "../../types/apps-v1.generated.ts";
import { DESIRED_REPLICAS, MAX_REPLICAS, revisionOf } from "./revisions.ts";
import { byCreation, isActiveSet, isRolling, rollingBounds, sizeOf, totalSize, wantedReplicas, type Resize } from "./rollout.ts";

/** Was the Deployment scaled since its sets were last sized? They carry the number that they were sized for. */
export function isScalingEvent(d: Deployment, sets: readonly ReplicaSet[]): boolean {
  return sets.filter(isActiveSet).some((set) => {
    const desired = set.metadata.annotations?.[DESIRED_REPLICAS];
    return desired !== undefined && Number(desired) !== wantedReplicas(d);
  });
}

/** Scales without rolling: one active set takes it all; in the middle of a rollout each active set takes its share. */
export function planScaling(d: Deployment, newSet: ReplicaSet | undefined, oldSets: readonly ReplicaSet[]): Resize {
  const only = activeOrLatest(newSet, oldSets);
  // Also when the size is right already: the set is to note what it was sized for, or this would stay a scaling for ever.
  if (only) return [{ set: only, replicas: wantedReplicas(d) }];
  if (newSet && isSaturated(d, newSet)) return oldSets.filter(isActiveSet).map((set) => ({ set, replicas: 0 }));
  return isRolling(d) ? planProportions(d, [...oldSets, ...(newSet ? [newSet] : [])].filter(isActiveSet)) : [];
}

function activeOrLatest(newSet: ReplicaSet | undefined, oldSets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const active = [...oldSets, ...(newSet ? [newSet] : [])].filter(isActiveSet);
  if (active.length > 1) return undefined;
  return active[0] ?? newSet ?? byCreation(oldSets).at(-1);
}

function isSaturated(d: Deployment, set: ReplicaSet): boolean {
  const wanted = wantedReplicas(d);
  return sizeOf(set) === wanted && Number(set.metadata.annotations?.[DESIRED_REPLICAS]) === wanted && (set.status?.availableReplicas ?? 0) === wanted;
}

/** Larger sets first; of equal ones the newer first when growing, the older first when shrinking. What rounding leaves over goes to the first. */
function planProportions(d: Deployment, active: readonly ReplicaSet[]): Resize {
  const allowed = wantedReplicas(d) > 0 ? wantedReplicas(d) + rollingBounds(d).surge : 0;
  const toAdd = allowed - totalSize(active);
  const older = byCreation(active);
  const sorted = (toAdd > 0 ? older.reverse() : older).sort((a, b) => sizeOf(b) - sizeOf(a));
  let added = 0;
  const plan = sorted.map((set) => {
    const left = toAdd - added;
    const share = proportion(d, set);
    const step = toAdd === 0 ? 0 : toAdd > 0 ? Math.min(share, left) : Math.max(share, left);
    added += step;
    return { set, replicas: sizeOf(set) + step };
  });
  if (plan[0]) plan[0].replicas = Math.max(0, plan[0].replicas + toAdd - added);
  return plan;
}

function proportion(d: Deployment, set: ReplicaSet): number {
  if (wantedReplicas(d) === 0) return -sizeOf(set);
  const sizedFor = Number(set.metadata.annotations?.[MAX_REPLICAS] ?? d.status?.replicas ?? 0) || wantedReplicas(d);
  return Math.round((sizeOf(set) * (wantedReplicas(d) + rollingBounds(d).surge)) / sizedFor) - sizeOf(set);
}

/** Sets that the history limit lets go, oldest revisions first. */
export function planCleanup(d: Deployment, oldSets: readonly ReplicaSet[]): ReplicaSet[] {
  const limit = d.spec?.revisionHistoryLimit;
  if (limit === undefined || limit === 2_147_483_647) return [];
  const candidates = oldSets.filter((set) => !set.metadata.deletionTimestamp).sort((a, b) => revisionOf(a) - revisionOf(b));
  const surplus = Math.max(0, candidates.length - limit);
  return candidates.slice(0, surplus).filter((set) =>
    sizeOf(set) === 0 && (set.status?.replicas ?? 0) === 0 && (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0));
}
