import type { KubeObject } from "../../../kinds/object.ts";
import type { Schema, StructSchema } from "../../../kinds/schema.ts";
import { alwaysWritten } from "../../decode/conform.ts";
import type { JsonObject } from "../../../lib/json-value.ts";
import { setOfPaths, type FieldSet } from "./field-set.ts";

/** Fields that belong to the system, so that nobody owns them. */
export const unowned: FieldSet = setOfPaths([
  ["f:apiVersion"], ["f:kind"], ["f:metadata"],
  ...["name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields", "resourceVersion"]
    .map((name) => ["f:metadata", `f:${name}`]),
]);

/** The object as far as its fields can be owned. */
export function ownable(object: KubeObject): JsonObject {
  const { managedFields: _, ...metadata } = object.metadata ?? {};
  return { ...object, metadata };
}

const emptyObjects = new WeakMap<StructSchema, JsonObject>();

/** What Go writes for an object of which nothing is set: creators do not own the structs that are always there. */
export function emptyObject(schema: StructSchema): JsonObject {
  let object = emptyObjects.get(schema);
  if (!object) emptyObjects.set(schema, (object = emptyStruct(schema)));
  return object;
}

function emptyStruct(schema: StructSchema): JsonObject {
  const object: JsonObject = {};
  if (schema.name === undefined) return object;
  for (const field of schema.fields.values()) {
    if (!field.omitEmpty && !field.pointer && isCollection(field.schema)) object[field.name] = null;
  }
  for (const [name, inner] of alwaysWritten(schema)) object[name] = emptyStruct(inner);
  return object;
}

const isCollection = (schema: Schema): boolean => schema.type === "list" || schema.type === "map";
