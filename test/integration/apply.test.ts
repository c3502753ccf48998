import { expect, test } from "vitest";
import type { KubeObject } from "../../src/kinds/object.ts";
import { aConfigMap, aPod } from "../harness/builders.ts";
import { accepted, testApi, type TestApi } from "../harness/test-api.ts";

/** Server-side apply as clients know it: who owns what, and what happens when an owner changes his mind. */
const web = (spec: object = {}): KubeObject => ({
  apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" },
  spec: { selector: { matchLabels: { app: "web" } }, template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "nginx", image: "nginx:latest" }] } }, ...spec },
});
const managers = (obj: KubeObject) => (obj.metadata.managedFields ?? []).map((m) => `${m.manager}/${m.operation}${m.subresource ? `/${m.subresource}` : ""}`);
const map = (data: Record<string, string>) => aConfigMap({ data });
const apply = async (api: TestApi, obj: KubeObject, manager: string, force = false) => accepted(await api.apply(obj, { manager, force })) as any;

test("an object that is not there is created", async () => {
  await using api = await testApi();
  const answer = await api.apply(map({ a: "1" }));
  expect([answer.status, answer.body.data, managers(answer.body)]).toEqual([201, { a: "1" }, ["tester/Apply"]]);
  const withUid = await api.apply(aConfigMap({ name: "other", uid: "11111111-1111-1111-1111-111111111111" }));
  expect(withUid).toBeStatus(409, "Conflict");
  expect(withUid.body.message).toContain("uid mismatch: the provided object specified uid 11111111-1111-1111-1111-111111111111, and no existing object was found");
});

test("a field that one owner drops stays as long as another owns it", async () => {
  await using api = await testApi();
  await apply(api, web({ replicas: 3 }), "shared-1");
  await apply(api, web({ replicas: 3 }), "shared-2");
  expect((await apply(api, web(), "shared-1")).spec.replicas).toBe(3);
  expect((await apply(api, web(), "shared-2")).spec.replicas).toBe(1);
});

test("an entry of a keyed list goes with its last owner", async () => {
  await using api = await testApi();
  const withContainers = (...names: string[]) => web({ template: { metadata: { labels: { app: "web" } }, spec: { containers: names.map((name) => ({ name, image: `${name}:1`, ports: [{ containerPort: 80, protocol: "TCP" }] })) } } });
  const names = (obj: any) => obj.spec.template.spec.containers.map((c: any) => c.name);
  await apply(api, withContainers("nginx", "sidecar"), "one");
  await apply(api, withContainers("nginx", "sidecar"), "two");
  expect(names(await apply(api, withContainers("nginx"), "one"))).toEqual(["nginx", "sidecar"]);
  expect(names(await apply(api, withContainers("nginx"), "two"))).toEqual(["nginx"]);
});

test("a forced apply takes the field from its owner, who may then leave it out", async () => {
  await using api = await testApi();
  await apply(api, web({ replicas: 3 }), "owner");
  expect(await api.apply(web({ replicas: 4 }), { manager: "taker" })).toBeStatus(409, "Conflict");
  const taken = await apply(api, web({ replicas: 4 }), "taker", true);
  expect(JSON.stringify(taken.metadata.managedFields.find((m: any) => m.manager === "owner").fieldsV1)).not.toContain("f:replicas");
  expect((await apply(api, web(), "owner")).spec.replicas).toBe(4);
});

test("a pod's conditions are applied through its status door, one by one", async () => {
  await using api = await testApi();
  await api.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } } as KubeObject);
  await api.create(aPod());
  const condition = (type: string) => ({ apiVersion: "v1", kind: "Pod", metadata: { name: "pod" }, status: { conditions: [{ type, status: "True", reason: "x" }] } }) as KubeObject;
  accepted(await api.apply(condition("A"), { subresource: "status", manager: "a" }));
  const both = accepted(await api.apply(condition("B"), { subresource: "status", manager: "b" })) as any;
  expect(both.status.conditions.map((c: any) => c.type).sort()).toEqual(["A", "B"]);
  expect(managers(both)).toEqual(expect.arrayContaining(["a/Apply/status", "b/Apply/status"]));
});

