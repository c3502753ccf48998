import type { Field, ListSchema, MapSchema, ScalarSchema, Schema, StructSchema } from "../schema.ts";

/**
 * Reads one line of `facts/types.json`; facts/README.md describes the notation. Lines are read when a type is first
 * used, so that a cold start costs nothing for the 600 types that a request does not touch.
 */
export function parseFields(line: string, lookup: (typeName: string) => Schema): Map<string, Field> {
  const fields = new Map<string, Field>();
  for (const part of line.split("; ")) {
    if (part === "" || part.startsWith("@")) continue;
    const field = parseField(part, lookup);
    fields.set(field.name, field);
  }
  return fields;
}

export const isAtomic = (line: string): boolean => line === "@atomic" || line.startsWith("@atomic;");
/** A type whose JSON is not an object: it has no fields to tell. */
export const isOpaque = (line: string): boolean => line === "@any";

function parseField(text: string, lookup: (typeName: string) => Schema): Field {
  const [name, type, number, ...flags] = text.split(" ") as [string, string, string, ...string[]];
  const pointer = type.startsWith("*");
  const options = parseFlags(flags);
  const schema = withOptions(parseSchema(pointer ? type.slice(1) : type, lookup), options);
  const within = options.get("in");
  const patchStrategy = options.get("patch");
  const preset = options.get("default");
  return {
    name,
    schema,
    ...(number !== "-" && { number: Number(number) }),
    ...(within && { within: within.split(".").map(Number) }),
    ...((options.has("omitzero") || (options.has("omitempty") && (pointer || hasEmptyValue(schema)))) && { omitEmpty: true }),
    ...(pointer && { pointer: true }),
    ...(options.has("required") && { required: true }),
    ...(preset !== undefined && { default: JSON.parse(preset) as unknown }),
    ...(patchStrategy && { patchStrategy: patchStrategy.split(",") as Field["patchStrategy"] }),
    ...(options.has("key") && { patchMergeKey: options.get("key") }),
  };
}

function parseFlags(flags: readonly string[]): Map<string, string> {
  return new Map(flags.map((flag) => {
    const at = flag.indexOf("=");
    return at < 0 ? [flag, ""] : [flag.slice(0, at), flag.slice(at + 1)];
  }));
}

function parseSchema(type: string, lookup: (typeName: string) => Schema): Schema {
  const inner = () => parseSchema(type.slice(type.indexOf("<") + 1, -1), lookup);
  if (type.startsWith("list<")) return { type: "list", items: inner(), listType: "atomic" };
  if (type.startsWith("box<")) return { type: "list", items: inner(), listType: "atomic", boxed: true };
  if (type.startsWith("map<")) return { type: "map", values: inner() };
  if (type.startsWith("string(")) return { type: "string", enum: type.slice(7, -1).replaceAll("%20", " ").split(",") };
  return scalars.get(type as ScalarSchema["type"]) ?? lookup(type);
}

// Shared, since they say nothing beyond their type.
const scalars = new Map<ScalarSchema["type"], ScalarSchema>(
  (["string", "boolean", "int32", "int64", "uint32", "uint64", "double", "bytes", "quantity", "time", "microTime", "duration",
    "intOrString", "fieldsV1", "any"] as const).map((type) => [type, { type }]));

// What a field says about its own use of a shared type: a copy, never a change of the type itself.
function withOptions(schema: Schema, options: ReadonlyMap<string, string>): Schema {
  const nullable = options.has("nullable") ? { nullable: true } : {};
  switch (schema.type) {
    case "list": return listWithOptions({ ...schema, ...nullable }, options);
    case "map": return { ...schema, ...nullable, ...(options.has("atomic") && { atomic: true }) } satisfies MapSchema;
    case "struct": return structWithOptions(schema, options);
    default: return options.has("nullable") ? { ...schema, nullable: true } : schema;
  }
}

function listWithOptions(schema: ListSchema, options: ReadonlyMap<string, string>): ListSchema {
  const listType = options.get("list");
  const keys = options.get("keys");
  if (listType) schema.listType = listType as ListSchema["listType"];
  if (keys) schema.mapKeys = keys.split(",");
  return schema;
}

function structWithOptions(schema: StructSchema, options: ReadonlyMap<string, string>): StructSchema {
  if (!options.has("atomic") && !options.has("granular") && !options.has("nullable")) return schema;
  return {
    type: "struct",
    name: schema.name,
    get fields() { return schema.fields; },
    ...((options.has("atomic") || (schema.atomic && !options.has("granular"))) && { atomic: true }),
    ...(options.has("nullable") && { nullable: true }),
  };
}

// Go's encoder omits empty strings, numbers, lists and maps, but never a struct, which these are in Go.
const structsInGo = new Set<Schema["type"]>(["struct", "time", "microTime", "duration", "quantity", "intOrString", "fieldsV1", "any"]);
const hasEmptyValue = (schema: Schema): boolean => !structsInGo.has(schema.type);
