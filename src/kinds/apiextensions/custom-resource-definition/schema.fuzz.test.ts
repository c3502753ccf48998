import * as fc from "fast-check";
import { expect, test } from "vitest";
import { conformObject } from "../../../api/decode/index.ts";
import { Path } from "../../../lib/field-error.ts";
import type { JSONSchemaProps } from "../../types/apiextensions-v1.generated.ts";
import { applyDefaults } from "./default-values.ts";
import { findAll, parseJsonPath } from "./json-path.ts";
import { rootSchema } from "./json-schema.ts";
import { matchesPattern, patternError } from "./pattern.ts";
import { validateSchema } from "./validate-schema.ts";
import { validateValue } from "./validate-value.ts";

const name = fc.constantFrom("a", "b", "spec", "id", "__proto__", "constructor");
const scalar = fc.constantFrom(null, true, 0, 3, 1.5, "", "a", "2026-01-01T00:00:00Z");
const json = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 4 }, scalar, fc.array(tie("any"), { maxLength: 3 }), fc.dictionary(name, tie("any"), { maxKeys: 3 })),
})).any;
const schemas = fc.letrec<{ schema: JSONSchemaProps }>((tie) => ({
  schema: fc.oneof({ maxDepth: 4 },
    fc.record({ type: fc.constantFrom("string", "integer", "number", "boolean"), nullable: fc.boolean(), default: scalar, pattern: fc.constantFrom("^a$", "(", "(a*)*b"), minimum: fc.integer({ min: -2, max: 2 }), format: fc.constantFrom("date-time", "uuid", "odd") }, { requiredKeys: ["type"] }),
    fc.record({ type: fc.constant("array"), items: tie("schema"), "x-kubernetes-list-type": fc.constantFrom("atomic", "set", "map"), "x-kubernetes-list-map-keys": fc.array(name, { maxLength: 2 }), maxItems: fc.nat(3) }, { requiredKeys: ["type"] }),
    fc.record({ type: fc.constant("object"), properties: fc.dictionary(name, tie("schema"), { maxKeys: 3 }), required: fc.array(name, { maxLength: 2 }), default: json, "x-kubernetes-preserve-unknown-fields": fc.constant(true), oneOf: fc.array(tie("schema"), { maxLength: 2 }) }, { requiredKeys: ["type"] }),
    fc.record({ type: fc.constant("object"), additionalProperties: fc.oneof(fc.boolean(), tie("schema")) }),
    fc.constant({ "x-kubernetes-int-or-string": true }), fc.constant({}),
  ) as fc.Arbitrary<JSONSchemaProps>,
})).schema;

test("no schema and no value make validation, pruning or defaulting fail, and defaulting is idempotent", () => {
  fc.assert(fc.property(schemas, json, (schema, value) => {
    expect(Array.isArray(validateSchema(schema, Path.of("s")))).toBe(true);
    const body = { apiVersion: "x/v1", kind: "X", spec: value };
    const root: JSONSchemaProps = { type: "object", properties: { spec: schema } };
    const { object } = conformObject(structuredClone(body), { group: "x", version: "v1", kind: "X", schema: rootSchema(root) }, "Ignore");
    applyDefaults(object, root);
    const once = JSON.stringify(object);
    applyDefaults(object, root);
    expect(JSON.stringify(object)).toBe(once);
    expect(Array.isArray(validateValue(object, root))).toBe(true);
  }), { numRuns: 500 });
});

test("patterns are RE2: no text makes them slow", () => {
  const started = performance.now();
  expect(matchesPattern("^(a*)*b$", "a".repeat(50_000))).toBe(false);
  expect(performance.now() - started).toBeLessThan(2000);
  expect(patternError("(?=a)")).toBeDefined();
  expect(patternError("^[a-z]([-a-z0-9]*[a-z0-9])?$")).toBeUndefined();
});

test.each([
  [".spec.a", [1]], ["['spec']['a']", [1]], [".spec.list[0].n", ["x"]], [".spec.list[-1].n", ["y"]], [".spec.list[*].n", ["x", "y"]],
  [".spec.list[?(@.n==\"y\")].v", [2]], [".spec.list[?(@.v<2)].n", ["x"]], [".spec.dotted\\.key", ["d"]], [".spec.none.b", []], ["{.spec.a}", [1]],
])("%s leads to %j", (path, values) => {
  const object = { spec: { a: 1, list: [{ n: "x", v: 1 }, { n: "y", v: 2 }], "dotted.key": "d" } };
  expect(findAll(object, parseJsonPath(path)!)).toEqual(values);
});

test("any text is a path or none", () => {
  const piece = fc.constantFrom(".", "a", "[", "]", "*", "?", "(", ")", "@", "==", "'", '"', "0", ":", "-", "\\", " ", "$", "{", "}", "..");
  fc.assert(fc.property(fc.array(piece, { maxLength: 15 }), (parts) => {
    const path = parseJsonPath(parts.join(""));
    if (path) expect(Array.isArray(findAll({ a: [1, { a: 2 }] }, path))).toBe(true);
  }), { numRuns: 500 });
});
