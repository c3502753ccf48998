import * as fc from "fast-check";
import { expect, test } from "vitest";
import { schemaOf } from "../../kinds/facts/table.ts";
import type { KubeObject } from "../../kinds/object.ts";
import { ApiError } from "../../lib/errors.ts";
import { applyJsonPatch } from "./json-patch.ts";
import { applyMergePatch } from "./merge-patch.ts";
import { applyStrategicMergePatch } from "./strategic/apply.ts";

const object = (rest: object): KubeObject => ({ apiVersion: "v1", kind: "Pod", metadata: {}, ...rest });
const deployment = schemaOf("io.k8s.api.apps.v1.Deployment");
const pod = schemaOf("io.k8s.api.core.v1.Pod");
const json = (rest: object, ...operations: object[]) => applyJsonPatch(object(rest), JSON.stringify(operations));
const strategic = (rest: object, patch: object, schema = pod) => applyStrategicMergePatch(object(rest), JSON.stringify(patch), schema);

test("JSON patch adds, removes, replaces, moves, copies and tests", () => {
  expect(json({ a: [1, 2] }, { op: "add", path: "/a/1", value: 9 }, { op: "add", path: "/a/-", value: 3 })).toMatchObject({ a: [1, 9, 2, 3] });
  expect(json({ a: { "x/y": 1 } }, { op: "remove", path: "/a/x~1y" })).toMatchObject({ a: {} });
  expect(json({ a: 1 }, { op: "test", path: "/a", value: 1 }, { op: "test", path: "/none", value: null }, { op: "replace", path: "/a", value: { b: 1 } })).toMatchObject({ a: { b: 1 } });
  expect(json({ a: { b: 1 } }, { op: "copy", from: "/a", path: "/c" }, { op: "move", from: "/a/b", path: "/d" })).toMatchObject({ a: {}, c: { b: 1 }, d: 1 });
});

test.each([
  [[{ op: "test", path: "/a", value: 2 }], 422], [[{ op: "remove", path: "/none" }], 422], [[{ op: "replace", path: "/list/0", value: 1 }], 422],
  [[{ op: "add", path: "/none/x", value: 1 }], 422], [[{ op: "add", path: "/list/5", value: 1 }], 422], [[{ op: "add", path: "/list/1x", value: 1 }], 422],
  [[{ op: "add", path: "a", value: 1 }], 422], [[{ op: "jump", path: "/a" }], 422], [[{ op: "add", path: "", value: {} }], 422], [["x"], 400], [{}, 400],
  [Array.from({ length: 10_001 }, () => ({ op: "test", path: "/a", value: 1 })), 413],
])("a JSON patch that fails is refused (%#)", (patch, code) => {
  try { applyJsonPatch(object({ a: 1, list: [] }), JSON.stringify(patch)); expect.unreachable(); } catch (error) { expect((error as ApiError).code).toBe(code); }
});

test("a JSON patch takes a missing member and a missing value for null, as upstream's library does", () => {
  expect(json({ a: 1 }, { op: "replace", path: "/none", value: 1 }, { op: "add", path: "/a" }, { op: "copy", from: "/gone", path: "/c" }, { op: "test", path: "/gone" }))
    .toMatchObject({ a: null, c: null, none: 1 });
  expect(json({ a: 1 }, { op: "replace", path: "", value: { kind: "Other" } })).toEqual({ kind: "Other" });
});

test("copies in a JSON patch are bounded", () => {
  const operations = Array.from({ length: 40 }, (_, i) => ({ op: "copy", from: "/a", path: `/a/x${i}` }));
  expect(() => json({ a: { text: "x".repeat(1000) } }, ...operations)).toThrow(ApiError);
});

test("a merge patch merges objects, deletes by null and replaces lists", () => {
  expect(applyMergePatch(object({ a: { b: 1, c: 2 }, l: [1] }), '{"a":{"b":null,"d":{"e":null}},"l":[2],"__proto__":{"x":1}}'))
    .toEqual(object({ a: { c: 2, d: {} }, l: [2], ["__proto__"]: { x: 1 } }));
  expect(applyMergePatch(object({ o: {} }), '{"l":[{"a":null,"b":[null]}],"o":[{"a":null}]}')).toEqual(object({ l: [{ b: [null] }], o: [{ a: null }] }));
  expect(() => applyMergePatch(object({}), "[]")).toThrow(ApiError);
});

const c = (name: string, rest: object = {}) => ({ name, ...rest });

