import type { Schema } from "../../../kinds/schema.ts";
import { isJsonObject, setKey, type JsonObject } from "../json.ts";
import { children, has, isEmpty, node, type FieldSet } from "./field-set.ts";
import { childSchema, elementOf, isNamedField, shapeOf } from "./walk.ts";

/** The value without the fields of the set. What is emptied that way stays, empty. */
export function removeFields(value: JsonObject, fields: FieldSet, schema: Schema): JsonObject {
  return isEmpty(fields) ? value : (remove(value, fields, schema) as JsonObject);
}

function remove(value: unknown, fields: FieldSet, schema: Schema): unknown {
  if (isEmpty(fields)) return value;
  const shape = shapeOf(schema, value);
  if (shape.type === "list" && Array.isArray(value)) {
    return value.filter((item) => !isOneOf(fields, elementOf(item, shape.schema)))
      .map((item) => remove(item, children(fields[elementOf(item, shape.schema) ?? ""]), shape.schema.items));
  }
  if (shape.type !== "object" || !isJsonObject(value)) return value;
  const result: JsonObject = {};
  for (const key of Object.keys(value)) {
    const element = `f:${key}`;
    if (!has(fields, element)) setKey(result, key, remove(value[key], children(fields[element]), childSchema(schema, key)));
  }
  return result;
}

const isOneOf = (fields: FieldSet, element: string | undefined): boolean => element !== undefined && has(fields, element);

/** Fields that lead to a member count as members themselves: structs on the way go if nobody needs them. */
export function withNamedFields(set: FieldSet, schema: Schema): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const key in set) {
    if (key === ".") continue;
    const name = key.slice(2);
    const inner = key.startsWith("f:") ? childSchema(schema, name) : schema.type === "list" ? schema.items : schema;
    const isNamed = key.startsWith("f:") && isNamedField(schema, name);
    result[key] = node(has(set, key) || isNamed, withNamedFields(children(set[key]), inner))!;
  }
  return result;
}
