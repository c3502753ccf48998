import { availableInMs, isReady, isTerminal } from "../../core/pod/readiness.ts";
import type { StatefulSet } from "../../types/apps-v1.generated.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { scaledValue } from "../../values/int-or-string.ts";
import { ordinalOf, revisionOf } from "./identity.ts";

/** What is to be done now. With ordered management it is one step at a time: pods that get ready wake the next. */
export interface Plan {
  create: { ordinal: number; revision: "current" | "update" }[];
  /** Pods that are over, to be made anew once they are gone. */
  recreate: Pod[];
  remove: Pod[];
}

export interface Situation {
  set: StatefulSet;
  pods: readonly Pod[];
  /** Name of the revision that pods are to have. */
  update: string;
  nowMs: number;
}

const startOf = ({ spec }: StatefulSet): number => spec?.ordinals?.start ?? 0;
export const sizeOf = ({ spec }: StatefulSet): number => spec?.replicas ?? 1;
const isTerminating = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;
export const isRunningAndReady = (pod: Pod): boolean => pod.status?.phase === "Running" && isReady(pod);

/** Whether the number is beyond the set's size. */
export const isCondemned = (set: StatefulSet, pod: Pod): boolean => {
  const ordinal = ordinalOf(set, pod)!;
  return ordinal < startOf(set) || ordinal >= startOf(set) + sizeOf(set);
};

export function planStep(situation: Situation): Plan {
  const { set, pods } = situation;
  const plan: Plan = { create: [], recreate: [], remove: [] };
  const ordinals = Array.from({ length: sizeOf(set) }, (_, i) => startOf(set) + i);
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod)!, pod]));
  const condemned = pods.filter((pod) => isCondemned(set, pod)).sort((a, b) => ordinalOf(set, b)! - ordinalOf(set, a)!);
  const replicas = ordinals.map((ordinal) => byOrdinal.get(ordinal));
  const mayGoOn = planReplicas(situation, ordinals, replicas, plan) && planScaleDown(situation, replicas, condemned, plan);
  if (mayGoOn && set.spec?.updateStrategy?.type === "RollingUpdate") planUpdate(situation, replicas, plan);
  return plan;
}

const isOrdered = ({ spec }: StatefulSet): boolean => spec?.podManagementPolicy !== "Parallel";

function isAvailable({ set, nowMs }: Situation, pod: Pod): boolean {
  return isRunningAndReady(pod) && availableInMs(pod, set.spec?.minReadySeconds ?? 0, nowMs) === 0;
}

const isHealthy = (situation: Situation, pod: Pod): boolean => isAvailable(situation, pod) && !isTerminating(pod);

/** From the lowest up: none is made before all below it are available. Returns whether to go on. */
function planReplicas(situation: Situation, ordinals: readonly number[], replicas: readonly (Pod | undefined)[], plan: Plan): boolean {
  const { set } = situation;
  const ordered = isOrdered(set);
  let over = false;
  for (const [i, pod] of replicas.entries()) {
    if (!pod) {
      plan.create.push({ ordinal: ordinals[i]!, revision: isBelowPartition(set, ordinals[i]!) ? "current" : "update" });
      if (ordered) return false;
    } else if (isTerminal(pod)) {
      if (!isTerminating(pod)) plan.recreate.push(pod);
      if (ordered) return false;
      over = true;
    } else if (ordered && !isHealthy(situation, pod)) return false;
  }
  return !over;
}

/** Pods of the numbers below the partition keep the revision they have, also when they are made anew. */
function isBelowPartition(set: StatefulSet, ordinal: number): boolean {
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
  if (type !== "RollingUpdate") return false;
  return ordinal < startOf(set) + (rollingUpdate ? (rollingUpdate.partition ?? 0) : (set.status?.currentReplicas ?? 0));
}

/** From the highest down. A pod that is not healthy only goes before its turn if it is the first such. */
function planScaleDown(situation: Situation, replicas: readonly (Pod | undefined)[], condemned: readonly Pod[], plan: Plan): boolean {
  const ordered = isOrdered(situation.set);
  const firstUnhealthy = [...replicas, ...condemned.toReversed()].find((pod) => !pod || !isHealthy(situation, pod));
  for (const pod of condemned) {
    if (isTerminating(pod)) {
      if (ordered) return false;
      continue;
    }
    if (ordered && !isHealthy(situation, pod) && pod !== firstUnhealthy) return false;
    plan.remove.push(pod);
    if (ordered) return false;
  }
  return true;
}

/**
 * From the highest down, as many at a time as may be unavailable. Old pods that are broken anyway cost nothing, but a new
 * one that does not get ready stops what is below it.
 */
function planUpdate(situation: Situation, replicas: readonly (Pod | undefined)[], plan: Plan): void {
  const { set, update } = situation;
  const max = maxUnavailable(set);
  const partition = set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
  let unavailable = replicas.filter((pod) => !pod || !isHealthy(situation, pod)).length;
  let seen = 0;
  for (let i = replicas.length - 1; i >= partition; i--) {
    const pod = replicas[i];
    const healthy = pod !== undefined && isHealthy(situation, pod);
    if (pod && revisionOf(pod) !== update && !isTerminating(pod)) {
      if (healthy && unavailable >= max) continue;
      if (healthy) unavailable++;
      seen++;
      plan.remove.push(pod);
    } else if (!healthy) seen++;
    if (seen >= max) return;
  }
}

function maxUnavailable(set: StatefulSet): number {
  const value = set.spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1;
  return Math.max(1, scaledValue(value, sizeOf(set), false));
}
