import { forbiddenField, invalidValue, Path, required, tooLong, type FieldError } from "../lib/field-error.ts";
import type { Kind } from "./kind.ts";
import type { ObjectMeta, OwnerReference } from "./object.ts";
import { validateLabels } from "./values/label-selector.ts";
import { isDns1123Label, isDns1123Subdomain, isQualifiedName, maskTrailingDash } from "./values/names.ts";

/** Rules of metadata that hold for every kind: apimachinery's ValidateObjectMeta and ValidateObjectMetaUpdate. */
const ANNOTATIONS_BYTES_MAX = 256 * 1024;
const IMMUTABLE = "field is immutable";
/** Upstream's BannedOwners. */
const bannedOwners = new Set(["v1, Kind=Event"]);
const metadata = Path.of("metadata");

/** What the rules depend on. */
export type MetaRules = Pick<Kind, "scope" | "strategy">;

export function validateObjectMeta(meta: ObjectMeta, kind: MetaRules): FieldError[] {
  const errors = [...nameErrors(meta, kind), ...namespaceErrors(meta, kind)];
  if (meta.generation !== undefined && meta.generation < 0) errors.push(invalidValue("metadata.generation", meta.generation, "must be greater than or equal to 0"));
  if (meta.labels) errors.push(...validateLabels(meta.labels, metadata.child("labels")));
  if (meta.annotations) errors.push(...validateAnnotations(meta.annotations));
  if (meta.ownerReferences) errors.push(...ownerErrors(meta.ownerReferences));
  if (meta.finalizers) errors.push(...finalizerErrors(meta.finalizers));
  return errors;
}

/** What an update may not change; also runs `validateObjectMeta`'s rules that are not about the name. */
export function validateObjectMetaUpdate(meta: ObjectMeta, old: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp) errors.push(...newFinalizerErrors(meta.finalizers ?? [], old.finalizers ?? []));
  for (const field of ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] as const) {
    if (meta[field] !== old[field]) errors.push(invalidValue(metadata.child(field), meta[field], IMMUTABLE));
  }
  if (meta.labels) errors.push(...validateLabels(meta.labels, metadata.child("labels")));
  if (meta.annotations) errors.push(...validateAnnotations(meta.annotations));
  if (meta.ownerReferences) errors.push(...ownerErrors(meta.ownerReferences));
  if (meta.finalizers) errors.push(...finalizerErrors(meta.finalizers));
  return errors;
}

/** Upstream warns of finalizers that might collide with somebody else's. */
export function finalizerWarnings(finalizers: readonly string[] | undefined, old: readonly string[] | undefined): string[] {
  return (finalizers ?? [])
    .filter((f) => !f.includes("/") && f !== "orphan" && f !== "foregroundDeletion" && f !== "kubernetes" && !old?.includes(f))
    .map((f) => `metadata.finalizers: ${JSON.stringify(f)}: prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers`);
}

function nameErrors(meta: ObjectMeta, kind: MetaRules): FieldError[] {
  const check = (name: string, prefix: boolean) => kind.strategy?.validateName?.(name, prefix) ?? isDns1123Subdomain(prefix ? maskTrailingDash(name) : name);
  const errors = meta.generateName ? check(meta.generateName, true).map((text) => invalidValue("metadata.generateName", meta.generateName, text)) : [];
  if (!meta.name) return [...errors, required("metadata.name", "name or generateName is required")];
  for (const text of check(meta.name, false)) errors.push(invalidValue("metadata.name", meta.name, text));
  return errors;
}

function namespaceErrors(meta: ObjectMeta, kind: MetaRules): FieldError[] {
  if (kind.scope === "Cluster") return meta.namespace ? [forbiddenField("metadata.namespace", "not allowed on this type")] : [];
  if (!meta.namespace) return [required("metadata.namespace")];
  return isDns1123Label(meta.namespace).map((text) => invalidValue("metadata.namespace", meta.namespace, text));
}

export function validateAnnotations(annotations: Readonly<Record<string, string>>): FieldError[] {
  const path = metadata.child("annotations");
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    for (const text of isQualifiedName(key.toLowerCase())) errors.push(invalidValue(path, key, text));
    bytes += utf8Length(key) + utf8Length(value);
  }
  if (bytes > ANNOTATIONS_BYTES_MAX) errors.push(tooLong(path, ANNOTATIONS_BYTES_MAX));
  return errors;
}

/** Exact only where it matters: short texts cannot exceed the limit together unless counted. */
const encoder = new TextEncoder();
const utf8Length = (text: string): number => (text.length < 64 && /^[\x20-\x7e]*$/.test(text) ? text.length : encoder.encode(text).length);

function ownerErrors(owners: readonly OwnerReference[]): FieldError[] {
  const path = metadata.child("ownerReferences");
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const owner of owners) {
    const parts = (owner.apiVersion ?? "").split("/");
    if (parts.length > 2 || !parts.at(-1)) errors.push(invalidValue(path.child("apiVersion"), owner.apiVersion ?? "", "version must not be empty"));
    for (const field of ["kind", "name", "uid"] as const) {
      if (!owner[field]) errors.push(invalidValue(path.child(field), owner[field] ?? "", "must not be empty"));
    }
    if (bannedOwners.has(`${owner.apiVersion}, Kind=${owner.kind}`)) errors.push(invalidValue(path, owner, `/${owner.apiVersion}, Kind=${owner.kind} is disallowed from being an owner`));
    if (!owner.controller) continue;
    const name = `${owner.kind}/${owner.name}`;
    if (controller === undefined) controller = name;
    else errors.push(invalidValue(path, owners, `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`));
  }
  return errors;
}

function finalizerErrors(finalizers: readonly string[]): FieldError[] {
  const path = metadata.child("finalizers");
  const errors = finalizers.flatMap((f) => isQualifiedName(f).map((text) => invalidValue(path, f, text)));
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    errors.push(invalidValue(path, finalizers, "finalizer orphan and foregroundDeletion cannot be both set"));
  }
  return errors;
}

function newFinalizerErrors(finalizers: readonly string[], old: readonly string[]): FieldError[] {
  const known = new Set(old);
  const added = [...new Set(finalizers)].filter((f) => !known.has(f)).sort();
  if (added.length === 0) return [];
  const shown = `[]string{${added.map((f) => JSON.stringify(f)).join(", ")}}`;
  return [forbiddenField("metadata.finalizers", `no new finalizers can be added if the object is being deleted, found new finalizers ${shown}`)];
}