test("an apply that changes nothing leaves the resourceVersion", async () => {
  await using api = await testApi();
  const resources = (cpu: string) => web({ template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image: "i", resources: { limits: { cpu } } }] } } });
  const first = await apply(api, resources("500m"), "m");
  api.clock.nowMs += 5000;
  expect((await apply(api, resources("500m"), "m")).metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  expect((await apply(api, resources("0.5"), "m")).metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  const put = accepted(await api.put({ ...first, metadata: { ...first.metadata, resourceVersion: undefined } }, { query: { fieldManager: "m" } }));
  expect(put.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
});

test.each(["merge", "strategic", "json", "update"] as const)("managed fields are reset by %s, and the next apply starts anew", async (way) => {
  await using api = await testApi();
  const obj = await apply(api, map({ a: "1" }), "m");
  const cleared = way === "merge" ? await api.mergePatch(obj, { metadata: { managedFields: [{}] } })
    : way === "strategic" ? await api.strategicPatch(obj, { metadata: { managedFields: [{}] } })
      : way === "json" ? await api.jsonPatch(obj, [{ op: "replace", path: "/metadata/managedFields", value: [{}] }])
        : await api.put({ ...obj, metadata: { ...obj.metadata, managedFields: [{}] } });
  expect(accepted(cleared).metadata.managedFields).toBeUndefined();
  expect(managers(await apply(api, map({ a: "1", b: "2" }), "m"))).toEqual(["m/Apply", "before-first-apply/Update"]);
});

test("managed fields that make no sense are ignored, an empty list is no reset", async () => {
  await using api = await testApi();
  const created = accepted(await api.post({ ...map({ a: "1" }), metadata: { name: "config", managedFields: [{ manager: "x", operation: "Sideways", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: {} }] } } as never, { query: { fieldManager: "m" } }));
  expect(managers(created)).toEqual(["m/Update"]);
  const patched = accepted(await api.mergePatch(created, { metadata: { managedFields: [] } }, { query: { fieldManager: "m" } }));
  expect(managers(patched)).toEqual(["m/Update"]);
  const bad = accepted(await api.mergePatch(created, { metadata: { managedFields: [{ manager: "m", operation: "Update", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: { "f:x": { bad: 1 } } }] }, data: { b: "2" } }, { query: { fieldManager: "n" } }));
  expect(managers(bad)).toEqual(["m/Update", "n/Update"]);
  expect(await api.apply({ ...map({}), metadata: { name: "config", managedFields: [{ manager: "x", operation: "Apply", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: {} }] } } as never)).toBeStatus(400, "BadRequest");
});

test("many updates by many managers are taken together", async () => {
  await using api = await testApi();
  let obj = await api.create(map({ a: "1" }));
  for (let i = 0; i < 20; i++) {
    api.clock.nowMs += 1000;
    obj = accepted(await api.mergePatch(obj, { metadata: { labels: { [`l${i}`]: "x" } } }, { query: { fieldManager: `updater-${String(i).padStart(2, "0")}` } }));
  }
  expect(managers(obj)).toHaveLength(10);
  expect(managers(obj)).toContain("ancient-changes/Update");
});

test("versions in the body and the path agree", async () => {
  await using api = await testApi();
  const path = api.path(web(), "web");
  const send = (body: object) => api.send("PATCH", path, { body, patchType: "application/apply-patch+yaml", query: "fieldManager=m" });
  expect((await send({ ...web(), apiVersion: "apps/v9" })).body.message).toContain("Incorrect version specified in apply patch. Specified patch version: apps/v9, expected: apps/v1");
  expect(await send({ ...web(), kind: undefined })).toBeStatus(400, "BadRequest");
  expect((await send({ ...web(), spec: { ...(web().spec as object), unknownField: 1 } })).body.message).toContain(".spec.unknownField: field not declared in schema");
});

test("keys of lists occur once, also within what is owned as a whole", async () => {
  await using api = await testApi();
  const owner = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", name, uid: "u" });
  const claim = { metadata: { name: "data", ownerReferences: [owner("a"), owner("b")] }, spec: {} };
  const set = { ...web({ serviceName: "web", volumeClaimTemplates: [claim] }), kind: "StatefulSet" };
  expect((await api.apply(set)).body.message).toContain('.spec.volumeClaimTemplates[0].metadata.ownerReferences: duplicate entries for key [uid="u"]');
  const pair = { ...web(), spec: { ...(web().spec as object), template: { spec: { containers: [{ name: "a", image: "i" }, { name: "a", image: "j" }] } } } };
  expect((await api.apply(pair)).body.message).toContain('.spec.template.spec.containers: duplicate entries for key [name="a"]');
});

test("a dry run shows the result and stores nothing", async () => {
  await using api = await testApi();
  const shown = await api.apply(map({ a: "1" }), { query: { dryRun: "All" } });
  expect([shown.status, shown.body.data]).toEqual([201, { a: "1" }]);
  expect(await api.fetch(map({}))).toBeStatus(404, "NotFound");
  await apply(api, map({ a: "1" }), "m");
  expect((await api.apply(map({ a: "2" }), { manager: "m", query: { dryRun: "All" } })).body.data).toEqual({ a: "2" });
  expect((await api.get(map({}))).data).toEqual({ a: "1" });
});

test("an update owns what it changed, and an apply of the same value shares it", async () => {
  await using api = await testApi();
  await apply(api, map({ a: "1", b: "1" }), "applier");
  await api.mergePatch(map({}), { data: { a: "2" } }, { query: { fieldManager: "editor" } });
  const conflict = await api.apply(map({ a: "1", b: "1" }), { manager: "applier" });
  expect(conflict.body.message).toBe('Apply failed with 1 conflict: conflict with "editor" using v1: .data.a');
  const shared = await apply(api, map({ a: "2", b: "1" }), "applier");
  expect(managers(shared)).toEqual(["applier/Apply", "editor/Update"]);
});
