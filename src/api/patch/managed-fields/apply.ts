import type { KubeObject } from "../../../kinds/object.ts";
import type { StructSchema } from "../../../kinds/schema.ts";
import { badRequest } from "../../../lib/errors.ts";
import { deepEqual } from "../../../lib/deep-equal.ts";
import { cloneJson, type JsonObject } from "../../../lib/json-value.ts";
import { compare } from "./compare.ts";
import { applyConflict, type Conflict } from "./conflict.ts";
import { difference, differenceBelow, emptySet, intersection, isEmpty, setOfPaths, sorted, union, type FieldSet } from "./field-set.ts";
import { fieldSetOf, UntypedValue } from "./field-set-of.ts";
import { conflictsAllowedByLastApplied, updateLastApplied } from "./last-applied.ts";
import { decodeManagers, encodeManagers, identityOf, sameManagers, setFields, withFields, type Manager, type Managers } from "./managers.ts";
import { mergeTyped } from "./merge.ts";
import { emptyObject, ownable, unowned } from "./owned-object.ts";
import { prune } from "./prune.ts";
import { recordUpdate, type ManagedWrite } from "./track-update.ts";

export interface ApplyOptions extends ManagedWrite {
  force: boolean;
  /** Paths that this door resets, so that an apply through it does not own them: ["status"] on the main resource. */
  resetFields?: readonly string[];
}

/**
 * Server-side apply of `patch` (from `decodeApplyPatch`) on `live` (undefined: create). The result has its managedFields;
 * `live` itself is returned when nothing changes. Throws ApiError: 409 with FieldManagerConflict causes, 400.
 */
export function applyServerSide(live: KubeObject | undefined, patch: KubeObject, schema: StructSchema, options: ApplyOptions): KubeObject {
  const { managedFields: forbidden, ...metadata } = patch.metadata ?? {};
  if (forbidden !== undefined && forbidden !== null) throw badRequest("metadata.managedFields must be nil");
  const config = { ...patch, metadata } as JsonObject;
  const reset = setOfPaths((options.resetFields ?? []).map((path) => path.split(".").map((name) => `f:${name}`)));
  const before = managersBefore(live, schema, options);
  const current: JsonObject = live ? ownable(live) : {};
  const merged = withSystemFields(mergeTyped(current, config, schema) as JsonObject, live);
  const self = newManager(options, differenceBelow(typedFields(config, schema), reset));
  const id = identityOf(self);
  const last = before.get(id);
  const managers = new Map(before).set(id, self);
  const result = prune(merged, { managers, last: last?.fields, schema });
  settleConflicts(managers, { current, result, schema, reset, id, live, options });
  setFields(managers, id, withFields(self, sorted(difference(self.fields, unowned))));
  if (live && deepEqual(current, result) && sameManagers(before, managers)) return live;
  if (options.manager === "kubectl") updateLastApplied(result, config);
  return withManagers(result, managers);
}

/** Fields that were there before anybody applied belong to `before-first-apply`. */
function managersBefore(live: KubeObject | undefined, schema: StructSchema, options: ApplyOptions): Managers {
  const managers = decodeManagers(live?.metadata.managedFields) ?? new Map<string, Manager>();
  if (live && managers.size === 0) {
    recordUpdate(managers, compare(emptyObject(schema), ownable(live), schema), { ...options, manager: "before-first-apply" });
  }
  return managers;
}

const newManager = (options: ApplyOptions, fields: FieldSet): Manager => ({
  manager: options.manager, operation: "Apply", apiVersion: options.apiVersion, subresource: options.subresource ?? "", time: options.nowIso, fields,
});

function typedFields(config: JsonObject, schema: StructSchema): FieldSet {
  try {
    return fieldSetOf(config, schema, true);
  } catch (error) {
    if (!(error instanceof UntypedValue)) throw error;
    const { namespace = "", name = "" } = config["metadata"] as { namespace?: string; name?: string };
    throw badRequest(`failed to create typed patch object (${namespace}/${name}; ${String(config["apiVersion"])}, Kind=${String(config["kind"])}): ${error.message}`);
  }
}

interface Settlement { current: JsonObject; result: JsonObject; schema: StructSchema; reset: FieldSet; id: string; live: KubeObject | undefined; options: ApplyOptions }

/** Refuses to change what others own, or takes it from them; what is gone is owned by nobody. */
function settleConflicts(managers: Managers, { current, result, schema, reset, id, live, options }: Settlement): void {
  const changes = compare(current, result, schema);
  const changed = differenceBelow(union(changes.modified, changes.added), reset);
  const removed = differenceBelow(changes.removed, reset);
  let conflicts: Conflict[] = [];
  for (const [otherId, manager] of managers) {
    const fields = otherId === id ? emptySet : intersection(manager.fields, changed);
    if (!isEmpty(fields)) conflicts.push({ manager, fields });
  }
  if (!options.force && live && options.manager === "kubectl" && conflicts.length > 0) {
    const allowed = conflictsAllowedByLastApplied(live, schema, options.apiVersion);
    conflicts = conflicts.map((c) => ({ ...c, fields: difference(c.fields, allowed) })).filter((c) => !isEmpty(c.fields));
  }
  if (!options.force && conflicts.length > 0) throw applyConflict(conflicts);
  for (const [otherId, manager] of [...managers]) {
    if (otherId === id) continue;
    setFields(managers, otherId, withFields(manager, difference(difference(manager.fields, intersection(manager.fields, changed)), removed)));
  }
}

/** An apply may name a resourceVersion and a uid as preconditions, but it cannot clear what the system set. */
function withSystemFields(object: JsonObject, live: KubeObject | undefined): JsonObject {
  const metadata = { ...(object["metadata"] as JsonObject) };
  for (const name of ["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "uid", "resourceVersion", "namespace", "name"]) {
    const before = live?.metadata[name as "uid"];
    if (metadata[name] !== null && (name === "uid" || name === "resourceVersion" || name === "namespace" || name === "name")) continue;
    if (before === undefined) delete metadata[name];
    else metadata[name] = before;
  }
  return { ...object, metadata };
}

/** A copy: the merged object shares parts with the live one, and what comes next may change the result in place. */
function withManagers(object: JsonObject, managers: Managers): KubeObject {
  const result = cloneJson(object) as unknown as KubeObject;
  const entries = encodeManagers(managers);
  if (entries) result.metadata.managedFields = entries;
  return result;
}
