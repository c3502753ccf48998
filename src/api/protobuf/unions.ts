import { schemaOf } from "../../kinds/facts/table.ts";
import type { Field, StructSchema } from "../../kinds/schema.ts";
import { isJsonObject } from "../../lib/json-value.ts";

/** A type whose JSON is one of several shapes, and whose protobuf is a message with a field for each. */
export interface Union {
  readonly message: StructSchema;
  toJson(parts: Record<string, unknown>): unknown;
  fromJson(value: unknown): Record<string, unknown>;
}

/** Only the JSON schemas inside a CustomResourceDefinition have them. */
export function unionOf(typeName: string): Union {
  const union = unions[typeName.slice(typeName.lastIndexOf(".") + 1)];
  if (!union) throw new Error(`no protobuf form is known of ${typeName}`);
  return union;
}

const many = (value: unknown): unknown[] | undefined => (Array.isArray(value) && value.length > 0 ? value : undefined);

const schemaField = (number: number): Field => ({
  name: "schema", number, pointer: true,
  get schema() { return schemaOf("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"); },
});

const message = (...fields: Field[]): StructSchema => ({ type: "struct", fields: new Map(fields.map((f) => [f.name, f])) });

const unions: Readonly<Record<string, Union>> = {
  JSONSchemaPropsOrBool: {
    message: message({ name: "allows", number: 1, schema: { type: "boolean" } }, schemaField(2)),
    toJson: (parts) => parts.schema ?? parts.allows === true,
    fromJson: (value) => (isJsonObject(value) ? { allows: true, schema: value } : { allows: value === true }),
  },
  JSONSchemaPropsOrArray: {
    message: message(schemaField(1), { name: "items", number: 2, schema: { type: "list", listType: "atomic", get items() { return schemaField(1).schema; } } }),
    toJson: (parts) => many(parts.items) ?? parts.schema ?? null,
    fromJson: (value) => (Array.isArray(value) ? { items: value } : { schema: value }),
  },
  JSONSchemaPropsOrStringArray: {
    message: message(schemaField(1), { name: "property", number: 2, schema: { type: "list", listType: "atomic", items: { type: "string" } } }),
    toJson: (parts) => many(parts.property) ?? parts.schema ?? null,
    fromJson: (value) => (Array.isArray(value) ? { property: value } : { schema: value }),
  },
};