test("containers merge by name; new ones come where their neighbours are", () => {
  const merged = strategic({ spec: { containers: [c("a", { image: "1", args: ["x"] }), c("b")] } }, { spec: { containers: [c("n"), c("a", { image: "2", args: ["y"] })] } });
  expect(merged["spec"]).toEqual({ containers: [c("n"), c("a", { image: "2", args: ["y"] }), c("b")] });
});

test("$patch deletes and replaces entries, maps and lists", () => {
  const spec = { containers: [c("a"), c("b")], nodeSelector: { x: "1" } };
  expect(strategic({ spec }, { spec: { containers: [{ $patch: "delete", name: "a" }] } })["spec"]).toMatchObject({ containers: [c("b")] });
  expect(strategic({ spec }, { spec: { containers: [{ $patch: "replace" }, c("z")] } })["spec"]).toMatchObject({ containers: [c("z")] });
  expect(strategic({ spec }, { spec: { nodeSelector: { $patch: "replace", y: "2" } } })["spec"]).toMatchObject({ nodeSelector: { y: "2" } });
  expect(() => strategic({ spec }, { spec: { containers: [{ $patch: "delete" }] } })).toThrow("does not contain declared merge key: name");
  expect(() => strategic({ spec }, { spec: { $patch: "x" } })).toThrow("unknown patch type: x");
});

test("$setElementOrder arranges, and what only the server has stays near its place", () => {
  const spec = { containers: [c("a"), c("server"), c("b")] };
  const patch = { "$setElementOrder/containers": [{ name: "b" }, { name: "a" }, { name: "new" }], containers: [c("a", { image: "2" }), c("new")] };
  expect(strategic({ spec }, { spec: patch })["spec"]).toEqual({ containers: [c("server"), c("b"), c("a", { image: "2" }), c("new")] });
  expect(() => strategic({ spec }, { spec: { "$setElementOrder/containers": [{ name: "a" }], containers: [c("z")] } })).toThrow("doesn't match $setElementOrder list");
});

test("$retainKeys drops what it does not name", () => {
  const rest = { spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } } };
  expect(strategic(rest, { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } }, deployment)["spec"]).toEqual({ strategy: { type: "Recreate" } });
  expect(() => strategic(rest, { spec: { strategy: { $retainKeys: ["type"], rollingUpdate: {} } } }, deployment)).toThrow("invalid patch format of retainKeys");
});

test("lists of primitives with the merge strategy are sets", () => {
  const metadata = { finalizers: ["a", "b"] };
  expect(strategic({ metadata }, { metadata: { finalizers: ["c", "a"] } }).metadata.finalizers).toEqual(["c", "a", "b"]);
  expect(strategic({ metadata }, { metadata: { "$deleteFromPrimitiveList/finalizers": ["a"] } }).metadata.finalizers).toEqual(["b"]);
});

test("nulls that find nothing are not stored, and the object given is left alone", () => {
  const before = object({ spec: { nodeName: "n" } });
  expect(applyStrategicMergePatch(before, '{"spec":{"nodeName":null,"securityContext":{"runAsUser":null}}}', pod)["spec"]).toEqual({ securityContext: {} });
  expect(before["spec"]).toEqual({ nodeName: "n" });
});

test("any patch applies or is a client's error", () => {
  const keys = fc.constantFrom("spec", "metadata", "containers", "name", "ports", "containerPort", "$patch", "$retainKeys", "$setElementOrder/containers", "$deleteFromPrimitiveList/finalizers", "finalizers", "env", "__proto__", "labels");
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ maxDepth: 6 }, fc.constantFrom(null, 1, "a", "delete", "replace"), fc.array(tie("any"), { maxLength: 3 }), fc.dictionary(keys, tie("any"), { maxKeys: 4 })),
  })).any;
  const live = object({ metadata: { finalizers: ["a"] }, spec: { containers: [c("a", { ports: [{ containerPort: 1 }] })] } });
  const operation = fc.record({ op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test"), path: fc.constantFrom("", "/spec", "/spec/containers/0", "/spec/containers/-", "/x/y", "/metadata/finalizers/-1"), from: fc.constantFrom("", "/spec", "/metadata"), value }, { requiredKeys: ["op"] });
  fc.assert(fc.property(value, fc.array(operation, { maxLength: 5 }), (patch, operations) => {
    for (const apply of [
      () => applyStrategicMergePatch(live, JSON.stringify(patch), pod), () => applyMergePatch(live, JSON.stringify(patch)),
      () => applyJsonPatch(live, JSON.stringify(operations)),
    ]) {
      try { JSON.stringify(apply()); } catch (error) { if (!(error instanceof ApiError)) throw error; }
    }
  }), { numRuns: 1000 });
});
