import { schemaOf } from "../../kinds/facts/table.ts";
import type { Schema } from "../../kinds/schema.ts";

const jsonSchema = (): Schema => schemaOf("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps");
const listOf = (items: Schema): Schema => ({ type: "list", listType: "atomic", items });
const text: Schema = { type: "string" };

/**
 * Types whose JSON takes several shapes, by the last part of their name: what the value at hand must be. Only the JSON
 * schemas in CustomResourceDefinitions have them.
 */
const unions: Readonly<Record<string, (value: unknown) => Schema>> = {
  JSONSchemaPropsOrBool: (value) => (typeof value === "boolean" ? { type: "boolean" } : jsonSchema()),
  JSONSchemaPropsOrArray: (value) => (Array.isArray(value) ? listOf(jsonSchema()) : jsonSchema()),
  JSONSchemaPropsOrStringArray: (value) => (Array.isArray(value) ? listOf(text) : jsonSchema()),
};

export function unionMember(typeName: string, value: unknown): Schema | undefined {
  const name = typeName.slice(typeName.lastIndexOf(".") + 1);
  return Object.hasOwn(unions, name) ? unions[name]!(value) : undefined;
}
