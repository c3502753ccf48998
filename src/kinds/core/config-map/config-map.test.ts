import { expect, test } from "vitest";
import { texts } from "../../../../test/harness/field-error-texts.ts";
import type { ConfigMap } from "../../types/core-v1.generated.ts";
import { columns } from "./columns.ts";
import { validateConfigMap, validateConfigMapUpdate } from "./validate.ts";

const aMap = (fields: Partial<ConfigMap> = {}): ConfigMap => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m" }, ...fields });

test.each<[string, Partial<ConfigMap>, unknown[]]>([
  ["good keys", { data: { "a.b_C-1": "x" }, binaryData: { c: "AAAA" } }, []],
  ["a bad key", { data: { "a/b": "x" } }, [expect.stringContaining('data[a/b]: Invalid value: "a/b": a valid config key must consist of alphanumeric characters')]],
  ["one key in both", { data: { a: "x" }, binaryData: { a: "AAAA" } }, ['data[a]: Invalid value: "a": duplicate of key present in binaryData']],
  ["a megabyte", { data: { a: "x".repeat(1024 * 1024) } }, []],
  ["more than a megabyte", { data: { a: "x".repeat(1024 * 1024), b: "y" } }, [": Too long: may not be more than 1048576 bytes"]],
  ["bytes count, not characters", { data: { a: "é".repeat(600_000) } }, [": Too long: may not be more than 1048576 bytes"]],
])("validation: %s", (_name, fields, expected) => {
  expect(texts(validateConfigMap(aMap(fields)))).toEqual(expected);
});

test.each<[string, Partial<ConfigMap>, Partial<ConfigMap>, string[]]>([
  ["may change", { data: { a: "1" } }, { data: { a: "2" } }, []],
  ["may be frozen", { data: { a: "1" } }, { data: { a: "1" }, immutable: true }, []],
  ["frozen data may not change", { immutable: true, data: { a: "1" } }, { immutable: true, data: { a: "2" } }, ["data: Forbidden: field is immutable when `immutable` is set"]],
  ["frozen may not thaw", { immutable: true }, {}, ["immutable: Forbidden: field is immutable when `immutable` is set"]],
])("changes: %s", (_name, old, now, expected) => {
  expect(texts(validateConfigMapUpdate(aMap(now), aMap(old)))).toEqual(expected);
});

test("its row counts its keys", () => {
  expect(columns[1]!.value(aMap({ data: { a: "", b: "" }, binaryData: { c: "" } }), 0)).toBe(3);
});
