import { expect, test } from "vitest";
import { aConfigMap, aNamespace, withData } from "../harness/builders.ts";
import { testApi } from "../harness/test-api.ts";

test("a created object is served as it was answered, with the system's metadata", async () => {
  await using api = await testApi();
  const created = await api.create(aConfigMap());
  expect(created.metadata).toMatchObject({ name: "config", namespace: "default", creationTimestamp: "2026-01-01T00:00:00Z" });
  expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
  expect(Number(created.metadata.resourceVersion)).toBe(api.store.revision);
  expect(await api.get(created)).toEqual(created);
});

test("replacing with a stale resourceVersion conflicts and changes nothing", async () => {
  await using api = await testApi();
  const first = await api.create(aConfigMap({ data: { k: "1" } }));
  const second = await api.replace(withData(first, { k: "2" }));

  expect(await api.put(withData(first, { k: "3" }))).toBeStatus(409, "Conflict");
  expect(await api.get(first)).toEqual(second);
});

test("creating twice is refused with AlreadyExists", async () => {
  await using api = await testApi();
  await api.create(aConfigMap());
  const again = await api.post(aConfigMap());
  expect(again).toBeStatus(409, "AlreadyExists");
  expect(again.body.message).toBe('configmaps "config" already exists');
});

test("an object needs a namespace that exists", async () => {
  await using api = await testApi();
  const answer = await api.post(aConfigMap({ namespace: "nowhere" }));
  expect(answer).toBeStatus(404, "NotFound");
  expect(answer.body.message).toBe('namespaces "nowhere" not found');
});

test("generateName makes a new name each time", async () => {
  await using api = await testApi();
  const make = () => api.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "some-" } });
  const names = [await make(), await make()].map((o) => o.metadata.name!);
  expect(names[0]).toMatch(/^some-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  expect(names[0]).not.toBe(names[1]);
});

test("an update that changes nothing writes nothing", async () => {
  await using api = await testApi();
  const created = await api.create(aConfigMap());
  const before = api.store.revision;
  expect(await api.replace(created)).toEqual(created);
  expect(api.store.revision).toBe(before);
});

test("a dry run answers as the real thing and leaves no trace", async () => {
  await using api = await testApi();
  const before = api.store.revision;
  const answer = await api.post(aConfigMap(), { query: { dryRun: "All" } });
  expect(answer.status).toBe(201);
  expect(answer.body.metadata.uid).toBeDefined();
  expect(api.store.revision).toBe(before);
  expect(await api.fetch(aConfigMap())).toBeStatus(404, "NotFound");
});

test("a delete answers with a Status that names the object, and the object is gone", async () => {
  await using api = await testApi();
  const created = await api.create(aConfigMap());
  const answer = await api.delete(created);
  expect(answer.body).toMatchObject({ kind: "Status", status: "Success", details: { name: "config", kind: "configmaps", uid: created.metadata.uid } });
  expect(await api.fetch(created)).toBeStatus(404, "NotFound");
  expect(await api.delete(created)).toBeStatus(404, "NotFound");
});

test("a finalizer holds a deleted object until it is taken off", async () => {
  await using api = await testApi();
  const created = await api.create(aConfigMap({ finalizers: ["example.com/hold"] }));
  const deleting = (await api.delete(created)).body;
  expect(deleting.metadata.deletionTimestamp).toBe("2026-01-01T00:00:00Z");
  expect(deleting.metadata.deletionGracePeriodSeconds).toBe(0);
  expect(await api.put({ ...deleting, metadata: { ...deleting.metadata, finalizers: ["example.com/hold", "example.com/more"] } })).toBeStatus(422, "Invalid");
  await api.replace({ ...deleting, metadata: { ...deleting.metadata, finalizers: [] } });
  expect(await api.fetch(created)).toBeStatus(404, "NotFound");
});

test("a namespace lingers until its spec's finalizers are gone, and takes no new content meanwhile", async () => {
  await using api = await testApi();
  const created = await api.create(aNamespace("team"));
  const deleting = (await api.delete(created)).body;
  expect(deleting.status.phase).toBe("Terminating");
  const refused = await api.post(aConfigMap({ namespace: "team" }));
  expect(refused).toBeStatus(403, "Forbidden");
  expect(refused.body.details.causes[0].reason).toBe("NamespaceTerminating");
  expect((await api.put({ ...deleting, spec: {} }, { subresource: "finalize" })).status).toBe(200);
  expect(await api.fetch(created)).toBeStatus(404, "NotFound");
  expect(await api.delete(aNamespace("default"))).toBeStatus(403, "Forbidden");
});
