import { expect, test } from "vitest";
import { accepted, testApi, type TestApi } from "../../../../test/harness/test-api.ts";

const root = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const at = (version: string) => `/apis/example.com/${version}/namespaces/default/gears`;
type Json = Record<string, any>;

const schema = (properties: Json): Json => ({ openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties } } } });
const version = (name: string, properties: Json, more: Json = {}): Json => ({ name, served: true, storage: false, schema: schema(properties), ...more });
const definition = (...versions: Json[]): Json => ({
  apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "gears.example.com" },
  spec: { group: "example.com", scope: "Namespaced", names: { plural: "gears", kind: "Gear" }, versions },
});
const gear = (v: string, spec: Json, more: Json = {}) => ({ apiVersion: `example.com/${v}`, kind: "Gear", metadata: { name: "g" }, spec, ...more });
const text = { type: "string" };
const int = { type: "integer" };

async function withGears(...versions: Json[]): Promise<TestApi> {
  const api = await testApi();
  accepted(await api.send("POST", root, { body: definition(...versions) }));
  return api;
}

async function redefine(api: TestApi, change: (spec: Json) => void): Promise<void> {
  const crd = (await api.send("GET", `${root}/gears.example.com`)).body;
  change(crd.spec);
  accepted(await api.send("PUT", `${root}/gears.example.com`, { body: crd }));
}

const stored = (api: TestApi, name = "g") => JSON.parse(api.store.transaction.get({ resource: "example.com/gears", namespace: "default", name })!.json) as Json;

test("each version has its own schema, defaults, doors and fields to select by; one of them is stored", async () => {
  await using api = await withGears(
    version("v1", { teeth: { ...int, default: 8 }, color: text }, { storage: true, subresources: { status: {} } }),
    version("v2", { teeth: { ...int, minimum: 10 }, size: { ...text, default: "M" } }, { selectableFields: [{ jsonPath: ".spec.size" }] }),
  );
  expect((await api.send("POST", at("v2"), { body: gear("v2", { teeth: 9 }) })).status).toBe(422);
  const made = accepted(await api.send("POST", at("v2"), { body: gear("v2", { teeth: 12, color: "red" }) })) as Json;
  expect(made).toMatchObject({ apiVersion: "example.com/v2", spec: { teeth: 12, size: "M" } });
  expect(stored(api)).toMatchObject({ apiVersion: "example.com/v1", spec: { teeth: 12 } });
  expect((await api.send("GET", `${at("v1")}/g`)).body).toMatchObject({ apiVersion: "example.com/v1", spec: { teeth: 12 } });
  expect((await api.send("GET", `${at("v1")}/g/status`)).status).toBe(200);
  expect((await api.send("GET", `${at("v2")}/g/status`)).status).toBe(404);
  expect((await api.send("GET", at("v2"), { query: "fieldSelector=spec.size=" })).body.items).toHaveLength(1);
  const refused = await api.send("GET", at("v1"), { query: "fieldSelector=spec.size=M" });
  expect([refused.status, refused.body.message]).toEqual([400, "field label not supported: spec.size"]);
});

test("what was stored earlier is read with the defaults and without the fields of now", async () => {
  await using api = await withGears(version("v1", { old: text, teeth: int }, { storage: true }));
  accepted(await api.send("POST", at("v1"), { body: gear("v1", { old: "x", teeth: 3 }) }));
  await redefine(api, (spec) => { spec.versions[0].schema = schema({ teeth: int, color: { ...text, default: "red" } }); });
  const read = { teeth: 3, color: "red" };
  expect((await api.send("GET", `${at("v1")}/g`)).body.spec).toEqual(read);
  expect((await api.send("GET", at("v1"))).body.items[0].spec).toEqual(read);
  expect(stored(api).spec).toEqual({ old: "x", teeth: 3 });
  const patched = accepted(await api.send("PATCH", `${at("v1")}/g`, { body: { spec: { teeth: 4 } }, patchType: "application/merge-patch+json" })) as Json;
  expect([patched["spec"], stored(api).spec]).toEqual([{ teeth: 4, color: "red" }, { teeth: 4, color: "red" }]);
});

test("watchers see objects as the definition has them, also when the storage version moves while they watch", async () => {
  await using api = await withGears(version("v1", { teeth: int }, { storage: true }), version("v2", { teeth: int }));
  accepted(await api.send("POST", at("v1"), { body: gear("v1", { teeth: 3 }) }));
  await redefine(api, (spec) => { spec.versions[0].storage = false; spec.versions[1].storage = true; spec.versions[0].schema = schema({ teeth: int, color: { ...text, default: "red" } }); });
  expect((await api.send("GET", `${at("v1")}/g`)).body).toMatchObject({ apiVersion: "example.com/v1", spec: { teeth: 3, color: "red" } });
  expect((await api.send("GET", `${at("v2")}/g`)).body).toMatchObject({ apiVersion: "example.com/v2", spec: { teeth: 3 } });
  accepted(await api.send("PATCH", `${at("v1")}/g`, { body: { spec: { teeth: 4 } }, patchType: "application/merge-patch+json" }));
  expect(stored(api).apiVersion).toBe("example.com/v2");
  expect((await api.send("GET", `${at("v1")}/g`)).body.spec).toEqual({ teeth: 4 });
});

