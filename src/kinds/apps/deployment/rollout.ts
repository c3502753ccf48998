import { textOrder } from "../../../lib/text-order.ts";
import type { Deployment, ReplicaSet } from "../../types/apps-v1.generated.ts";
import { scaledValue } from "../../values/int-or-string.ts";

/** New sizes of ReplicaSets, in the order in which they are to be written. */
export type Resize = readonly { set: ReplicaSet; replicas: number }[];

export const wantedReplicas = (d: Deployment): number => d.spec?.replicas ?? 1;
export const sizeOf = (set: ReplicaSet): number => set.spec?.replicas ?? 1;
export const isActiveSet = (set: ReplicaSet): boolean => sizeOf(set) > 0;
export const totalSize = (sets: readonly ReplicaSet[]): number => sets.reduce((sum, set) => sum + sizeOf(set), 0);
export const totalAvailable = (sets: readonly ReplicaSet[]): number => sets.reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0);
export const isRolling = (d: Deployment): boolean => d.spec?.strategy?.type !== "Recreate";

/** How many pods may be above, and how many may be missing from, the wanted number. Never both 0. */
export function rollingBounds(d: Deployment): { surge: number; unavailable: number } {
  const wanted = wantedReplicas(d);
  if (!isRolling(d)) return { surge: 0, unavailable: 0 };
  const surge = scaledValue(d.spec?.strategy?.rollingUpdate?.maxSurge ?? "25%", wanted, true);
  const unavailable = scaledValue(d.spec?.strategy?.rollingUpdate?.maxUnavailable ?? "25%", wanted, false);
  if (surge === 0 && unavailable === 0) return { surge, unavailable: 1 };
  return { surge, unavailable: Math.min(unavailable, wanted) };
}

/** Size of a ReplicaSet that is new, or that grows while others still run. */
export function newSetSize(d: Deployment, all: readonly ReplicaSet[], current: number): number {
  const wanted = wantedReplicas(d);
  if (!isRolling(d)) return wanted;
  const room = wanted + rollingBounds(d).surge - totalSize(all);
  return room <= 0 ? current : current + Math.min(room, wanted - current);
}

/** One step of a rolling update: first the new set grows (or shrinks to size); only if it does not, the old ones give way. */
export function planRollingStep(d: Deployment, newSet: ReplicaSet, oldSets: readonly ReplicaSet[]): Resize {
  const wanted = wantedReplicas(d);
  const current = sizeOf(newSet);
  const next = current > wanted ? wanted : newSetSize(d, [newSet, ...oldSets], current);
  if (next !== current) return [{ set: newSet, replicas: next }];
  return planOldSets(d, newSet, oldSets);
}

function planOldSets(d: Deployment, newSet: ReplicaSet, oldSets: readonly ReplicaSet[]): Resize {
  const sizes = new Map(byCreation(oldSets).map((set) => [set, sizeOf(set)]));
  const minAvailable = wantedReplicas(d) - rollingBounds(d).unavailable;
  const newUnavailable = sizeOf(newSet) - (newSet.status?.availableReplicas ?? 0);
  const spare = totalSize([newSet, ...oldSets]) - minAvailable - newUnavailable;
  if (spare <= 0) return [];
  // Pods that serve nobody anyway go first: otherwise a broken old revision would block the new one.
  shrink(sizes, spare, (set, size) => size - (set.status?.availableReplicas ?? 0));
  shrink(sizes, totalAvailable([newSet, ...oldSets]) - minAvailable, (_, size) => size);
  return [...sizes].filter(([set, size]) => size !== sizeOf(set)).map(([set, replicas]) => ({ set, replicas }));
}

function shrink(sizes: Map<ReplicaSet, number>, atMost: number, removable: (set: ReplicaSet, size: number) => number): void {
  for (const [set, size] of sizes) {
    if (atMost <= 0) return;
    const step = Math.min(atMost, size, Math.max(0, removable(set, size)));
    sizes.set(set, size - step);
    atMost -= step;
  }
}

export const byCreation = (sets: readonly ReplicaSet[]): ReplicaSet[] => [...sets].sort((a, b) => textOrder(a.metadata.creationTimestamp, b.metadata.creationTimestamp) || textOrder(a.metadata.name, b.metadata.name));
