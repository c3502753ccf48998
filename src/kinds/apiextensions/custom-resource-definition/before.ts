import { deepEqual } from "../../../lib/deep-equal.ts";
import type { JSONSchemaProps } from "../../types/apiextensions-v1.generated.ts";
import { isSchema, schemaOfField } from "./json-schema.ts";
import { canonical } from "./validate-list-types.ts";

/** What a value was before, and the part of the structural schema that says how its parts are found in it. */
export interface Before { old: unknown; schema: JSONSchemaProps }

/**
 * Whether a value is as it was, as upstream compares for what it lets through: entries of a keyed list by their keys, in
 * any order, and nothing with fields that the schema does not know.
 */
export function isAsBefore(value: unknown, before: Before | undefined): boolean {
  if (!before) return false;
  const { old } = before;
  if (typeof value !== "object" || value === null || typeof old !== "object" || old === null) return deepEqual(value, old);
  if (Array.isArray(value) !== Array.isArray(old)) return false;
  if (Array.isArray(value)) return value.length === (old as unknown[]).length && areAsBefore(value, before);
  const names = Object.keys(value);
  return names.length === Object.keys(old).length && names.every((name) => isAsBefore((value as Record<string, unknown>)[name], fieldBefore(before, name)));
}

function areAsBefore(items: readonly unknown[], before: Before): boolean {
  if (before.schema["x-kubernetes-list-type"] !== "map") return deepEqual(items, before.old);
  const entryBefore = entriesBefore(before);
  return items.every((item) => isAsBefore(item, entryBefore(item)));
}

export function fieldBefore(before: Before | undefined, name: string): Before | undefined {
  const schema = before && schemaOfField(before.schema, name);
  if (!schema || typeof before.old !== "object" || before.old === null || !Object.hasOwn(before.old, name)) return undefined;
  return { schema, old: (before.old as Record<string, unknown>)[name] };
}

/** Entries of keyed lists alone can be told to be the same as before. */
export function entriesBefore(before: Before | undefined): (item: unknown) => Before | undefined {
  const items = before?.schema.items;
  if (!before || before.schema["x-kubernetes-list-type"] !== "map" || !Array.isArray(before.old) || !isSchema(items)) return () => undefined;
  const keys = before.schema["x-kubernetes-list-map-keys"] ?? [];
  const byKey = new Map((before.old as unknown[]).map((item) => [keyOf(item, keys), item]));
  return (item) => {
    const key = keyOf(item, keys);
    return key !== undefined && byKey.has(key) ? { schema: items, old: byKey.get(key) } : undefined;
  };
}

/** Names are an author's: "constructor" is a name like any other. */
function keyOf(item: unknown, keys: readonly string[]): string | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  const values = keys.map((key) => (Object.hasOwn(item, key) ? (item as Record<string, unknown>)[key] : undefined));
  return values.some((value) => typeof value === "object" || value === undefined) ? undefined : canonical(values);
}
