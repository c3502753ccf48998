import type { ListSchema, Schema } from "../../../kinds/schema.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { elementText, emptySet, leaf, node, type FieldSet } from "./field-set.ts";
import { childSchema, elementOf, isNamedField, shapeOf } from "./walk.ts";

/** An applied configuration that cannot be taken apart: repeated or missing keys. */
export class UntypedValue extends Error {}

/** What an applied configuration owns: all that it says (structured-merge-diff's ToFieldSet). Throws UntypedValue if `strict`. */
export function fieldSetOf(value: JsonObject, schema: Schema, strict = false): FieldSet {
  return below(value, schema, { strict, path: "" }) ?? emptySet;
}

interface Walk { strict: boolean; path: string }

/** The children of a value's node; `leaf` when the value is owned as a whole, undefined when it says nothing itself. */
function below(value: unknown, schema: Schema, walk: Walk): FieldSet | undefined {
  const shape = shapeOf(schema, value);
  if (shape.type === "leaf") {
    if (walk.strict) refuseRepeatedKeys(value, schema, walk);
    return leaf;
  }
  if (shape.type === "list") return Array.isArray(value) ? ofList(value, shape.schema, walk) : undefined;
  return isJsonObject(value) ? ofObject(value, shape.schema, walk) : undefined;
}

function ofObject(value: JsonObject, schema: Schema, walk: Walk): FieldSet | undefined {
  const result: Record<string, FieldSet> = {};
  for (const key of Object.keys(value)) {
    const child = value[key];
    const found = below(child, childSchema(schema, key), { ...walk, path: `${walk.path}.${key}` });
    const isSaid = child === null || (isJsonObject(child) && Object.keys(child).length === 0) || !isNamedField(schema, key);
    const kept = found === leaf ? leaf : node(isSaid, found);
    if (kept) result[`f:${key}`] = kept;
  }
  return Object.keys(result).length > 0 ? result : undefined;
}

function ofList(list: readonly unknown[], schema: ListSchema, walk: Walk): FieldSet | undefined {
  const result: Record<string, FieldSet> = {};
  for (const [i, item] of list.entries()) {
    const element = elementOf(item, schema);
    if (element === undefined) {
      if (walk.strict) throw new UntypedValue(`${walk.path}: element ${i}: ${whyNoElement(item, schema)}`);
      continue;
    }
    if (element in result) {
      if (walk.strict) throw new UntypedValue(`${walk.path}: duplicate entries for key ${elementText(element)}`);
      result[element] = leaf;
      continue;
    }
    const found = below(item, schema.items, { ...walk, path: `${walk.path}${elementText(element)}` });
    result[element] = found === leaf ? leaf : node(true, found)!;
  }
  return Object.keys(result).length > 0 ? result : undefined;
}

function whyNoElement(item: unknown, schema: ListSchema): string {
  if (schema.listType === "set") return item === null ? "associative list without keys has an element that's an explicit null" : "associative list without keys has an element that's a map type";
  if (item === null) return "associative list with keys may not have a null element";
  if (!isJsonObject(item)) return "associative list with keys may not have non-map elements";
  return `associative list with keys has an element that omits all key fields ${JSON.stringify(schema.mapKeys ?? []).replaceAll(",", " ")} (and doesn't have default values for any key fields)`;
}

/** What is owned as a whole is looked through all the same: lists inside of it must have each key once. */
function refuseRepeatedKeys(value: unknown, schema: Schema, walk: Walk): void {
  if (schema.type === "list" && Array.isArray(value)) {
    if (schema.listType !== "atomic") ofList(value, schema, walk);
    else for (const [i, item] of value.entries()) refuseRepeatedKeys(item, schema.items, { ...walk, path: `${walk.path}[${i}]` });
  } else if ((schema.type === "struct" || schema.type === "map") && isJsonObject(value)) {
    for (const key of Object.keys(value)) refuseRepeatedKeys(value[key], childSchema(schema, key), { ...walk, path: `${walk.path}.${key}` });
  }
}
