import type { ListSchema, Schema } from "../../../kinds/schema.ts";
import { isJsonObject, type JsonObject } from "../../../lib/json-value.ts";
import { elementText, emptySet, isEmpty, leaf, type FieldSet } from "./field-set.ts";
import { childSchema, elementOf, isNamedField, shapeOf } from "./walk.ts";

/** An applied configuration that cannot be taken apart: repeated or missing keys. */
export class UntypedValue extends Error {}

/** What an applied configuration owns: all that it says (structured-merge-diff's ToFieldSet). Throws UntypedValue if `strict`. */
export function fieldSetOf(value: JsonObject, schema: Schema, strict = false): FieldSet {
  return below(value, schema, { strict, path: [] }) ?? emptySet;
}

/** `path` is that of the value at hand: it grows and shrinks. */
interface Walk { strict: boolean; path: string[] }

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
  let any = false;
  for (const key of Object.keys(value)) {
    const child = value[key];
    const element = `f:${key}`;
    walk.path.push(element);
    const found = below(child, childSchema(schema, key), walk);
    walk.path.pop();
    const isSaid = child === null || !isNamedField(schema, key) || (isJsonObject(child) && isEmpty(child as FieldSet));
    const kept = found === undefined || found === leaf ? (found ?? (isSaid ? leaf : undefined)) : isSaid ? { ".": leaf, ...found } : found;
    if (kept === undefined) continue;
    result[element] = kept;
    any = true;
  }
  return any ? result : undefined;
}

function ofList(list: readonly unknown[], schema: ListSchema, walk: Walk): FieldSet | undefined {
  const result: Record<string, FieldSet> = {};
  let any = false;
  for (const [i, item] of list.entries()) {
    const element = elementOf(item, schema);
    if (element === undefined) {
      if (walk.strict) throw new UntypedValue(`${pathText(walk)}: element ${i}: ${whyNoElement(item, schema)}`);
      continue;
    }
    any = true;
    if (element in result) {
      if (walk.strict) throw new UntypedValue(`${pathText(walk)}: duplicate entries for key ${elementText(element)}`);
      result[element] = leaf;
      continue;
    }
    walk.path.push(element);
    const found = below(item, schema.items, walk);
    walk.path.pop();
    result[element] = found === leaf || found === undefined ? leaf : { ".": leaf, ...found };
  }
  return any ? result : undefined;
}

const pathText = ({ path }: Walk): string => path.map(elementText).join("");

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
    else for (const [i, item] of value.entries()) within(walk, `i:${i}`, () => refuseRepeatedKeys(item, schema.items, walk));
  } else if ((schema.type === "struct" || schema.type === "map") && isJsonObject(value)) {
    for (const key of Object.keys(value)) within(walk, `f:${key}`, () => refuseRepeatedKeys(value[key], childSchema(schema, key), walk));
  }
}

function within(walk: Walk, element: string, run: () => void): void {
  walk.path.push(element);
  run();
  walk.path.pop();
}
