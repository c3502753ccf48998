import { availableInMs, isReady } from "../../core/pod/readiness.ts";
import type { DaemonSet } from "../../types/apps-v1.generated.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { scaledValue } from "../../values/int-or-string.ts";
import { parseTime } from "../../values/time.ts";
import type { Fitness } from "./placement.ts";

export const HASH_LABEL = "controller-revision-hash";

/** What the set has on one node. */
export interface Place extends Fitness { node: string; pods: readonly Pod[] }

export interface Situation {
  set: DaemonSet;
  places: readonly Place[];
  /** Of the present revision. */
  hash: string;
  nowMs: number;
}

export interface Plan {
  /** Names of nodes. */
  create: string[];
  remove: Pod[];
  /** Pods that failed, to be replaced. */
  failed: { pod: Pod; node: string }[];
  /** When a pod that failed soon after it was made may be replaced. */
  waitMs: number | undefined;
}

/** A pod that fails at once is not made anew more often than this. */
const FAILED_LIFETIME_MS_MIN = 10_000;

export const isUpdated = ({ hash }: Situation, pod: Pod): boolean => pod.metadata.labels?.[HASH_LABEL] === hash;
const isAvailable = ({ set, nowMs }: Situation, pod: Pod): boolean => availableInMs(pod, set.spec?.minReadySeconds ?? 0, nowMs) === 0;
const isTerminating = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;

/** One pod where there should be one, none elsewhere; a second one only while a new one gets ready beside the old. */
export function planPlacement(situation: Situation): Plan {
  const plan: Plan = { create: [], remove: [], failed: [], waitMs: undefined };
  for (const place of situation.places) planPlace(situation, place, plan);
  return plan;
}

function planPlace(situation: Situation, { node, pods, shouldRun, mayStay }: Place, plan: Plan): void {
  if (shouldRun && pods.length === 0) plan.create.push(node);
  else if (!mayStay) plan.remove.push(...pods.filter((pod) => !isTerminating(pod)));
  else {
    const running: Pod[] = [];
    for (const pod of pods) {
      if (isTerminating(pod)) continue;
      if (pod.status?.phase === "Succeeded") plan.remove.push(pod);
      else if (pod.status?.phase !== "Failed") running.push(pod);
      else planFailed(situation, pod, node, plan);
    }
    plan.remove.push(...surplus(situation, running));
  }
}

function planFailed({ nowMs }: Situation, pod: Pod, node: string, plan: Plan): void {
  const leftMs = parseTime(pod.metadata.creationTimestamp!) + FAILED_LIFETIME_MS_MIN - nowMs;
  if (leftMs <= 0) plan.failed.push({ pod, node });
  else plan.waitMs = Math.min(plan.waitMs ?? leftMs, leftMs);
}

/** Of several pods on a node: all but the oldest, or all but the oldest of each revision while a surge is under way. */
function surplus(situation: Situation, running: readonly Pod[]): Pod[] {
  if (running.length <= 1) return [];
  const sorted = byPhaseAndAge(running);
  if (!allowsSurge(situation.set)) return sorted.slice(1);
  const newest = sorted.find((pod) => isUpdated(situation, pod));
  const old = sorted.find((pod) => !isUpdated(situation, pod));
  const superseded = newest && old && (!isReady(old) || isAvailable(situation, newest)) ? [old] : [];
  return [...sorted.filter((pod) => pod !== newest && pod !== old), ...superseded];
}

const rank = (pod: Pod): number => (pod.status?.phase === "Running" ? 0 : 1);
export const byPhaseAndAge = (pods: readonly Pod[]): Pod[] =>
  [...pods].sort((a, b) => rank(a) - rank(b) || ((a.metadata.creationTimestamp! < b.metadata.creationTimestamp!) ? -1 : a.metadata.creationTimestamp! > b.metadata.creationTimestamp! ? 1 : 0));

function bounds({ set, places }: Situation): { surge: number; unavailable: number } {
  const { maxSurge = 0, maxUnavailable = 1 } = set.spec?.updateStrategy?.rollingUpdate ?? {};
  const desired = places.filter(({ shouldRun }) => shouldRun).length;
  const [surge, unavailable] = [scaledValue(maxSurge, desired, true), scaledValue(maxUnavailable, desired, true)];
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

function allowsSurge({ spec }: DaemonSet): boolean {
  const { type, rollingUpdate } = spec?.updateStrategy ?? {};
  return type === "RollingUpdate" && scaledValue(rollingUpdate?.maxSurge ?? 0, 100, true) > 0;
}

/** Replaces pods of old revisions, as many at a time as the strategy lets. */
export function planUpdate(situation: Situation): Pick<Plan, "create" | "remove"> {
  return allowsSurge(situation.set) ? planSurge(situation) : planReplacement(situation);
}

type OnNode = { place: Place; ok: boolean; now?: Pod; old?: Pod };

/** At most one pod of each sort; anything else is for the placement to bring into order. */
function onNodes(situation: Situation): OnNode[] {
  return situation.places.filter(({ shouldRun, pods }) => shouldRun || pods.length > 0).map((place) => {
    const staying = place.pods.filter((pod) => !isTerminating(pod));
    const [now, ...moreNow] = staying.filter((pod) => isUpdated(situation, pod));
    const [old, ...moreOld] = staying.filter((pod) => !isUpdated(situation, pod));
    return { place, ok: moreNow.length + moreOld.length === 0, ...(now && { now }), ...(old && { old }) };
  });
}

/** The old pod goes, and the placement makes a new one. */
function planReplacement(situation: Situation): Pick<Plan, "create" | "remove"> {
  let unavailable = 0;
  const broken: Pod[] = [];
  const candidates: Pod[] = [];
  for (const { ok, now, old } of onNodes(situation)) {
    if (!ok || Boolean(now) === Boolean(old)) unavailable++;
    else if (now) unavailable += isAvailable(situation, now) ? 0 : 1;
    else if (isAvailable(situation, old!)) candidates.push(old!);
    else broken.push(old!);
  }
  // What is broken is unavailable already, replaced or not.
  const left = Math.max(0, bounds(situation).unavailable - unavailable - broken.length);
  return { create: [], remove: [...broken, ...candidates.slice(0, left)] };
}

/** The new pod comes first, and the old one goes when that is available. */
function planSurge(situation: Situation): Pick<Plan, "create" | "remove"> {
  let surging = 0;
  const remove: Pod[] = [];
  const broken: string[] = [];
  const candidates: string[] = [];
  for (const { place, ok, now, old } of onNodes(situation)) {
    if (!ok) surging++;
    else if (old && !now) (isAvailable(situation, old) ? candidates : broken).push(place.node);
    else if (old && now) {
      if (isAvailable(situation, now)) remove.push(old);
      else surging++;
    }
  }
  const left = Math.max(0, bounds(situation).surge - surging);
  return { create: [...broken, ...candidates.slice(0, left)], remove };
}
