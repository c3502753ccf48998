import type { Schema } from "../../../kinds/schema.ts";
import { isJsonObject, setKey, type JsonObject } from "../../../lib/json-value.ts";
import { emptySet, has, isEmpty, isMember, kept, type FieldSet } from "./field-set.ts";
import { childSchema, elementOf, isNamedField, shapeOf } from "./walk.ts";

/** The value without the fields of the set. What is emptied that way stays, empty. */
export function removeFields(value: JsonObject, fields: FieldSet, schema: Schema): JsonObject {
  return isEmpty(fields) ? value : (remove(value, fields, schema) as JsonObject);
}

function remove(value: unknown, fields: FieldSet, schema: Schema): unknown {
  if (isEmpty(fields)) return value;
  const shape = shapeOf(schema, value);
  if (shape.type === "list" && Array.isArray(value)) {
    return value.flatMap((item) => {
      const element = elementOf(item, shape.schema);
      if (element === undefined || !(element in fields)) return [item];
      return isMember(fields[element]!) ? [] : [remove(item, fields[element]!, shape.schema.items)];
    });
  }
  if (shape.type !== "object" || !isJsonObject(value)) return value;
  const result: JsonObject = {};
  for (const key of Object.keys(value)) {
    const element = `f:${key}`;
    if (!has(fields, element)) setKey(result, key, remove(value[key], fields[element] ?? emptySet, childSchema(schema, key)));
  }
  return result;
}

/** Fields that lead to a member count as members themselves: structs on the way go if nobody needs them. */
export const withNamedFields = (set: FieldSet, schema: Schema): FieldSet => withNamedFieldsOf(set, schema, false) ?? emptySet;

function withNamedFieldsOf(set: FieldSet, schema: Schema, member: boolean): FieldSet | undefined {
  return kept(set, member, (key, child) => {
    if (!key.startsWith("f:")) return withNamedFieldsOf(child, schema.type === "list" ? schema.items : schema, isMember(child));
    const name = key.slice(2);
    return withNamedFieldsOf(child, childSchema(schema, name), isNamedField(schema, name) || isMember(child));
  });
}
