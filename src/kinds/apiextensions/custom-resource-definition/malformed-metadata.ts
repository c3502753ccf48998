import { schemaOf } from "../../facts/table.ts";
import type { Schema } from "../../schema.ts";

/**
 * Why a value cannot be an object's metadata, in the words of Go's decoder, or undefined. Objects that clients send were
 * decoded already; what an author wrote as a default was not.
 */
export const malformedMetadata = (value: unknown): string | undefined => misfit(value, schemaOf("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"), "");

function misfit(value: unknown, schema: Schema, path: string): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (jsonType(value) !== jsonTypes[schema.type]) {
    return `json: cannot unmarshal ${jsonType(value)} into Go ${path ? `struct field ObjectMeta.${path}` : "value"} of type ${goType(schema)}`;
  }
  switch (schema.type) {
    case "struct": return firstOf(Object.entries(value), ([name, inner]) => schema.fields.has(name) ? misfit(inner, schema.fields.get(name)!.schema, path ? `${path}.${name}` : name) : undefined);
    case "map": return firstOf(Object.values(value), (inner) => misfit(inner, schema.values, path));
    case "list": return firstOf(value as unknown[], (inner) => misfit(inner, schema.items, path));
    default: return undefined;
  }
}

const jsonTypes: Readonly<Partial<Record<Schema["type"], string>>> = {
  struct: "object", map: "object", fieldsV1: "object", list: "array", string: "string", time: "string", boolean: "bool", int64: "number",
};

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value === "bigint" ? "number" : typeof value;
}

function goType(schema: Schema): string {
  switch (schema.type) {
    case "struct": return `v1.${schema.name?.split(".").at(-1)}`;
    case "map": return `map[string]${goType(schema.values)}`;
    case "list": return `[]${goType(schema.items)}`;
    case "boolean": return "bool";
    case "time": return "v1.Time";
    case "fieldsV1": return "v1.FieldsV1";
    default: return schema.type;
  }
}

function firstOf<T>(items: readonly T[], find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
