import type { ListSchema, Schema } from "../../../kinds/schema.ts";
import { isJsonObject, type JsonObject } from "../../../lib/json-value.ts";

/**
 * Where server-side apply goes into a value and where it takes it whole. Fields that a schema does not know (preserved
 * unknown fields) are taken by what they are: objects field by field, the rest whole.
 */
export type Shape = { type: "leaf" } | { type: "object"; schema: Schema } | { type: "list"; schema: ListSchema };

const deduced: Schema = { type: "any", granular: true };
export const isGranular = (schema: Schema): boolean => schema.type === "any" && schema.granular === true;
const leafShape: Shape = { type: "leaf" };

export function shapeOf(schema: Schema, ...values: readonly unknown[]): Shape {
  switch (schema.type) {
    case "struct": return schema.atomic ? leafShape : { type: "object", schema };
    case "map": return schema.atomic ? leafShape : { type: "object", schema };
    case "list": return schema.listType === "atomic" ? leafShape : { type: "list", schema };
    case "any": return isGranular(schema) && values.some(isJsonObject) && values.every((v) => v === undefined || v === null || isJsonObject(v)) ? { type: "object", schema } : leafShape;
    default: return leafShape;
  }
}

export function childSchema(schema: Schema, key: string): Schema {
  if (schema.type === "struct") return schema.fields.get(key)?.schema ?? deduced;
  return schema.type === "map" ? schema.values : deduced;
}

/** A field with a place in the type, rather than a key of a map. */
export const isNamedField = (schema: Schema, key: string): boolean => schema.type === "struct" && schema.fields.has(key);

/** The element of a list entry (`k:…` or `v:…`), or undefined if it has none: a missing key, an entry of the wrong sort. */
export function elementOf(item: unknown, schema: ListSchema): string | undefined {
  if (schema.listType === "set") return item === null || typeof item === "object" ? undefined : `v:${JSON.stringify(item)}`;
  if (!isJsonObject(item)) return undefined;
  const names = schema.mapKeys ?? [];
  if (names.length === 1 && Object.hasOwn(item, names[0]!) && typeof item[names[0]!] === "string") return `k:{"${names[0]}":${JSON.stringify(item[names[0]!])}}`;
  const keys: JsonObject = {};
  for (const name of [...names].sort()) {
    const value = (Object.hasOwn(item, name) ? item[name] : undefined) ?? defaultOf(schema.items, name);
    if (value !== undefined) keys[name] = value;
  }
  return Object.keys(keys).length > 0 ? `k:${JSON.stringify(keys)}` : undefined;
}

const defaultOf = (items: Schema, name: string): unknown => (items.type === "struct" ? items.fields.get(name)?.default : undefined);

/** Entries by element, in the order of the list. Entries without an element are left out. */
export function indexList(list: readonly unknown[], schema: ListSchema): Map<string, unknown[]> {
  const index = new Map<string, unknown[]>();
  for (const item of list) {
    const element = elementOf(item, schema);
    if (element === undefined) continue;
    const same = index.get(element);
    if (same) same.push(item);
    else index.set(element, [item]);
  }
  return index;
}
