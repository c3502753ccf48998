import { expect, test } from "vitest";
import type { KubeObject } from "../../src/kinds/object.ts";
import { accepted, testApi } from "../harness/test-api.ts";

const note = {
  apiVersion: "events.k8s.io/v1", kind: "Event", metadata: { name: "e", namespace: "default" }, eventTime: "2026-01-01T00:00:00.000000Z",
  action: "Telling", reason: "Told", note: "something", type: "Normal", reportingController: "example.com/teller", reportingInstance: "teller-1",
  regarding: { kind: "Pod", namespace: "default", name: "p" },
} as unknown as KubeObject;

test("an event is one object under both of its groups, each in its own form", async () => {
  await using api = await testApi();
  const created = await api.create(note);
  expect(created).toMatchObject({ apiVersion: "events.k8s.io/v1", note: "something", regarding: { name: "p" } });
  const core = (await api.send("GET", "/api/v1/namespaces/default/events/e")).body;
  expect(core).toMatchObject({ apiVersion: "v1", message: "something", involvedObject: { name: "p" }, metadata: { uid: created.metadata.uid, resourceVersion: created.metadata.resourceVersion } });
  const list = (await api.send("GET", "/apis/events.k8s.io/v1/events")).body;
  expect(list).toMatchObject({ kind: "EventList", apiVersion: "events.k8s.io/v1", items: [created] });
  const watch = api.watch(note, { query: { fieldSelector: "regarding.name=p" } });
  accepted(await api.send("PATCH", "/api/v1/namespaces/default/events/e", { patchType: "application/merge-patch+json", body: { message: "more" } }));
  expect(watch.events.map(({ type, object }) => [type, object.apiVersion, object.note])).toEqual([["ADDED", "events.k8s.io/v1", "something"], ["MODIFIED", "events.k8s.io/v1", "more"]]);
});

test("by events.k8s.io an event is of the new form, and only its series changes", async () => {
  await using api = await testApi();
  const refused = async (fields: object) => (await api.post({ ...note, ...fields } as KubeObject)).body.message as string;
  expect(await refused({ eventTime: undefined })).toContain("eventTime: Required value");
  expect(await refused({ type: "Odd" })).toContain('type: Invalid value: "": has invalid value: Odd');
  expect(await refused({ deprecatedCount: 2 })).toContain('count: Invalid value: "": needs to be unset');
  expect(await refused({ reportingController: "" })).toContain("reportingController: Required value");
  const created = await api.create(note);
  const refusedChange = async (change: object) => (await api.mergePatch(created, change)).body.message as string;
  expect(await refusedChange({ note: "else" })).toContain('message: Invalid value: "else": field is immutable');
  expect(await refusedChange({ series: { count: 1, lastObservedTime: "2026-01-01T00:00:01.000000Z" } })).toContain('series.count: Invalid value: "": should be at least 2');
  expect(accepted(await api.mergePatch(created, { series: { count: 2, lastObservedTime: "2026-01-01T00:00:01.000000Z" } })).series).toMatchObject({ count: 2 });
});
