import type { Kind } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { DeleteOptions } from "../../kinds/transaction.ts";

const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";

/** Being deleted, its grace over, and nobody holds it any more. */
export function isFinished(kind: Kind, obj: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds } = obj.metadata;
  return deletionTimestamp !== undefined && !deletionGracePeriodSeconds && !isHeld(kind, obj);
}

export const isHeld = (kind: Kind, obj: KubeObject): boolean =>
  (obj.metadata.finalizers?.length ?? 0) > 0 || (kind.strategy?.hasFurtherFinalizers?.(obj) ?? false);

/**
 * The finalizers with which a deletion starts: an explicit wish comes first, then a finalizer that is there already,
 * then the kind's default. Undefined when they are the same as before.
 */
export function finalizersForDeletion(kind: Kind, obj: KubeObject, options: { orphanDependents?: boolean; propagationPolicy?: DeleteOptions["propagationPolicy"] }): string[] | undefined {
  const old = obj.metadata.finalizers ?? [];
  const policy = propagation(kind, old, options);
  const finalizers = old.filter((f) => f !== ORPHAN && f !== FOREGROUND);
  if (policy === "Orphan") finalizers.push(ORPHAN);
  if (policy === "Foreground") finalizers.push(FOREGROUND);
  const same = finalizers.length === old.length && finalizers.every((f) => old.includes(f));
  return same ? undefined : finalizers;
}

function propagation(kind: Kind, finalizers: readonly string[], options: { orphanDependents?: boolean; propagationPolicy?: DeleteOptions["propagationPolicy"] }): "Background" | "Foreground" | "Orphan" {
  if (options.orphanDependents !== undefined) return options.orphanDependents ? "Orphan" : "Background";
  if (options.propagationPolicy !== undefined) return options.propagationPolicy;
  if (finalizers.includes(ORPHAN)) return "Orphan";
  if (finalizers.includes(FOREGROUND)) return "Foreground";
  return kind.strategy?.defaultPropagation ?? "Background";
}
