/**
 * Which resources each container of a pod really has. They are the specification's at its start; a resize (KEP-1287) is taken
 * over only when the node can bear it, and then applied container by container. Remembered on the container itself, so that
 * a new agent knows.
 */
import type { ResourceRequirements } from "../../../src/kinds/types/core-v1.generated.ts";
import { ANNOTATION, type ContainerRecord } from "../../runtime/runtime.ts";
import type { PodEnvironment } from "../environment.ts";
import type { PodState } from "../state.ts";
import type { NamedContainer, Pod } from "../types.ts";

export interface PendingResize { reason: "Infeasible" | "Deferred"; message: string }

export function appliedResources(state: PodState, record: ContainerRecord): ResourceRequirements | undefined {
  const own = state.resized.get(record.id);
  if (own) return own;
  const text = record.annotations[ANNOTATION.resources];
  return text ? JSON.parse(text) as ResourceRequirements : undefined;
}

/** Running containers whose specification says something else than they have. */
export function unsized(state: PodState): { container: NamedContainer; record: ContainerRecord; applied: ResourceRequirements }[] {
  const { pod } = state;
  return [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].flatMap((container) => {
    const record = state.current(container.name);
    const applied = record?.state === "running" ? appliedResources(state, record) : undefined;
    return record && applied && !isSame(applied, container.resources ?? {}) ? [{ container, record, applied }] : [];
  });
}

/** Undefined when the node can give what the pod wants. */
export function pendingResize(pod: Pod, env: PodEnvironment): PendingResize | undefined {
  const never = env.refusal(pod, "alone");
  if (never) return { reason: "Infeasible", message: never.message.replace("enough resource:", "enough capacity:").replace(/, used: \d+/, "") };
  const now = env.refusal(pod);
  return now && { reason: "Deferred", message: now.message };
}

export function needsRestart(container: NamedContainer, applied: ResourceRequirements): boolean {
  const changed = (name: string): boolean => (["requests", "limits"] as const).some((kind) => applied[kind]?.[name] !== container.resources?.[kind]?.[name]);
  return (container.resizePolicy ?? []).some((p) => p.restartPolicy === "RestartContainer" && changed(p.resourceName ?? ""));
}

const isSame = (a: ResourceRequirements, b: ResourceRequirements): boolean =>
  (["requests", "limits"] as const).every((kind) => {
    const [x, y] = [a[kind] ?? {}, b[kind] ?? {}];
    return Object.keys(x).length === Object.keys(y).length && Object.entries(x).every(([name, amount]) => y[name] === amount);
  });
