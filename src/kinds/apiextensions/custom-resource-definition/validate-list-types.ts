import { duplicate, invalidValue, type FieldError } from "../../../lib/field-error.ts";
import type { JSONSchemaProps } from "../../types/apiextensions-v1.generated.ts";
import { fieldAt, isSchema } from "./json-schema.ts";

const known = new WeakMap<JSONSchemaProps, boolean>();

function hasListTypes(schema: JSONSchemaProps): boolean {
  let found = known.get(schema);
  if (found === undefined) {
    const listType = schema["x-kubernetes-list-type"];
    const inner = [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties].filter(isSchema);
    known.set(schema, (found = listType === "set" || listType === "map" || inner.some(hasListTypes)));
  }
  return found;
}

/** x-kubernetes-list-type: entries of sets, and keys of maps, occur once. */
export function validateListTypes(value: unknown, schema: JSONSchemaProps, path = ""): FieldError[] {
  if (typeof value !== "object" || value === null || !hasListTypes(schema)) return [];
  if (Array.isArray(value)) {
    const { items } = schema;
    return [...validateEntries(value, schema, path), ...(isSchema(items) ? value.flatMap((item, i) => validateListTypes(item, items, `${path}[${i}]`)) : [])];
  }
  return Object.entries(value as Record<string, unknown>).flatMap(([name, inner]) => {
    const isProperty = schema.properties !== undefined && Object.hasOwn(schema.properties, name);
    const of = isProperty ? schema.properties![name] : schema.additionalProperties;
    return isSchema(of) ? validateListTypes(inner, of, isProperty ? fieldAt(path, name) : `${path}[${name}]`) : [];
  });
}

function validateEntries(items: readonly unknown[], schema: JSONSchemaProps, path: string): FieldError[] {
  const listType = schema["x-kubernetes-list-type"];
  if (listType === "set") return repeated(items, path);
  if (listType !== "map") return [];
  const odd = items.findIndex((item) => item !== null && (typeof item !== "object" || Array.isArray(item)));
  if (odd >= 0) return [invalidValue(`${path}[${odd}]`, items[odd], "must be an object for an array of list-type map")];
  return repeated(items.map((item) => keyOf(item, schema["x-kubernetes-list-map-keys"] ?? [])), path);
}

/** Each value is reported at its second appearance. */
function repeated(values: readonly unknown[], path: string): FieldError[] {
  const times = new Map<string, number>();
  return values.flatMap((value, i) => {
    const text = canonical(value);
    const before = times.get(text) ?? 0;
    times.set(text, before + 1);
    return before === 1 ? [duplicate(`${path}[${i}]`, value)] : [];
  });
}

/** The keys that the entry has: an absent one differs from any value. */
function keyOf(item: unknown, keys: readonly string[]): Record<string, unknown> {
  const entry = (item ?? {}) as Record<string, unknown>;
  return Object.fromEntries(keys.filter((key) => Object.hasOwn(entry, key)).map((key) => [key, entry[key]]));
}

export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "";
  return `{${Object.keys(value).sort().map((k) => `${JSON.stringify(k)}:${canonical((value as Record<string, unknown>)[k])}`).join()}}`;
}
