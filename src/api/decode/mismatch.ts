import type { Schema } from "../../kinds/schema.ts";

/** On the way into an object: a field, an index of a list, a key of a map. */
export type Step = string | number | { key: string };

/** A value that is not of its field's type. `message` is what Go's decoder says; the caller knows the object. */
export class Mismatch extends Error {}

/** `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32` */
export function cannotUnmarshal(value: unknown, schema: Schema, owner: string | undefined, path: readonly Step[]): Mismatch {
  // Go's field stack has neither list indices nor keys of maps.
  const names = path.filter((p) => typeof p === "string").join(".");
  const where = owner ? `Go struct field ${shortName(owner)}.${names}` : "Go value";
  return new Mismatch(`json: cannot unmarshal ${describe(value, schema)} into ${where} of type ${goType(schema)}`);
}

function describe(value: unknown, schema: Schema): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number" || typeof value === "bigint") return schema.type.startsWith("int") || schema.type.startsWith("uint") ? `number ${value}` : "number";
  if (typeof value === "boolean") return "bool";
  return typeof value; // string, object
}

const goTypes: Partial<Record<Schema["type"], string>> = {
  boolean: "bool", double: "float64", bytes: "[]uint8", time: "string", microTime: "string", duration: "string",
  intOrString: "int32", fieldsV1: "map[string]interface {}", any: "interface {}",
};

function goType(schema: Schema): string {
  if (schema.type === "struct") return schema.name ? `${schema.name.split(".").at(-2)}.${shortName(schema.name)}` : "map[string]interface {}";
  if (schema.type === "list") return `[]${goType(schema.items)}`;
  if (schema.type === "map") return `map[string]${goType(schema.values)}`;
  return goTypes[schema.type] ?? schema.type;
}

const shortName = (typeName: string): string => typeName.slice(typeName.lastIndexOf(".") + 1);
