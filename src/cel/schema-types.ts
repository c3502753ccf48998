import type { Schema, StructSchema } from "../kinds/schema.ts";
import { escapeName } from "./names.ts";
import { dyn, listOf, mapOf, type, type CelType } from "./types.ts";

const scalars: Partial<Record<Schema["type"], CelType>> = {
  string: type("string"), boolean: type("bool"), int32: type("int"), int64: type("int"), uint32: type("int"), uint64: type("int"), double: type("double"), bytes: type("string"),
};
const known = new WeakMap<StructSchema, CelType>();

/** A schema as the type of what JSON it describes. Texts with a meaning of their own (times, quantities) are not known. */
export function typeOfSchema(schema: Schema): CelType {
  switch (schema.type) {
    case "list": return listOf(typeOfSchema(schema.items));
    case "map": return mapOf(type("string"), typeOfSchema(schema.values));
    case "struct": return structType(schema);
    default: return scalars[schema.type] ?? dyn;
  }
}

function structType(schema: StructSchema): CelType {
  if (schema.preserveUnknown) return dyn;
  let found = known.get(schema);
  if (!found) {
    const fields = new Map<string, { key: string; type: CelType } | undefined>();
    found = { kind: "object", name: schema.name ?? "object", field: (name) => {
      if (!fields.has(name)) fields.set(name, fieldOf(schema, name));
      return fields.get(name);
    } };
    known.set(schema, found);
  }
  return found;
}

function fieldOf(schema: StructSchema, name: string): { key: string; type: CelType } | undefined {
  const direct = schema.fields.get(name) ?? [...schema.fields.values()].find((field) => escapeName(field.name) === name);
  return direct && { key: direct.name, type: typeOfSchema(direct.schema) };
}
