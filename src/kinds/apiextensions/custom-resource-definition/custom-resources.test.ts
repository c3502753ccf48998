import { expect, test } from "vitest";
import { accepted, testApi, type TestApi } from "../../../../test/harness/test-api.ts";
import { customResourceDefinitionController } from "./controller.ts";

const root = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const widgets = "/apis/example.com/v1/namespaces/default/widgets";

const schema = {
  type: "object", required: ["spec"],
  properties: {
    spec: {
      type: "object", required: ["size"],
      properties: {
        size: { type: "integer", minimum: 1, maximum: 5 }, replicas: { type: "integer", default: 1 },
        color: { type: "string", enum: ["red", "blue"], default: "red" }, name: { type: "string", pattern: "^[a-z]+$", maxLength: 5 },
        note: { type: "string", nullable: true }, port: { "x-kubernetes-int-or-string": true },
        parts: { type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"], items: { type: "object", required: ["id"], properties: { id: { type: "string" }, n: { type: "integer", default: 7 } } } },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true }, labels: { type: "object", additionalProperties: { type: "string" } },
      },
    },
    status: { type: "object", properties: { replicas: { type: "integer" }, selector: { type: "string" } } },
  },
};
const version = {
  name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema },
  subresources: { status: {}, scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas", labelSelectorPath: ".status.selector" } },
  additionalPrinterColumns: [{ name: "Size", type: "integer", jsonPath: ".spec.size" }, { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" }],
  selectableFields: [{ jsonPath: ".spec.color" }],
};
const definition = (more: object = {}, names: object = {}) => ({
  apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "widgets.example.com" },
  spec: { group: "example.com", scope: "Namespaced", names: { plural: "widgets", kind: "Widget", shortNames: ["wd"], ...names }, versions: [version], ...more },
});
const widget = (spec: object, more: object = {}) => ({ apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "w" }, spec, ...more });

async function withWidgets(): Promise<TestApi> {
  const api = await testApi();
  accepted(await api.send("POST", root, { body: definition() }));
  return api;
}

test("a definition is established in the write that makes it, and its kind is served at once", async () => {
  await using api = await testApi();
  expect((await api.send("GET", widgets)).status).toBe(404);
  const crd = accepted(await api.send("POST", root, { body: definition() })) as any;
  expect(crd.status).toMatchObject({
    acceptedNames: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList", shortNames: ["wd"] }, storedVersions: ["v1"],
    conditions: [{ type: "NamesAccepted", status: "True", reason: "NoConflicts" }, { type: "Established", status: "True", reason: "InitialNamesAccepted" }],
  });
  expect((await api.send("GET", widgets)).body).toMatchObject({ kind: "WidgetList", apiVersion: "example.com/v1", items: [] });
});

test("custom resources are pruned, defaulted and tracked", async () => {
  await using api = await withWidgets();
  const { body, status } = await api.send("POST", widgets, { body: widget({ size: 2, zzz: 1, note: null, parts: [{ id: "a", q: 1 }], free: { any: { thing: 1 } }, labels: { a: "b" } }, { status: { replicas: 3 } }) });
  expect(status).toBe(201);
  expect(body.spec).toEqual({ size: 2, note: null, replicas: 1, color: "red", parts: [{ id: "a", n: 7 }], free: { any: { thing: 1 } }, labels: { a: "b" } });
  expect(body.status).toBeUndefined();
  expect(body.metadata.generation).toBe(1);
  expect(body.metadata.managedFields[0].fieldsV1["f:spec"]['f:parts']['k:{"id":"a"}']).toEqual({ ".": {}, "f:id": {}, "f:n": {} });
});

test("strict clients hear of unknown fields", async () => {
  await using api = await withWidgets();
  const { status, body } = await api.send("POST", widgets, { body: widget({ size: 2, zzz: 1 }), query: "fieldValidation=Strict" });
  expect([status, body.message]).toEqual([400, 'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.zzz"']);
});

test.each([
  [{ size: "2" }, 'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"'],
  [{ size: 9 }, "spec.size: Invalid value: 9: spec.size in body should be less than or equal to 5"],
  [{}, "spec.size: Required value"],
  [{ size: 1, color: "x" }, 'spec.color: Unsupported value: "x": supported values: "red", "blue"'],
  [{ size: 1, name: "A" }, "spec.name: Invalid value: \"A\": spec.name in body should match '^[a-z]+$'"],
  [{ size: 1, name: "abcdef" }, "spec.name: Too long: may not be more than 5 bytes"],
  [{ size: 1, port: true }, 'spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"'],
  [{ size: 1, parts: [{ id: "a" }, { id: "a" }] }, 'spec.parts[1]: Duplicate value: {"id":"a"}'],
  [{ size: null }, "spec.size: Required value"], // a null that is not nullable is nothing
])("%j is invalid", async (spec, message) => {
  await using api = await withWidgets();
  const { status, body } = await api.send("POST", widgets, { body: widget(spec) });
  expect([status, body.reason, body.message]).toEqual([422, "Invalid", `Widget.example.com "w" is invalid: ${message}`]);
});

test("status and scale are doors of their own", async () => {
  await using api = await withWidgets();
  const made = accepted(await api.send("POST", widgets, { body: widget({ size: 2 }) }));
  const byMain = accepted(await api.send("PUT", `${widgets}/w`, { body: { ...made, status: { replicas: 9 }, spec: { size: 3 } } })) as any;
  expect([byMain.status, byMain.spec.size, byMain.metadata.generation]).toEqual([undefined, 3, 2]);
  const byStatus = accepted(await api.send("PUT", `${widgets}/w/status`, { body: { ...byMain, status: { replicas: 2, selector: "a=b" }, spec: { size: 5 } } })) as any;
  expect([byStatus.status.replicas, byStatus.spec.size, byStatus.metadata.generation]).toEqual([2, 3, 2]);
  expect((await api.send("GET", `${widgets}/w/scale`)).body).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 2, selector: "a=b" } });
  accepted(await api.send("PATCH", `${widgets}/w/scale`, { body: { spec: { replicas: 4 } }, patchType: "application/merge-patch+json" }));
  expect((await api.send("GET", `${widgets}/w`)).body.spec.replicas).toBe(4);
});

