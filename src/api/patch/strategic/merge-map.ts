import type { Field, Schema } from "../../../kinds/schema.ts";
import { badRequest } from "../../../lib/errors.ts";
import { isJsonObject, setKey, type JsonObject } from "../../../lib/json-value.ts";
import { arrange, mergeList, refuseOtherOrder } from "./merge-list.ts";

export const directive = "$patch";
const retainKeys = "$retainKeys";
const setElementOrder = "$setElementOrder/";
const deleteFromPrimitiveList = "$deleteFromPrimitiveList/";

/** Merges `patch` into `original`; both are consumed. */
export function mergeMap(original: JsonObject, patch: JsonObject, schema: Schema | undefined): JsonObject {
  if (Object.hasOwn(patch, directive)) return obeyDirective(patch);
  dropUnretained(original, patch);
  mergeOrderedLists(original, patch, schema);
  for (const patchKey of Object.keys(patch)) {
    const isDeletion = patchKey.startsWith(deleteFromPrimitiveList);
    mergeKey(original, isDeletion ? patchKey.slice(deleteFromPrimitiveList.length) : patchKey, patch[patchKey], { schema, isDeletion });
  }
  return original;
}

function mergeKey(original: JsonObject, key: string, value: unknown, { schema, isDeletion }: { schema: Schema | undefined; isDeletion: boolean }): void {
  if (value === null) { delete original[key]; return; }
  const current = Object.hasOwn(original, key) ? original[key] : undefined;
  const field = fieldOf(schema, key);
  const strategy = strategyOf(field);
  if (isJsonObject(current) && isJsonObject(value)) {
    setKey(original, key, strategy === "replace" ? value : mergeMap(current, value, schemaOf(schema, field)));
  } else if (Array.isArray(current) && Array.isArray(value)) {
    const merges = strategy === "merge" || isDeletion;
    setKey(original, key, merges ? mergeList(current, value, { items: itemsOf(field), mergeKey: field?.patchMergeKey ?? "", isDeletion }) : value);
  } else if (!isDeletion) {
    const kept = withoutDirectives(withoutNulls(value));
    if (kept === undefined) delete original[key];
    else setKey(original, key, kept);
  }
}

function obeyDirective(patch: JsonObject): JsonObject {
  const { [directive]: what, ...rest } = patch;
  if (what === "replace") return rest;
  if (what === "delete") return {};
  throw badRequest(`unknown patch type: ${String(what)} in map: ${JSON.stringify(patch)}`);
}

/** `$retainKeys` lists all keys that may stay, and must list those of the patch. */
function dropUnretained(original: JsonObject, patch: JsonObject): void {
  if (!Object.hasOwn(patch, retainKeys)) return;
  const keys = patch[retainKeys];
  delete patch[retainKeys];
  const malformed = () => badRequest("invalid patch format of retainKeys");
  if (!Array.isArray(keys)) throw malformed();
  const retained = new Set<unknown>(keys);
  for (const key of Object.keys(patch)) {
    if (patch[key] === null || key.startsWith(deleteFromPrimitiveList) || key.startsWith(setElementOrder)) continue;
    if (!retained.has(key)) throw malformed();
  }
  for (const key of Object.keys(original)) if (!retained.has(key)) delete original[key];
}

/** `$setElementOrder/x` with the list `x` of the patch: merged, then put into that order. Both leave the patch. */
function mergeOrderedLists(original: JsonObject, patch: JsonObject, schema: Schema | undefined): void {
  for (const directiveKey of Object.keys(patch)) {
    if (!directiveKey.startsWith(setElementOrder)) continue;
    const order = patch[directiveKey];
    delete patch[directiveKey];
    const key = directiveKey.slice(setElementOrder.length);
    const before = Object.hasOwn(original, key) ? original[key] : undefined;
    const added = Object.hasOwn(patch, key) ? patch[key] : undefined;
    if (!Array.isArray(order) || (added !== undefined && !Array.isArray(added))) throw badRequest("invalid patch format of setElementOrder list");
    if (before !== undefined && !Array.isArray(before)) throw badRequest(`expected a slice, but received a ${typeof before}`);
    if (before === undefined && added === undefined) continue;
    const field = fieldOf(schema, key);
    const mergeKey = field?.patchMergeKey ?? "";
    if (added) refuseOtherOrder(added, order, mergeKey);
    let merged: unknown[];
    if (!added) merged = before!;
    else if (!before) merged = withoutDirectives(added) as unknown[];
    else merged = strategyOf(field) === "merge" ? mergeList(before, added, { items: itemsOf(field), mergeKey, isDeletion: false }) : added;
    setKey(original, key, arrange(merged, { order, before: before ?? [], mergeKey }));
    delete patch[key];
  }
}

/** Undefined: the directive said to leave it out. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((v) => v !== undefined);
  if (!isJsonObject(value)) return value;
  if (Object.hasOwn(value, directive)) return undefined;
  for (const key of Object.keys(value)) {
    const kept = withoutDirectives(value[key]);
    if (kept === undefined) delete value[key];
    else setKey(value, key, kept);
  }
  return value;
}

/** A null that finds nothing to delete is not stored. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) { value.forEach(withoutNulls); return value; }
  if (!isJsonObject(value)) return value;
  for (const key of Object.keys(value)) {
    if (value[key] === null) delete value[key];
    else withoutNulls(value[key]);
  }
  return value;
}

const fieldOf = (schema: Schema | undefined, key: string): Field | undefined => (schema?.type === "struct" ? schema.fields.get(key) : undefined);
const schemaOf = (schema: Schema | undefined, field: Field | undefined): Schema | undefined =>
  field ? field.schema : schema?.type === "map" ? schema.values : undefined;
const itemsOf = (field: Field | undefined): Schema | undefined => (field?.schema.type === "list" ? field.schema.items : undefined);
/** retainKeys is a directive's business; what remains is how to merge. */
const strategyOf = (field: Field | undefined): "merge" | "replace" | undefined =>
  field?.patchStrategy?.find((s): s is "merge" | "replace" => s !== "retainKeys");
