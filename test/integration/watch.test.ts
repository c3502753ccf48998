import { expect, test } from "vitest";
import { aConfigMap } from "../harness/builders.ts";
import { testApi } from "../harness/test-api.ts";

const map = aConfigMap();

test("a watch without a version starts with what is there; with one, after it", async () => {
  await using api = await testApi();
  const first = await api.create(aConfigMap({ name: "a" }));
  const fresh = api.watch(map);
  const any = api.watch(map, { query: { resourceVersion: "0" } });
  const resumed = api.watch(map, { query: { resourceVersion: first.metadata.resourceVersion! } });
  await api.mergePatch(first, { data: { k: "2" } });
  await api.delete(first);
  expect(fresh.summary).toEqual(["ADDED a", "MODIFIED a", "DELETED a"]);
  expect(any.summary).toEqual(fresh.summary);
  expect(resumed.summary).toEqual(["MODIFIED a", "DELETED a"]);
});

test("a deletion carries the last state, at the revision of the deletion", async () => {
  await using api = await testApi();
  const created = await api.create(map);
  const watch = api.watch(map, { query: { resourceVersion: created.metadata.resourceVersion! } });
  await api.delete(created);
  const [event] = watch.events;
  expect(event!.object).toEqual({ ...created, metadata: { ...created.metadata, resourceVersion: `${api.store.revision}` } });
});

test("to a watcher with a selector, an object that changes sides appears and disappears", async () => {
  await using api = await testApi();
  const watch = api.watch(map, { query: { labelSelector: "side=left", resourceVersion: `${api.store.revision}` } });
  const other = api.watch(map, { query: { labelSelector: "side!=left", resourceVersion: `${api.store.revision}` } });
  const created = await api.create(aConfigMap({ name: "a", labels: { side: "left" } }));
  await api.mergePatch(created, { data: { k: "2" } });
  await api.mergePatch(created, { metadata: { labels: { side: "right" } } });
  await api.mergePatch(created, { data: { k: "3" } });
  await api.mergePatch(created, { metadata: { labels: { side: "left" } } });
  await api.delete(created);
  expect(watch.summary).toEqual(["ADDED a", "MODIFIED a", "DELETED a", "ADDED a", "DELETED a"]);
  expect(other.summary).toEqual(["ADDED a", "MODIFIED a", "DELETED a"]);
});

test("a watch of one name sees no other", async () => {
  await using api = await testApi();
  const watch = api.watch(map, { query: { fieldSelector: "metadata.name=a" } });
  await api.create(aConfigMap({ name: "a" }));
  await api.create(aConfigMap({ name: "b" }));
  expect(watch.summary).toEqual(["ADDED a"]);
  expect(watch.plan).toMatchObject({ name: "a", namespace: "default" });
});

test("initial events end with a marked bookmark when they were asked for", async () => {
  await using api = await testApi();
  await api.create(aConfigMap({ name: "a" }));
  const query = { sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan", allowWatchBookmarks: "true" };
  const watch = api.watch(map, { query });
  expect(watch.summary).toEqual(["ADDED a", "BOOKMARK"]);
  expect(watch.events[1]!.object).toEqual({
    kind: "ConfigMap", apiVersion: "v1", metadata: { resourceVersion: `${api.store.revision}`, annotations: { "k8s.io/initial-events-end": "true" } },
  });
  const without = api.watch(map, { query: { ...query, sendInitialEvents: "false", resourceVersion: "0" } });
  expect(without.summary).toEqual([]);
});

test("watch options that do not go together are refused", async () => {
  await using api = await testApi();
  expect(() => api.watch(map, { query: { sendInitialEvents: "true" } })).toThrow("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  expect(() => api.watch(map, { query: { resourceVersionMatch: "NotOlderThan" } })).toThrow("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
  expect(() => api.watch(map, { query: { sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan", resourceVersion: "99999" } })).toThrow("Too large resource version: 99999");
});

test("watchers of the same selection share their encoding, others do not", async () => {
  await using api = await testApi();
  const key = (query = {}) => api.watch(map, { query }).plan.encodingKey;
  expect(key({ labelSelector: "a=b,c" })).toBe(key({ labelSelector: "c,a=b" }));
  expect(new Set([key(), key({ labelSelector: "a=b" }), key({ fieldSelector: "metadata.name!=a" })]).size).toBe(3);
});
