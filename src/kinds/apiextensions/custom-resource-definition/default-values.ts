import type { JSONSchemaProps } from "../../types/apiextensions-v1.generated.ts";
import { isSchema } from "./json-schema.ts";

type Json = Record<string, unknown>;

/** Fills in a structural schema's defaults, in place. A null of a field that is not nullable gives way to its default. */
export function applyDefaults(value: unknown, schema: JSONSchemaProps): void {
  if (Array.isArray(value)) {
    if (isSchema(schema.items)) for (const item of value) applyDefaults(item, schema.items);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  const object = value as Json;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const isAbsent = !Object.hasOwn(object, name) || (object[name] === null && !property.nullable);
    if (isAbsent && property.default !== undefined && name !== "__proto__") object[name] = structuredClone(property.default as unknown);
    if (Object.hasOwn(object, name)) applyDefaults(object[name], property);
  }
  const rest = schema.additionalProperties;
  if (!isSchema(rest)) return;
  for (const name of Object.keys(object)) {
    if (object[name] === null && !rest.nullable && rest.default !== undefined) object[name] = structuredClone(rest.default as unknown);
    applyDefaults(object[name], rest);
  }
}
