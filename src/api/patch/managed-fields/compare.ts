import type { ListSchema, Schema } from "../../../kinds/schema.ts";
import { deepEqual } from "../../../lib/deep-equal.ts";
import { isJsonObject, type JsonObject } from "../../../lib/json-value.ts";
import { emptySet, leaf, type FieldSet } from "./field-set.ts";
import { childSchema, indexList, isGranular, shapeOf } from "./walk.ts";

export interface Comparison { added: FieldSet; modified: FieldSet; removed: FieldSet }

/** Which fields differ, at the grain at which they are owned (structured-merge-diff's Compare). */
export function compare(before: JsonObject, after: JsonObject, schema: Schema): Comparison {
  const found = differ(before, after, schema);
  return { added: found?.added ?? emptySet, modified: found?.modified ?? emptySet, removed: found?.removed ?? emptySet };
}

type Difference = { added?: Nodes | undefined; modified?: Nodes | undefined; removed?: Nodes | undefined };
type Nodes = Record<string, FieldSet>;

const addedLeaf: Difference = { added: leaf as Nodes };
const modifiedLeaf: Difference = { modified: leaf as Nodes };
const removedLeaf: Difference = { removed: leaf as Nodes };

/** `undefined` stands for absence on either side, and as a result for equality. */
function differ(before: unknown, after: unknown, schema: Schema): Difference | undefined {
  if (before === after) return undefined;
  const shape = shapeOf(schema, before, after);
  if (shape.type === "leaf" && isGranular(schema) && isJsonObject(before) !== isJsonObject(after)) return becameOther(before, after, schema);
  if (shape.type === "leaf" || (isVoid(before) && isVoid(after))) return differAsWhole(before, after);
  const result: Difference = {};
  if (before === undefined) result.added = { ".": leaf };
  if (after === undefined) result.removed = { ".": leaf };
  if (shape.type === "list") differInList(Array.isArray(before) ? before : [], Array.isArray(after) ? after : [], shape.schema, result);
  else differInObject(isJsonObject(before) ? before : none, isJsonObject(after) ? after : none, shape.schema, result);
  return result.added || result.modified || result.removed ? result : undefined;
}

const none: JsonObject = Object.freeze({});

/** An object that takes the place of something else, or the other way: the fields that it has, or had, differ too. */
function becameOther(before: unknown, after: unknown, schema: Schema): Difference {
  const result: Difference = {};
  differInObject(isJsonObject(before) ? before : none, isJsonObject(after) ? after : none, schema, result);
  return { ...result, modified: leaf as Nodes };
}

function differAsWhole(before: unknown, after: unknown): Difference | undefined {
  if (before === undefined) return addedLeaf;
  if (after === undefined) return removedLeaf;
  return deepEqual(before, after) ? undefined : modifiedLeaf;
}

function differInObject(before: JsonObject, after: JsonObject, schema: Schema, result: Difference): void {
  for (const key of Object.keys(after)) {
    const old = before === none || !Object.hasOwn(before, key) ? undefined : before[key];
    if (old !== after[key]) collect(result, `f:${key}`, differ(old, after[key], childSchema(schema, key)));
  }
  for (const key of Object.keys(before)) {
    if (!Object.hasOwn(after, key)) collect(result, `f:${key}`, differ(before[key], undefined, childSchema(schema, key)));
  }
}

function differInList(before: readonly unknown[], after: readonly unknown[], schema: ListSchema, result: Difference): void {
  const old = indexList(before, schema);
  const current = indexList(after, schema);
  for (const [element, items] of current) collect(result, element, differEntries(old.get(element) ?? [], items, schema));
  for (const [element, items] of old) if (!current.has(element)) collect(result, element, differEntries(items, [], schema));
}

/** Entries with the same key: repeated ones are taken as a whole. */
function differEntries(before: readonly unknown[], after: readonly unknown[], schema: ListSchema): Difference | undefined {
  if (before.length <= 1 && after.length <= 1) return differ(before[0], after[0], schema.items);
  if (before.length >= 2 && after.length >= 2) return deepEqual(before, after) ? undefined : modifiedLeaf;
  if (before.length >= 2) return { ...(after.length > 0 && differ(undefined, after[0], schema.items)), removed: leaf as Nodes };
  return { ...(before.length > 0 && differ(before[0], undefined, schema.items)), added: leaf as Nodes };
}

function collect(into: Difference, element: string, found: Difference | undefined): void {
  if (!found) return;
  if (found.added) (into.added ??= {})[element] = found.added;
  if (found.modified) (into.modified ??= {})[element] = found.modified;
  if (found.removed) (into.removed ??= {})[element] = found.removed;
}

function isVoid(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value !== "object") return false;
  for (const _ in value) return false;
  return true;
}