test("a schema that became stricter lets through what is as it was", async () => {
  await using api = await withWidgets();
  const made = accepted(await api.send("POST", widgets, { body: widget({ size: 4, name: "abc" }) })) as any;
  const crd = (await api.send("GET", `${root}/widgets.example.com`)).body;
  crd.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.size.maximum = 2;
  accepted(await api.send("PUT", `${root}/widgets.example.com`, { body: crd }));
  const renamed = accepted(await api.send("PUT", `${widgets}/w`, { body: { ...made, spec: { ...made.spec, name: "abd" } } })) as any;
  expect((await api.send("PUT", `${widgets}/w`, { body: { ...renamed, spec: { ...renamed.spec, size: 5 } } })).status).toBe(422);
});

test("a status is validated through its own door", async () => {
  await using api = await withWidgets();
  const made = accepted(await api.send("POST", widgets, { body: widget({ size: 2 }) }));
  const { status, body } = await api.send("PUT", `${widgets}/w/status`, { body: { ...made, status: { replicas: "x" } } });
  expect([status, body.message]).toEqual([422, 'Widget.example.com "w" is invalid: [status.replicas: Invalid value: "string": replicas in body must be of type integer: "string", .status.replicas: Invalid value: 0: .status.replicas accessor error: x is of the type string, expected int64]']);
});

test("server-side apply merges keyed lists, and field selectors select", async () => {
  await using api = await withWidgets();
  const apply = (spec: object, manager: string) => api.send("PATCH", `${widgets}/w`, { body: widget(spec), patchType: "application/apply-patch+yaml", query: `fieldManager=${manager}` });
  accepted(await apply({ size: 2, parts: [{ id: "a" }] }, "one"));
  expect((accepted(await apply({ parts: [{ id: "b" }] }, "two")) as any).spec.parts.map((p: any) => p.id)).toEqual(["a", "b"]);
  expect((await apply({ size: 3 }, "two")).body.message).toBe('Apply failed with 1 conflict: conflict with "one": .spec.size');
  const selected = async (color: string) => (await api.send("GET", widgets, { query: `fieldSelector=spec.color=${color}` })).body.items.length;
  expect([await selected("red"), await selected("blue")]).toEqual([1, 0]);
});

test("several versions differ by apiVersion, and the storage version may move", async () => {
  await using api = await testApi();
  const crd = accepted(await api.send("POST", root, { body: definition({ versions: [version, { ...version, name: "v2", storage: false }] }) })) as any;
  accepted(await api.send("POST", widgets, { body: widget({ size: 2 }) }));
  expect((await api.send("GET", widgets.replace("v1", "v2"))).body.items[0].apiVersion).toBe("example.com/v2");
  crd.spec.versions[0].storage = false;
  crd.spec.versions[1].storage = true;
  expect((accepted(await api.send("PUT", `${root}/widgets.example.com`, { body: crd })) as any).status.storedVersions).toEqual(["v1", "v2"]);
  expect((await api.send("GET", `${widgets}/w`)).body.apiVersion).toBe("example.com/v1");
});

