import { expect, test } from "vitest";
import type { JSONSchemaProps } from "../../types/apiextensions-v1.generated.ts";
import { validateValue } from "./validate-value.ts";

const text: JSONSchemaProps = { type: "string" };
const object = (properties: Record<string, JSONSchemaProps>, more: Partial<JSONSchemaProps> = {}): JSONSchemaProps => ({ type: "object", properties, ...more });
const said = (value: unknown, schema: JSONSchemaProps) => validateValue(value, schema, { path: "spec" }).map((e) => `${e.field}: ${e.message}`);

const choice = object({ a: text, b: object({ c: { type: "integer" } }) }, { oneOf: [{ required: ["a"] }, { required: ["b"], properties: { b: { required: ["c"] } } }] });
const none = '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found none valid';

test.each<[string, unknown, JSONSchemaProps, string[]]>([
  ["of alternatives that all fail, the first is told of", {}, choice, [none, "spec.a: Required value"]],
  ["or the one that came furthest", { b: {} }, choice, [none, "spec.b.c: Required value"]],
  ["two that hold are too many", { a: "x", b: { c: 1 } }, choice, ['<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives']],
  ["of all, each is told of once", {}, { type: "object", allOf: [{ required: ["a"] }, { required: ["a", "b"] }] },
    ["spec.a: Required value", "spec.b: Required value", '<nil>: Invalid value: "": "spec" must validate all the schemas (allOf). None validated']],
  ["a fraction is no integer", 1.5, { type: "integer" },
    ['spec: Invalid value: "number": spec in body must be of type integer: "number"', '<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec']],
  ["an integer of 32 bits", 5_000_000_000, { type: "integer", format: "int32" }, ['<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec']],
  ["a fraction is a multiple as decimals have it", 0.3, { type: "number", multipleOf: 0.1 }, []],
  ["or is not", 0.35, { type: "number", multipleOf: 0.1 }, ["spec: Invalid value: 0.35: spec in body should be a multiple of 0.1"]],
  ["one reason for a text is enough", "bbb", { type: "string", maxLength: 1, pattern: "^a" }, ["spec: Too long: may not be more than 1 byte"]],
  ["a value of the wrong type is none of those allowed either", 1, { type: "string", enum: ["b", "a"] },
    ['spec: Invalid value: "integer": spec in body must be of type string: "integer"', 'spec: Unsupported value: 1: supported values: "b", "a"']],
  ["with a format, types are told by it", 1, { type: "string", format: "date-time" }, ['spec: Invalid value: "int64": spec in body must be of type date-time: "int64"']],
  ["nothing is no base64", "", { type: "string", format: "byte" }, ['spec: Invalid value: "": spec in body must be of type byte: ""']],
  ["a null where nulls may be", null, { type: "string", nullable: true }, []],
])("%s", (_, value, schema, errors) => {
  expect(said(value, schema).sort()).toEqual([...errors].sort());
});

const short: JSONSchemaProps = { type: "string", maxLength: 1 };
const tooLong = (at: string) => `spec${at}: Too long: may not be more than 1 byte`;
const keyed: JSONSchemaProps = { type: "array", maxItems: 1, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], items: object({ k: text, a: short }) };

test.each<[string, JSONSchemaProps, unknown, unknown, string[]]>([
  ["a field", object({ a: short, b: short }), { a: "xx", b: "x" }, { a: "xx", b: "yy" }, [tooLong(".b")]],
  ["an entry of a keyed list", keyed, [{ k: "1", a: "xx" }], [{ k: "1", a: "xx" }, { k: "2", a: "yy" }], [tooLong("[1].a"), "spec: Too many: 2: must have at most 1 item"]],
  ["a keyed list in another order", keyed, [{ k: "1", a: "xx" }, { k: "2" }], [{ k: "2" }, { k: "1", a: "xx" }], []],
  ["an atomic list only as a whole", { type: "array", items: short }, ["xx"], ["xx", "y"], [tooLong("[0]")]],
  ["nothing below a combination", object({ a: text }, { allOf: [{ properties: { a: { maxLength: 1 } } }] }), { a: "xx" }, { a: "xx", b: 1 },
    [tooLong(".a"), '<nil>: Invalid value: "": "spec" must validate all the schemas (allOf). None validated']],
  ["nothing whose fields the schema does not know", { type: "object", "x-kubernetes-preserve-unknown-fields": true, maxProperties: 1 }, { a: 1, b: 1 }, { a: 1, b: 1 }, ["spec: Too many: 2: must have at most 1 item"]],
])("what is as it was is let through: %s", (_, schema, old, value, errors) => {
  expect(validateValue(value, schema, { path: "spec", old }).map((e) => `${e.field}: ${e.message}`).sort()).toEqual([...errors].sort());
});
