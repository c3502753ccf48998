import { expect, test } from "vitest";
import { configMap } from "../../src/kinds/core/config-map/kind.ts";
import { pod } from "../../src/kinds/core/pod/kind.ts";
import type { KubeObject } from "../../src/kinds/object.ts";
import type { Transaction } from "../../src/kinds/transaction.ts";
import { selectorFromLabels } from "../../src/kinds/values/label-selector.ts";
import { aConfigMap, aNode, aPod } from "../harness/builders.ts";
import { testApi, type TestApi } from "../harness/test-api.ts";

async function withAccount(): Promise<TestApi> {
  const api = await testApi();
  await api.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } } as KubeObject);
  return api;
}

const eventsOf = (tx: Transaction) => tx.list(tx.kindFor("", "events")!) as any[];

test("an update that changes nothing writes nothing, whatever order its keys have", async () => {
  await using api = await testApi();
  const created = await api.create(aConfigMap({ data: { a: "1", b: "2" } }));
  const before = api.store.revision;
  const same = api.transact((tx) => tx.update(configMap, "default", "config", (draft) => { draft.data = { b: "2", a: "1" }; }));
  expect(same).toEqual(created);
  expect(api.store.revision).toBe(before);
  expect(api.transact((tx) => tx.update(configMap, "default", "ghost", () => undefined))).toBeUndefined();
});

test("what fails inside a transaction undoes all of it, and the revisions are used again", async () => {
  await using api = await testApi();
  const before = api.store.revision;
  expect(() => api.transact((tx) => {
    tx.create(configMap, aConfigMap({ name: "first" }));
    tx.create(configMap, aConfigMap({ name: "second", namespace: "nowhere" }));
  })).toThrow('namespaces "nowhere" not found');
  expect(api.store.revision).toBe(before);
  expect(await api.fetch(aConfigMap({ name: "first" }))).toBeStatus(404);
  const other = api.transact((tx) => tx.create(configMap, aConfigMap({ name: "other" })));
  expect(other.metadata.resourceVersion).toBe(`${before + 1}`);
  expect((await api.get(aConfigMap({ name: "other" }))).metadata.name).toBe("other");
});

test("objects are found by owner, by label and by index", async () => {
  await using api = await withAccount();
  const owner = await api.create(aConfigMap({ name: "owner" }));
  const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: owner.metadata.uid! }];
  await api.create(aConfigMap({ name: "owned", ownerReferences, labels: { a: "b" } }));
  await api.create(aPod({ name: "placed", ownerReferences, spec: { nodeName: "n1" } }));
  api.transact((tx) => {
    const names = (objects: KubeObject[]) => objects.map((o) => o.metadata.name).sort();
    expect(names(tx.ownedBy(owner.metadata.uid!))).toEqual(["owned", "placed"]);
    expect(names(tx.ownedBy(owner.metadata.uid!, pod))).toEqual(["placed"]);
    expect(names(tx.list(configMap, { labels: selectorFromLabels({ a: "b" }) }))).toEqual(["owned"]);
    expect(names(tx.list(pod, { field: { path: "spec.nodeName", value: "n1" } }))).toEqual(["placed"]);
    expect(() => tx.list(pod, { field: { path: "spec.unknown", value: "x" } })).toThrow("no index");
    expect(tx.count(configMap)).toBe(2);
  });
});

test("readers cannot change what they read, and writers get copies", async () => {
  await using api = await testApi();
  await api.create(aConfigMap());
  api.transact((tx) => {
    const read = tx.get(configMap, "default", "config")!;
    expect(() => { read.data = {}; }).toThrow(TypeError);
    const labels = { shared: "x" };
    tx.create(configMap, { metadata: { name: "copy", namespace: "default", labels } });
    labels.shared = "changed";
    expect(tx.get(configMap, "default", "copy")!.metadata.labels).toEqual({ shared: "x" });
  });
});

test("repeated events are counted on one object, in the namespace of what they are about", async () => {
  await using api = await testApi();
  const about = await api.create(aConfigMap());
  const tell = (message: string) => api.transact((tx) => tx.event(about, { type: "Normal", reason: "Told", message, source: "tester" }));
  tell("once");
  api.clock.nowMs += 5000;
  tell("once");
  tell("other");
  api.transact((tx) => {
    const events = eventsOf(tx).sort((a, b) => b.count - a.count);
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({
      metadata: { namespace: "default", name: expect.stringMatching(/^config\.[0-9a-f]+$/) }, message: "once", count: 2,
      firstTimestamp: "2026-01-01T00:00:00Z", lastTimestamp: "2026-01-01T00:00:05Z", involvedObject: { kind: "ConfigMap", uid: about.metadata.uid },
    });
  });
});

test("events of cluster-scoped objects are in default, and a flood is cut off", async () => {
  await using api = await testApi();
  const node = await api.create(aNode());
  for (let i = 0; i < 60; i++) api.transact((tx) => tx.event(node, { type: "Warning", reason: "Told", message: `number ${i}`, source: "tester" }));
  api.transact((tx) => {
    expect(eventsOf(tx)).toHaveLength(25);
    expect(eventsOf(tx)[0].metadata.namespace).toBe("default");
  });
  api.clock.nowMs += 600_000;
  for (let i = 60; i < 70; i++) api.transact((tx) => tx.event(node, { type: "Warning", reason: "Told", message: `number ${i}`, source: "tester" }));
  api.transact((tx) => expect(eventsOf(tx)).toHaveLength(27));
});

test("an event in a namespace that is going away is dropped and breaks nothing", async () => {
  await using api = await testApi({ namespaces: ["default", "team"] });
  const about = await api.create(aConfigMap({ namespace: "team" }));
  await api.delete({ apiVersion: "v1", kind: "Namespace", metadata: { name: "team" } });
  api.transact((tx) => tx.event(about, { type: "Normal", reason: "Told", message: "late", source: "tester" }));
  api.transact((tx) => expect(eventsOf(tx)).toEqual([]));
});
