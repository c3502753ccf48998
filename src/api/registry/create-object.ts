import type { KubeObject } from "../../kinds/object.ts";
import { formatTime } from "../../kinds/values/time.ts";
import { alreadyExists, ApiError, badRequest, forbidden, invalid, nameTaken } from "../../lib/errors.ts";
import { invalidValue } from "../../lib/field-error.ts";
import { admit } from "./admission.ts";
import { subjectOf } from "./catalog.ts";
import { generateName } from "../../lib/generate-name.ts";
import { errorsFound } from "./errors-found.ts";
import { dedupeOwners } from "./owner-references.ts";
import { keyOf, putObject, type Written } from "./store-object.ts";
import { finalizerWarnings, validateObjectMeta } from "../../kinds/validate-object-meta.ts";
import type { Write } from "./write-context.ts";

const NAME_ATTEMPTS_MAX = 8;

/**
 * Stores a new object, in the order that kinds/kind.ts promises. `obj` is in the storage version and becomes ours.
 * `track` records who manages which fields: those that the writer gave and those that defaulting makes of them, but none
 * that admission or the kind add. As upstream.
 */
export function createObject(write: Write, obj: KubeObject, track: (obj: KubeObject) => void): Written {
  const { kind } = write;
  if (obj.metadata.resourceVersion) throw badRequest("resourceVersion should not be set on objects to be created");
  const { strategy } = kind;
  prepareMeta(write, obj);
  strategy?.defaults?.(obj);
  track(obj);
  const attributes = { operation: "CREATE" as const, kind, subresource: undefined, namespace: obj.metadata.namespace, name: obj.metadata.name, object: obj };
  admit.mutate(attributes, write);
  dedupeOwners(write, obj, " after mutating admission happens");
  strategy?.defaults?.(obj);
  name(write, obj);
  strategy?.prepareForCreate?.(obj, write);
  refuseInvalid(write, obj);
  for (const text of finalizerWarnings(obj.metadata.finalizers, undefined)) write.warn(text);
  for (const text of strategy?.warnings?.(obj) ?? []) write.warn(text);
  const refusal = strategy?.authorizeWrite?.(obj, undefined, write);
  if (refusal !== undefined) throw forbidden(subjectOf(kind, obj.metadata.name), refusal);
  admit.validate({ ...attributes, name: obj.metadata.name }, write);
  refuseExisting(write, obj);
  if (!write.dryRun) return putObject(write, obj, undefined);
  return { object: obj, json: JSON.stringify(obj) };
}

/** Whether the pipeline keeps metadata.generation for this kind. */
export const hasGeneration = (write: Write): boolean =>
  write.kind.strategy?.hasGeneration ?? write.kind.subresources?.status !== undefined;

function prepareMeta(write: Write, obj: KubeObject): void {
  const { name, generateName: base, namespace, labels, annotations, ownerReferences, finalizers, managedFields } = obj.metadata;
  obj.metadata = {
    ...(name && { name }), ...(base && { generateName: base }), ...(namespace && { namespace }),
    uid: write.tx.uuid(), ...(hasGeneration(write) && { generation: 1 }),
    creationTimestamp: formatTime(write.nowMs),
    ...(labels && Object.keys(labels).length > 0 && { labels }), ...(annotations && Object.keys(annotations).length > 0 && { annotations }),
    ...(ownerReferences?.length && { ownerReferences }), ...(finalizers?.length && { finalizers }),
    ...(managedFields?.length && { managedFields }),
  };
}

/** Upstream tries again a few times when a generated name is taken. */
function name({ tx, kind }: Write, obj: KubeObject): void {
  const base = obj.metadata.generateName;
  if (obj.metadata.name || !base) return;
  for (let attempt = 0; attempt < NAME_ATTEMPTS_MAX; attempt++) {
    obj.metadata.name = generateName(base, () => tx.random());
    if (!tx.stx.get(keyOf(kind, obj))) return;
  }
}

function refuseInvalid(write: Write, obj: KubeObject): void {
  const errors = errorsFound(() => validateObjectMeta(obj.metadata, write.kind), () => write.kind.strategy?.validate?.(obj, write));
  if (errors.length > 0) throw invalid(subjectOf(write.kind, obj.metadata.name ?? obj.metadata.generateName), errors);
}

function refuseExisting({ tx, kind }: Write, obj: KubeObject): void {
  const row = tx.stx.get(keyOf(kind, obj));
  if (!row) return;
  const error = obj.metadata.generateName ? nameTaken(subjectOf(kind, obj.metadata.name)) : alreadyExists(subjectOf(kind, obj.metadata.name));
  if (!tx.cache.parse(row).metadata.deletionTimestamp) throw error;
  throw new ApiError(409, "AlreadyExists", `object is being deleted: ${error.message}`, error.status.details);
}

/** 422 for a resourceVersion that is no number. */
export function parseResourceVersion(write: Write, obj: KubeObject): number | undefined {
  const text = obj.metadata.resourceVersion;
  if (!text || text === "0") return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalid(subjectOf(write.kind, obj.metadata.name), [invalidValue("metadata.resourceVersion", text, `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`)]);
}
