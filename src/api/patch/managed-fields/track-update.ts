import type { KubeObject, ManagedFieldsEntry } from "../../../kinds/object.ts";
import type { StructSchema } from "../../../kinds/schema.ts";
import { deepEqual } from "../../../lib/deep-equal.ts";
import { compare, type Comparison } from "./compare.ts";
import { difference, isEmpty, sorted, union } from "./field-set.ts";
import { capUpdateManagers, decodeManagers, encodeManagers, identityOf, setFields, withFields, type Manager, type Managers } from "./managers.ts";
import { emptyObject, ownable, unowned } from "./owned-object.ts";

export interface ManagedWrite {
  /** As of `managerName`. */
  manager: string;
  /** Of the request: "apps/v1". */
  apiVersion: string;
  /** "status", …; absent for the main resource. */
  subresource?: string;
  /** RFC 3339. */
  nowIso: string;
}

/** `fieldManager=` if given, else what stands before "/" in the user agent. */
export function managerName(fieldManager: string | undefined, userAgent: string): string {
  if (fieldManager) return fieldManager;
  const prefix = userAgent.split("/", 1)[0]!.replace(/[^ -~]/g, "").slice(0, 128);
  return prefix === "" ? "unknown" : prefix;
}

/**
 * metadata.managedFields after a write that is no apply: what changed between `old` (undefined: create) and `now` belongs
 * to the manager. `now.metadata.managedFields` is what the client sent; it is honoured as upstream does: an empty list
 * resets, a valid other one replaces. Where nothing changed, `old`'s list itself is returned. Like upstream, an object
 * whose list was emptied is not tracked again before its first apply.
 */
export function trackUpdate(old: KubeObject | undefined, now: KubeObject, schema: StructSchema, write: ManagedWrite): ManagedFieldsEntry[] | undefined {
  const sent = now.metadata.managedFields;
  const kept = old?.metadata.managedFields;
  const isOwnWord = write.subresource === undefined && sent !== undefined && sent !== kept;
  if (isOwnWord && isReset(sent) && old) return undefined;
  const sentManagers = isOwnWord && sent.length > 0 && !isReset(sent) ? decodeManagers(sent) : undefined;
  const managers = sentManagers ?? decodeManagers(kept) ?? new Map();
  if (old && managers.size === 0) return undefined;
  const changes = compare(old ? ownable(old) : emptyObject(schema), ownable(now), schema);
  if (isNothing(changes)) return sentManagers && !deepEqual(sent, kept) ? encodeManagers(managers) : kept;
  recordUpdate(managers, changes, write);
  return encodeManagers(managers);
}

/**
 * A write's managedFields with the old times if the write turns out to change nothing else. Called right before storing,
 * by whoever then compares with the stored object.
 */
export function keepTimesIfIdle(old: KubeObject, now: KubeObject): void {
  const [before, after] = [old.metadata.managedFields, now.metadata.managedFields];
  if (!before || !after || before === after || !deepEqual(withoutTimes(before), withoutTimes(after))) return;
  if (deepEqual(unversioned(old), unversioned(now))) now.metadata.managedFields = before;
}

function unversioned(object: KubeObject): object {
  const { managedFields: _, resourceVersion: __, ...metadata } = object.metadata;
  return { ...object, metadata };
}

const withoutTimes = (entries: readonly ManagedFieldsEntry[]) => entries.map(({ time: _, ...rest }) => JSON.stringify(rest)).sort();

/** Moves ownership of what changed; `managers` is changed. */
export function recordUpdate(managers: Managers, changes: Comparison, write: ManagedWrite): void {
  const taken = union(changes.modified, changes.added);
  for (const [id, manager] of [...managers]) {
    setFields(managers, id, withFields(manager, difference(difference(manager.fields, taken), changes.removed)));
  }
  const own = difference(taken, unowned);
  if (!isEmpty(own)) {
    const manager: Manager = {
      manager: write.manager || "unknown", operation: "Update", apiVersion: write.apiVersion, subresource: write.subresource ?? "", time: write.nowIso, fields: own,
    };
    const id = identityOf(manager);
    managers.set(id, { ...manager, fields: sorted(union(own, managers.get(id)?.fields ?? {})) });
  }
  capUpdateManagers(managers);
}

const isReset = (entries: readonly ManagedFieldsEntry[]): boolean =>
  entries.length === 0 || (entries.length === 1 && Object.keys(entries[0]!).length === 0);

const isNothing = (c: Comparison): boolean => [c.added, c.modified, c.removed].every((set) => isEmpty(difference(set, unowned)));