test("clients of a deprecated version are told, with what to use instead", async () => {
  await using api = await withGears(version("v1alpha1", { teeth: int }, { deprecated: true, deprecationWarning: "gears grind" }), version("v1beta1", { teeth: int }, { deprecated: true }), version("v1", { teeth: int }, { storage: true }));
  const posted = await api.send("POST", at("v1alpha1"), { body: gear("v1alpha1", { teeth: 1 }) });
  expect(posted.warnings).toEqual(["gears grind"]);
  expect((await api.send("GET", `${at("v1beta1")}/g`)).warnings).toEqual(["example.com/v1beta1 Gear is deprecated; use example.com/v1 Gear"]);
  expect((await api.send("GET", `${at("v1")}/g`)).warnings).toEqual([]);
});

test("the door of the status changes the status alone, metadata included", async () => {
  await using api = await withGears({ ...version("v1", { teeth: int }, { storage: true, subresources: { status: {} } }), schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true }, status: { type: "object", "x-kubernetes-preserve-unknown-fields": true } } } } });
  const made = accepted(await api.send("POST", at("v1"), { body: gear("v1", { teeth: 1 }) })) as Json;
  const written = accepted(await api.send("PUT", `${at("v1")}/g/status`, { body: { ...made, metadata: { ...made["metadata"], labels: { a: "b" } }, spec: { teeth: 2 }, status: { on: true } } })) as Json;
  expect([written["metadata"].labels, written["spec"], written["status"]]).toEqual([undefined, { teeth: 1 }, { on: true }]);
  expect(written["metadata"].managedFields.map((m: Json) => m["subresource"])).toEqual([undefined, "status"]);
});

test("a scale whose replicas are not set cannot be read, and a patch has to set them", async () => {
  await using api = await withGears(version("v1", { replicas: int }, { storage: true, subresources: { scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" } } }));
  accepted(await api.send("POST", at("v1"), { body: gear("v1", {}) }));
  const got = await api.send("GET", `${at("v1")}/g/scale`);
  expect([got.status, got.body.message]).toEqual([500, 'Internal error occurred: the spec replicas field ".spec.replicas" does not exist']);
  const patch = (body: Json) => api.send("PATCH", `${at("v1")}/g/scale`, { body, patchType: "application/merge-patch+json" });
  const empty = await patch({ metadata: { annotations: { a: "b" } } });
  expect([empty.status, empty.body.message]).toEqual([400, 'the spec replicas field ".spec.replicas" cannot be empty']);
  expect((accepted(await patch({ spec: { replicas: 3 } })) as Json)["spec"]).toEqual({ replicas: 3 });
  expect((await api.send("PATCH", `${at("v1")}/g`, { body: { spec: { replicas: -1 } }, patchType: "application/merge-patch+json" })).body.message).toContain(".spec.replicas: Invalid value: -1: should be a non-negative integer");
});

test("embedded objects have a type and proper metadata, of which the unknown is pruned", async () => {
  const embedded = { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true };
  await using api = await withGears(version("v1", { template: embedded, list: { type: "array", items: embedded } }, { storage: true }));
  const refused = await api.send("POST", at("v1"), { body: gear("v1", { template: { metadata: { labels: { "a b": "c" } } }, list: [{ apiVersion: "a/b/c", kind: "9" }] }) });
  expect(refused.body.details.causes.map((c: Json) => `${c["field"]}: ${c["message"]}`)).toEqual([
    "spec.template.apiVersion: Required value", "spec.template.kind: Required value",
    expect.stringContaining('spec.template.metadata.labels: Invalid value: "a b"'),
    'spec.list[0].apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c', expect.stringContaining('spec.list[0].kind: Invalid value: "9": may have mixed case'),
  ]);
  const made = accepted(await api.send("POST", at("v1"), { body: gear("v1", { template: { apiVersion: "v1", kind: "Pod", metadata: { name: "p", zzz: 1, labels: { a: "b" } }, spec: { any: 1 } } }) })) as Json;
  expect(made["spec"].template).toEqual({ apiVersion: "v1", kind: "Pod", metadata: { name: "p", labels: { a: "b" } }, spec: { any: 1 } });
});

test("lists that were in disorder before may stay so; new disorder is refused", async () => {
  const set = { type: "array", items: text };
  await using api = await withGears(version("v1", { tags: set, n: int }, { storage: true }));
  accepted(await api.send("POST", at("v1"), { body: gear("v1", { tags: ["a", "a"] }) }));
  await redefine(api, (spec) => { spec.versions[0].schema = schema({ tags: { ...set, "x-kubernetes-list-type": "set" }, n: int }); });
  const patch = (spec: Json) => api.send("PATCH", `${at("v1")}/g`, { body: { spec }, patchType: "application/merge-patch+json" });
  expect((await patch({ n: 1 })).status).toBe(200);
  expect((await patch({ tags: ["a", "b"] })).status).toBe(200);
  expect((await patch({ tags: ["b", "b", "b"] })).body.message).toBe('Gear.example.com "g" is invalid: spec.tags[1]: Duplicate value: "b"');
});
