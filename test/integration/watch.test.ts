import { expect, test } from "vitest";
import { aConfigMap } from "../harness/builders.ts";
import { parsePath } from "../../src/api/path.ts";
import { ADMIN, testApi } from "../harness/test-api.ts";

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
  // As it was last seen there, at the revision of what took it away.
  expect(watch.events[2]!.object).toMatchObject({ metadata: { labels: { side: "left" }, resourceVersion: other.events[0]!.object.metadata.resourceVersion }, data: { k: "2" } });
});

test("the old paths for watches are served: of a collection and of one object", async () => {
  await using api = await testApi();
  const plan = (path: string, query = "") => {
    const parsed = parsePath("GET", path, query);
    if (parsed.type !== "resource") throw new Error(path);
    return api.registry.planWatch(api.store.transaction, { ...parsed, user: ADMIN, userAgent: "test" });
  };
  expect(plan("/api/v1/watch/configmaps")).toMatchObject({ resource: "/configmaps", initialEvents: true });
  expect(plan("/api/v1/watch/namespaces/default/configmaps")).toMatchObject({ namespace: "default" });
  expect(plan("/api/v1/watch/namespaces/default/configmaps/a", "fieldSelector=metadata.name=a")).toMatchObject({ namespace: "default", name: "a" });
  expect(() => plan("/api/v1/watch/namespaces/default/configmaps/a", "fieldSelector=metadata.name=b")).toThrow("fieldSelector metadata.name doesn't match requested name");
});

test("a version that is no number is refused as a field of what is watched", async () => {
  await using api = await testApi();
  expect(() => api.watch(map, { query: { resourceVersion: "abc" } })).toThrow('configmaps "" is invalid: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax');
});

test("initial events end with the marked bookmark for every watch that takes bookmarks", async () => {
  await using api = await testApi();
  await api.create(aConfigMap({ name: "a" }));
  expect(api.watch(map, { query: { allowWatchBookmarks: "true" } }).summary).toEqual(["ADDED a", "BOOKMARK"]);
  expect(api.watch(map, { query: { allowWatchBookmarks: "true", resourceVersion: "0" } }).summary).toEqual(["ADDED a", "BOOKMARK"]);
  expect(api.watch(map).summary).toEqual(["ADDED a"]);
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
