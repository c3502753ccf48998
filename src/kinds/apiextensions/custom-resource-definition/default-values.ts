import type { JSONSchemaProps } from "../../types/apiextensions-v1.generated.ts";
import { isSchema, schemaOfField } from "./json-schema.ts";

type Json = Record<string, unknown>;

/**
 * Takes out nulls that stand for nothing, in place: of fields that are neither nullable nor have a default. As upstream,
 * entries of lists stay, and nulls that give way to a default are left to `applyDefaults`.
 */
export function pruneNulls(value: unknown, schema: JSONSchemaProps | undefined): void {
  if (!schema || typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    if (isSchema(schema.items)) for (const item of value) pruneNulls(item, schema.items);
    return;
  }
  const object = value as Json;
  for (const name of Object.keys(object)) {
    const inner = schemaOfField(schema, name);
    if (!inner) continue;
    if (object[name] === null && !inner.nullable && !hasDefault(inner)) delete object[name];
    else pruneNulls(object[name], inner);
  }
}

/** Fills in a structural schema's defaults, in place. A null that is not nullable gives way to its default. */
export function applyDefaults(value: unknown, schema: JSONSchemaProps): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) defaultItems(value, schema.items);
  else defaultFields(value as Json, schema);
}

function defaultItems(items: unknown[], schema: unknown): void {
  if (!isSchema(schema)) return;
  for (let i = 0; i < items.length; i++) {
    if (items[i] === null && !schema.nullable && hasDefault(schema)) items[i] = structuredClone(schema.default as unknown);
    applyDefaults(items[i], schema);
  }
}

function defaultFields(object: Json, schema: JSONSchemaProps): void {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const isAbsent = !Object.hasOwn(object, name) || (object[name] === null && !property.nullable);
    if (isAbsent && hasDefault(property) && name !== "__proto__") object[name] = structuredClone(property.default as unknown);
  }
  for (const name of Object.keys(object)) {
    const inner = schemaOfField(schema, name);
    if (!inner) continue;
    if (object[name] === null && !inner.nullable && hasDefault(inner)) object[name] = structuredClone(inner.default as unknown);
    applyDefaults(object[name], inner);
  }
}

/** A default of null is none. */
const hasDefault = (schema: JSONSchemaProps): boolean => schema.default !== undefined && schema.default !== null;
