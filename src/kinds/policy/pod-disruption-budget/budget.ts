import { controllerOf } from "../../../controllers/ownership.ts";
import { isReady } from "../../core/pod/readiness.ts";
import type { KubeObject, OwnerReference } from "../../object.ts";
import type { Reader } from "../../transaction.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from "../../types/policy-v1.generated.ts";
import { scaledValue } from "../../values/int-or-string.ts";
import { parseTime } from "../../values/time.ts";

/** An evicted pod that is still there after this long is taken for not evicted. */
const DELETION_TIMEOUT_MS = 120_000;

export interface Counts { expected: number; desired: number; unmanaged: readonly string[] }

/** How many pods there should be, and how many of them must be healthy. Throws where a controller's size is unknown. */
export function expectedPods(reader: Reader, { spec = {} }: PodDisruptionBudget, pods: readonly Pod[]): Counts {
  if (spec.maxUnavailable != null) {
    const { scale, unmanaged } = expectedScale(reader, pods);
    return { expected: scale, desired: Math.max(0, scale - scaledValue(spec.maxUnavailable, scale, true)), unmanaged };
  }
  if (typeof spec.minAvailable === "string") {
    const { scale, unmanaged } = expectedScale(reader, pods);
    return { expected: scale, desired: scaledValue(spec.minAvailable, scale, true), unmanaged };
  }
  return { expected: pods.length, desired: spec.minAvailable ?? 0, unmanaged: [] };
}

/** The sum of the sizes that the pods' controllers are meant to have. */
function expectedScale(reader: Reader, pods: readonly Pod[]): { scale: number; unmanaged: string[] } {
  const sizes = new Map<string, number>();
  const unmanaged: string[] = [];
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (!owner) unmanaged.push(pod.metadata.name!);
    else if (!sizes.has(owner.uid)) {
      const { uid, replicas } = sizeOf(reader, pod, owner);
      sizes.set(owner.uid, 0);
      sizes.set(uid, replicas);
    }
  }
  return { scale: [...sizes.values()].reduce((sum, size) => sum + size, 0), unmanaged };
}

/** A ReplicaSet's size is that of its Deployment, which may be rolling from one set to the next. */
function sizeOf(reader: Reader, pod: Pod, owner: OwnerReference): { uid: string; replicas: number } {
  const object = find(reader, pod.metadata.namespace!, owner);
  const above = object && controllerOf(object);
  const parent = above && find(reader, pod.metadata.namespace!, above);
  const sized = (parent && replicasOf(reader, parent) !== undefined ? parent : object);
  const replicas = sized && replicasOf(reader, sized);
  if (replicas === undefined) throw new Error(object ? `${object.kind.toLowerCase()}s.${object.apiVersion.split("/")[0]} does not implement the scale subresource` : `found no controllers for pod "${pod.metadata.name}"`);
  return { uid: sized!.metadata.uid!, replicas };
}

function find(reader: Reader, namespace: string, { apiVersion, kind: name, ...owner }: OwnerReference): KubeObject | undefined {
  const kind = reader.kindOf({ apiVersion, kind: name });
  const object = kind && reader.get(kind, kind.scope === "Namespaced" ? namespace : undefined, owner.name);
  return object?.metadata.uid === owner.uid ? object : undefined;
}

function replicasOf(reader: Reader, object: KubeObject): number | undefined {
  const scale = reader.kindOf(object)?.subresources?.scale;
  if (scale?.type !== "scale") return undefined;
  const value = scale.specReplicasPath.split(".").filter(Boolean).reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], object);
  return typeof value === "number" ? value : 0;
}

/** Evictions that are under way, and which of them should have happened by now. */
export function pendingEvictions(status: PodDisruptionBudgetStatus | undefined, pods: readonly Pod[], nowMs: number): { disrupted: Record<string, string>; overdue: Pod[]; recheckInMs: number | undefined } {
  const disrupted: Record<string, string> = {};
  const overdue: Pod[] = [];
  let recheckInMs: number | undefined;
  for (const pod of pods) {
    const since = status?.disruptedPods?.[pod.metadata.name!];
    if (since === undefined || pod.metadata.deletionTimestamp) continue;
    const leftMs = parseTime(since) + DELETION_TIMEOUT_MS - nowMs;
    if (leftMs <= 0) {
      overdue.push(pod);
      continue;
    }
    disrupted[pod.metadata.name!] = since;
    recheckInMs = Math.min(recheckInMs ?? leftMs, leftMs);
  }
  return { disrupted, overdue, recheckInMs };
}

export const countHealthy = (pods: readonly Pod[], disrupted: Readonly<Record<string, string>>): number =>
  pods.filter((pod) => !pod.metadata.deletionTimestamp && !Object.hasOwn(disrupted, pod.metadata.name!) && isReady(pod)).length;
