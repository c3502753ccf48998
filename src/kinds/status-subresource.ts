import type { KubeObject } from "./object.ts";
import type { Subresource, WriteContext } from "./kind.ts";
import type { FieldError } from "../lib/field-error.ts";

type View<T extends KubeObject> = Extract<Subresource<T>, { type: "view" }>;

/** The usual `status` door: all but status and metadata stays as it was. */
export function statusSubresource<T extends KubeObject>(more: {
  /** This door may not change labels, annotations, owners and finalizers either. */
  keepsMetadata?: true;
  /** Runs after the rest was restored; for further metadata that this door may not change. */
  prepare?(obj: T, old: T): void;
  validateUpdate?(obj: T, old: T, ctx: WriteContext): FieldError[];
} = {}): View<T> {
  return {
    type: "view",
    verbs: ["get", "update", "patch"],
    prepareForUpdate(obj, old) {
      restoreAllBut(obj, old, "status");
      if (more.keepsMetadata) keepMetadata(obj, old);
      more.prepare?.(obj, old);
    },
    ...(more.validateUpdate && { validateUpdate: more.validateUpdate }),
  };
}

/** Of a door that is for its own part alone. */
export function keepMetadata(obj: KubeObject, old: KubeObject): void {
  for (const field of ["labels", "annotations", "ownerReferences", "finalizers"] as const) restore(obj.metadata, old.metadata, field);
}

/** Makes every field outside metadata and `field` what it was. */
export function restoreAllBut<T extends KubeObject>(obj: T, old: T, field: string): void {
  const draft: KubeObject = obj;
  for (const key of new Set([...Object.keys(obj), ...Object.keys(old)])) {
    if (key === "apiVersion" || key === "kind" || key === "metadata" || key === field) continue;
    restore(draft, old, key);
  }
}

/** Makes one field what it was, also when it was absent. */
export function restore<T extends object>(obj: T, old: T, field: keyof T): void {
  if (old[field] === undefined) delete obj[field];
  else obj[field] = old[field];
}
