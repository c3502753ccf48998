import type { KubeObject } from "../../kinds/object.ts";
import type { Subresource } from "../../kinds/kind.ts";
import { deepEqual } from "../../lib/deep-equal.ts";
import { conflict, forbidden, invalid } from "../../lib/errors.ts";
import { invalidValue } from "../../lib/field-error.ts";
import type { AdmissionAttributes } from "../../admission/plugin.ts";
import { admit } from "./admission.ts";
import { subjectOf } from "./catalog.ts";
import { hasGeneration, parseResourceVersion } from "./create-object.ts";
import { errorsFound } from "./errors-found.ts";
import { isFinished } from "./finalizers.ts";
import { dedupeOwners } from "./owner-references.ts";
import { putObject, removeObject, type Written } from "./store-object.ts";
import { finalizerWarnings, validateObjectMetaUpdate } from "../../kinds/validate-object-meta.ts";
import type { Write } from "./write-context.ts";

/** What stands in the store: never changed here. */
export interface Existing { readonly object: KubeObject; readonly json: string; readonly revision: number }

export type View = Extract<Subresource, { type: "view" }>;

export interface UpdateOptions {
  view?: View;
  /** Records who manages what, before admission and the kind add to it. */
  track(obj: KubeObject, old: KubeObject): void;
  /** The last look at an object that is complete. */
  complete?(obj: KubeObject, old: KubeObject): void;
  /** A door with a type of its own (scale): what was sent through it, and how what admission made of that gets into the object. */
  door?: Pick<AdmissionAttributes, "input" | "oldInput" | "inputType"> & { enter(obj: KubeObject): void };
}

/**
 * Replaces an object through its main door or a view of it. `obj` is in the storage version and becomes ours. Nothing
 * is written when nothing but the managed fields' times would change. An object whose last finalizer goes while it is
 * being deleted is removed.
 */
export function updateObject(write: Write, existing: Existing, obj: KubeObject, options: UpdateOptions): Written {
  const { kind } = write;
  const { strategy } = kind;
  const old = existing.object;
  refuseConflicts(write, existing, obj);
  restoreMeta(obj, old);
  if (!options.view) {
    strategy?.defaults?.(obj);
    options.track(obj, old);
  }
  const attributes = { operation: "UPDATE" as const, kind, subresource: write.subresource, namespace: old.metadata.namespace, name: old.metadata.name, object: obj, old, ...doorOf(options) };
  admit.mutate(attributes, write);
  options.door?.enter(obj);
  dedupeOwners(write, obj, " after mutating admission happens");
  strategy?.defaults?.(obj);
  if (options.view) options.view.prepareForUpdate(obj, old, write);
  else strategy?.prepareForUpdate?.(obj, old, write);
  // What a view does not let through is nobody's.
  if (options.view) options.track(obj, old);
  options.complete?.(obj, old);
  const changed = changedParts(obj, old, kind.subresources?.status !== undefined);
  if (changed.spec && hasGeneration(write) && !options.view?.keepsGeneration) obj.metadata.generation = (old.metadata.generation ?? 0) + 1;
  if (changed.any) refuseInvalid(write, obj, old, { view: options.view, wholly: changed.spec || !options.view });
  admit.validate(attributes, write);
  if (!changed.any) return { object: old, json: existing.json };
  return store(write, obj, old);
}

function doorOf({ door }: UpdateOptions): Pick<AdmissionAttributes, "input" | "oldInput" | "inputType"> | undefined {
  return door && { input: door.input, oldInput: door.oldInput, inputType: door.inputType };
}

function store(write: Write, obj: KubeObject, old: KubeObject): Written {
  if (write.dryRun) return { object: obj, json: JSON.stringify(obj) };
  if (isFinished(write.kind, obj)) return removeObject(write, obj, old);
  return putObject(write, obj, old);
}

function refuseConflicts(write: Write, existing: Existing, obj: KubeObject): void {
  const { uid } = obj.metadata;
  const { kind } = write;
  const name = existing.object.metadata.name;
  if (uid && uid !== existing.object.metadata.uid) {
    throw conflict(subjectOf(kind, name), `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${existing.object.metadata.uid}`);
  }
  const expected = parseResourceVersion(write, obj);
  if (expected === undefined) {
    if (kind.strategy?.allowUnconditionalUpdate === false) {
      throw invalid(subjectOf(kind, name), [invalidValue("metadata.resourceVersion", 0, "must be specified for an update")]);
    }
  } else if (expected !== existing.revision) throw conflict(subjectOf(kind, name));
}

/** BeforeUpdate of upstream: what the system keeps is not the client's to change. */
function restoreMeta(obj: KubeObject, old: KubeObject): void {
  const { metadata: meta } = obj;
  meta.resourceVersion = old.metadata.resourceVersion;
  meta.uid ||= old.metadata.uid;
  meta.creationTimestamp = old.metadata.creationTimestamp;
  if (old.metadata.namespace && !meta.namespace) meta.namespace = old.metadata.namespace;
  if (old.metadata.deletionTimestamp) meta.deletionTimestamp = old.metadata.deletionTimestamp;
  if (old.metadata.deletionGracePeriodSeconds !== undefined) meta.deletionGracePeriodSeconds ??= old.metadata.deletionGracePeriodSeconds;
  if (old.metadata.generation === undefined) delete meta.generation;
  else meta.generation = old.metadata.generation;
  if (old.metadata.generateName && meta.generateName === undefined) meta.generateName = old.metadata.generateName;
  delete meta.selfLink;
  for (const field of ["labels", "annotations", "ownerReferences", "finalizers"] as const) {
    const value = meta[field];
    if (value !== undefined && (value === null || Object.keys(value).length === 0)) delete meta[field];
  }
}

/** Without a door of its own, status is a part of the specification like any other. */
function changedParts(obj: KubeObject, old: KubeObject, hasStatus: boolean): { any: boolean; spec: boolean } {
  let any = !deepEqual(obj.metadata, old.metadata);
  for (const key of new Set([...Object.keys(obj), ...Object.keys(old)])) {
    if (key === "metadata" || deepEqual(obj[key], old[key])) continue;
    any = true;
    if (!(hasStatus && key === "status") && key !== "apiVersion" && key !== "kind") return { any, spec: true };
  }
  return { any, spec: false };
}

/** `wholly`: a view that changed nothing but status leaves the rest as valid as it was. */
function refuseInvalid(write: Write, obj: KubeObject, old: KubeObject, { view, wholly }: { view: View | undefined; wholly: boolean }): void {
  const { kind } = write;
  const { strategy } = kind;
  const errors = errorsFound(
    () => validateObjectMetaUpdate(obj.metadata, old.metadata),
    () => (wholly ? strategy?.validate?.(obj, write, old) : undefined),
    () => (view ? view.validateUpdate : strategy?.validateUpdate)?.call(view ?? strategy, obj, old, write),
  );
  if (errors.length > 0) throw invalid(subjectOf(kind, obj.metadata.name), errors);
  for (const text of finalizerWarnings(obj.metadata.finalizers, old.metadata.finalizers)) write.warn(text);
  for (const text of strategy?.warnings?.(obj, old) ?? []) write.warn(text);
  const refusal = strategy?.authorizeWrite?.(obj, old, write);
  if (refusal !== undefined) throw forbidden(subjectOf(kind, obj.metadata.name), refusal);
}