test.each([
  [definition({ group: "nodots" }), "spec.group: Invalid value: \"nodots\": should be a domain with at least one dot"],
  [definition({ scope: "Planet" }), 'spec.scope: Unsupported value: "Planet": supported values: "Cluster", "Namespaced"'],
  [definition({ versions: [{ ...version, schema: { openAPIV3Schema: { type: "object", properties: { spec: {} } } } }] }), "spec.validation.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields"],
  [definition({ versions: [{ ...version, storage: false }] }), "must have exactly one version marked as storage version"],
  [definition({ versions: [{ ...version, schema: { openAPIV3Schema: { type: "object", properties: { a: { type: "string", pattern: "(" } } } } }] }), "must be a valid regular expression, but isn't"],
  [definition({ versions: [{ ...version, schema: { openAPIV3Schema: { type: "object", properties: { a: { type: "array", items: { type: "object", properties: { id: { type: "string" } } }, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"] } } } } }] }), "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"],
  [{ ...definition(), metadata: { name: "x.example.com" } }, 'metadata.name: Invalid value: "x.example.com": must be spec.names.plural+"."+spec.group'],
])("a wrong definition is refused (%#)", async (crd, text) => {
  await using api = await testApi();
  const { status, body } = await api.send("POST", root, { body: crd });
  expect(status).toBe(422);
  expect(body.message).toContain(text);
});

test("a name that another definition has is not accepted until it is free", async () => {
  await using api = await withWidgets();
  const second = { ...definition({}, { plural: "gadgets", shortNames: [] }), metadata: { name: "gadgets.example.com" } };
  const made = accepted(await api.send("POST", root, { body: second })) as any;
  expect(made.status.conditions.map((c: any) => [c.type, c.status, c.reason])).toEqual([["NamesAccepted", "False", "ListKindConflict"], ["Established", "False", "NotAccepted"]]);
  expect((await api.send("GET", "/apis/example.com/v1/namespaces/default/gadgets")).status).toBe(404);
  await api.send("DELETE", `${root}/widgets.example.com`);
  api.transact((tx) => { customResourceDefinitionController.reconcile(tx, "widgets.example.com", undefined as never); });
  expect((await api.send("GET", `${root}/widgets.example.com`)).status).toBe(404);
  api.transact((tx) => { customResourceDefinitionController.reconcile(tx, "gadgets.example.com", undefined as never); });
  expect((await api.send("GET", "/apis/example.com/v1/namespaces/default/gadgets")).status).toBe(200);
});

test("deleting a definition deletes its objects first, and waits for their finalizers", async () => {
  await using api = await withWidgets();
  const reconcile = () => api.transact((tx) => ({ result: customResourceDefinitionController.reconcile(tx, "widgets.example.com", undefined as never) })).result;
  accepted(await api.send("POST", widgets, { body: widget({ size: 1 }) }));
  accepted(await api.send("POST", widgets, { body: { ...widget({ size: 1 }), metadata: { name: "held", finalizers: ["example.com/x"] } } }));
  await api.send("DELETE", `${root}/widgets.example.com`);
  const late = await api.send("POST", widgets, { body: { ...widget({ size: 1 }), metadata: { name: "late" } } });
  expect([late.status, late.body.message]).toEqual([403, 'widgets.example.com "late" is forbidden: create not allowed while custom resource definition is terminating']);
  expect(reconcile()).toEqual({ requeueAfterMs: 5000 });
  const crd = (await api.send("GET", `${root}/widgets.example.com`)).body;
  expect(crd.status.conditions.at(-1)).toMatchObject({ type: "Terminating", status: "True", reason: "InstanceDeletionInProgress" });
  expect((await api.send("GET", widgets)).body.items.map((w: any) => w.metadata.name)).toEqual(["held"]);
  accepted(await api.send("PATCH", `${widgets}/held`, { body: { metadata: { finalizers: null } }, patchType: "application/merge-patch+json" }));
  expect(reconcile()).toBeUndefined();
  expect((await api.send("GET", `${root}/widgets.example.com`)).status).toBe(404);
  expect((await api.send("GET", widgets)).status).toBe(404);
});
