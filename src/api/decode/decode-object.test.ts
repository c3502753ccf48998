import * as fc from "fast-check";
import { expect, test } from "vitest";
import { schemaOf } from "../../kinds/facts/table.ts";
import { ApiError } from "../../lib/errors.ts";
import { conformObject, decodeApplyPatch, decodeObject, type DecodeTarget, type FieldValidation } from "./decode-object.ts";

const deployments: DecodeTarget = { group: "apps", version: "v1", kind: "Deployment", schema: schemaOf("io.k8s.api.apps.v1.Deployment") };
const configMaps: DecodeTarget = { group: "", version: "v1", kind: "ConfigMap", schema: schemaOf("io.k8s.api.core.v1.ConfigMap") };
const decode = (value: unknown, validation: FieldValidation = "Strict", target = deployments) =>
  decodeObject(typeof value === "string" ? value : JSON.stringify(value), target, validation);

test("what is stored is what Go would write: zero values and nulls go, structs come, quantities are canonical", () => {
  const { object } = decode({
    metadata: { name: "web", creationTimestamp: null, labels: {}, generation: 0 },
    spec: { replicas: 0, paused: false, selector: { matchLabels: { a: "" } }, template: { spec: { containers: [{ name: "c", image: "", args: [], resources: { limits: { cpu: "1000m" } } }], securityContext: {} } } },
  });
  expect(object).toEqual({
    apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" },
    spec: {
      replicas: 0, selector: { matchLabels: { a: "" } }, strategy: {},
      template: { metadata: {}, spec: { containers: [{ name: "c", resources: { limits: { cpu: "1" } } }], securityContext: {} } },
    },
    status: {},
  });
});

const head = 'Deployment in version "v1" cannot be handled as a Deployment: ';
test.each([
  ['{"spec":{"replicas":"3"}}', `${head}json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`],
  ['{"spec":{"replicas":1.5}}', `${head}json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32`],
  ['{"spec":{"foo":1,"template":{"spec":{"containers":[{"x":2}]}}}}', `${head}strict decoding error: unknown field "spec.foo", unknown field "spec.template.spec.containers[0].x"`],
  ['{"spec":{"replicas":1,"replicas":2}}', `${head}strict decoding error: duplicate field "spec.replicas"`],
  ['{"metadata":{"creationTimestamp":"x"}}', `${head}parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"`],
  ['{"apiVersion":"v1","kind":"Deployment"}', "the API version in the data (v1) does not match the expected API version (apps/v1)"],
  ['{"kind":"Pod"}', 'Pod in version "v1" cannot be handled as a Deployment: no kind "Pod" is registered for version "apps/v1"'],
  ["", "the object provided is unrecognized (must be of type Deployment): couldn't get version/kind; json parse error: Unexpected end of JSON input (<empty>)"],
])("%s is a bad request", (text, message) => {
  expect(() => decode(text)).toThrow(message);
  try { decode(text); } catch (error) { expect((error as ApiError).status).toMatchObject({ code: 400, reason: "BadRequest" }); }
});

test("without Strict unknown and duplicate fields are warned of or ignored, and never stored", () => {
  const text = '{"spec":{"foo":1,"replicas":1,"replicas":2}}';
  expect(decode(text, "Warn")).toMatchObject({ object: { spec: { replicas: 2 } }, warnings: ['unknown field "spec.foo"', 'duplicate field "spec.replicas"'] });
  expect(decode(text, "Ignore").warnings).toEqual([]);
  expect(decode(text, "Ignore").object["spec"]).not.toHaveProperty("foo");
});

test("a key that only looks like a duplicate is none", () => {
  const text = String.raw`{"metadata":{"name":"a"},"data":{"a\":\"":"x : \" : y","b":"\\"}}`;
  expect(decode(text, "Strict", configMaps).warnings).toEqual([]);
});

test("a key named __proto__ is data like any other", () => {
  const { object } = decode('{"metadata":{"name":"a"},"data":{"__proto__":"x"}}', "Strict", configMaps);
  expect(JSON.stringify(object["data"])).toBe('{"__proto__":"x"}');
});

test("nesting is bounded", () => {
  const deep = `{"metadata":{"managedFields":[{"fieldsV1":${'{"f:a":'.repeat(5000)}1${"}".repeat(5000)}}]}}`;
  expect(() => decode(deep)).toThrow("exceeded max depth");
  expect(() => decode(`{"x":${"[".repeat(5000)}${"]".repeat(5000)}}`, "Ignore")).toThrow("exceeded max depth");
});

test("a patched object is refused with 422", () => {
  expect(() => conformObject({ spec: { replicas: "x" } }, deployments, "Strict")).toThrow(/^ "" is invalid: patch: Invalid value: .*cannot unmarshal string/);
});

test("an apply patch keeps its zero values", () => {
  const patch = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a", labels: {} }, spec: { paused: false } };
  expect(decodeApplyPatch(JSON.stringify(patch), deployments, "Strict").object).toEqual(patch);
  expect(() => decodeApplyPatch(JSON.stringify({ ...patch, spec: { foo: 1 } }), deployments, "Ignore"))
    .toThrow("failed to create typed patch object (/a; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema");
});

test("any JSON decodes or is a bad request, and decoding is idempotent", () => {
  const keys = fc.constantFrom("apiVersion", "kind", "metadata", "spec", "template", "containers", "name", "replicas", "labels", "resources", "limits", "env", "strategy", "ports", "x", "__proto__");
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ maxDepth: 6 }, fc.constantFrom(null, true, 0, 1.5, "", "a", "1Gi"), fc.array(tie("any"), { maxLength: 3 }), fc.dictionary(keys, tie("any"), { maxKeys: 4 })),
  })).any;
  fc.assert(fc.property(value, (body) => {
    try {
      const { object } = decode(body, "Ignore");
      const text = JSON.stringify(object);
      expect(JSON.stringify(decode(text, "Ignore").object)).toBe(text);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      expect(error.code).toBe(400);
    }
  }), { numRuns: 1000 });
});
