import type { KubeObject } from "../../kinds/object.ts";
import { formatTime } from "../../kinds/values/time.ts";
import { conflict } from "../../lib/errors.ts";
import { admit } from "./admission.ts";
import { subjectOf } from "./catalog.ts";
import { finalizersForDeletion, isHeld } from "./finalizers.ts";
import type { RequestedDeletion } from "./request-options.ts";
import { putObject, removeObject, type Written } from "./store-object.ts";
import type { Existing } from "./update-object.ts";
import type { Write } from "./write-context.ts";
import { parseJson } from "../../lib/json.ts";

export interface Deleted extends Written { removed: boolean }

/**
 * Deletes an object or marks it as being deleted: finalizers and the kind's grace period hold it. As upstream's
 * Store.Delete with BeforeDelete; a second deletion may only shorten the grace period.
 */
export function deleteObject(write: Write, existing: Existing, options: Omit<RequestedDeletion, "dryRun">): Deleted {
  const { kind } = write;
  const old = existing.object;
  refuseUnmetPreconditions(write, old, options.preconditions);
  write.deletion = options;
  const attributes = { operation: "DELETE" as const, kind, namespace: old.metadata.namespace, name: old.metadata.name, old };
  admit.mutate(attributes, write);
  admit.validate(attributes, write);
  if (options.propagationPolicy === undefined && options.orphanDependents === undefined) write.warn(kind.strategy?.deletionWarning ?? "");
  const obj = parseJson(existing.json) as KubeObject;
  const grace = gracePeriod(write, obj, options);
  if (grace.pending) return { ...existing, removed: false };
  const finalizers = finalizersForDeletion(kind, obj, options);
  if (finalizers) setFinalizers(obj, finalizers);
  if (!grace.graceful && !isHeld(kind, obj)) return remove(write, obj, old);
  if (!grace.graceful) markAsDeleting(write, obj);
  if (grace.graceful && !isHeld(kind, obj) && obj.metadata.deletionGracePeriodSeconds === 0) return remove(write, obj, old);
  return { ...mark(write, existing, obj), removed: false };
}

interface Grace { graceful: boolean; pending: boolean }

function gracePeriod(write: Write, obj: KubeObject, options: Omit<RequestedDeletion, "dryRun">): Grace {
  const { strategy } = write.kind;
  if (!strategy?.gracePeriodSeconds) return { graceful: false, pending: false };
  const { metadata: meta } = obj;
  const requested = options.gracePeriodSeconds !== undefined && options.gracePeriodSeconds < 0 ? 1 : options.gracePeriodSeconds;
  if (meta.deletionTimestamp) return shorten(obj, requested);
  const seconds = strategy.gracePeriodSeconds(obj, requested, write);
  if (seconds <= 0) return { graceful: false, pending: false };
  meta.deletionTimestamp = formatTime(write.nowMs + Number(seconds) * 1000);
  meta.deletionGracePeriodSeconds = seconds;
  if (meta.generation) meta.generation++;
  return { graceful: true, pending: false };
}

function shorten({ metadata: meta }: KubeObject, requested: number | undefined): Grace {
  const current = meta.deletionGracePeriodSeconds ?? 0;
  if (current === 0) return { graceful: false, pending: false };
  if (requested === undefined || requested >= current) return { graceful: false, pending: true };
  meta.deletionTimestamp = formatTime(Date.parse(meta.deletionTimestamp!) - (Number(current) - Number(requested)) * 1000);
  meta.deletionGracePeriodSeconds = requested;
  return { graceful: true, pending: false };
}

function markAsDeleting(write: Write, { metadata: meta }: KubeObject): void {
  if (meta.deletionGracePeriodSeconds === undefined && meta.generation) meta.generation++;
  if (!meta.deletionTimestamp || Date.parse(meta.deletionTimestamp) > write.nowMs) meta.deletionTimestamp = formatTime(write.nowMs);
  meta.deletionGracePeriodSeconds = 0;
}

function mark(write: Write, existing: Existing, obj: KubeObject): Written {
  const json = JSON.stringify(obj);
  if (json === existing.json) return existing;
  return write.dryRun ? { object: obj, json } : putObject(write, obj, existing.object);
}

function remove(write: Write, obj: KubeObject, old: KubeObject): Deleted {
  if (write.dryRun) return { object: obj, json: JSON.stringify(obj), removed: true };
  return { ...removeObject(write, obj, old), removed: true };
}

function setFinalizers(obj: KubeObject, finalizers: string[]): void {
  if (finalizers.length > 0) obj.metadata.finalizers = finalizers;
  else delete obj.metadata.finalizers;
}

function refuseUnmetPreconditions({ kind }: Write, { metadata }: KubeObject, preconditions: RequestedDeletion["preconditions"]): void {
  if (preconditions?.uid && preconditions.uid !== metadata.uid) {
    throw conflict(subjectOf(kind, metadata.name), `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`);
  }
  if (preconditions?.resourceVersion && preconditions.resourceVersion !== metadata.resourceVersion) {
    throw conflict(subjectOf(kind, metadata.name), `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`);
  }
}
