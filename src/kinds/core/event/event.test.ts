import { describe, expect, test } from "vitest";
import { TestApi } from "../../../../test/harness/test-api.ts";
import type { Event } from "../../types/core-v1.generated.ts";
import { columns } from "./columns.ts";
import { fromCore, toCore } from "./events-v1.ts";
import { validateEvent } from "./validate.ts";

type Loose = Record<string, unknown>;
const anEvent = (fields: Loose = {}): Event => ({
  apiVersion: "v1", kind: "Event", metadata: { name: "e", namespace: "default" },
  involvedObject: { kind: "Pod", name: "p", namespace: "default" }, reason: "Started", message: "It has begun.", type: "Normal", ...fields,
}) as Event;
const newStyle = { eventTime: "2026-01-01T00:00:00.000000Z", reportingComponent: "a.b/c", reportingInstance: "i", action: "Start" };

describe("two groups", () => {
  test("an event of one is an event of the other", async () => {
    await using api = new TestApi();
    await api.create(anEvent({ source: { component: "kubelet" }, count: 2, ...newStyle }));
    const other = (await api.send("GET", "/apis/events.k8s.io/v1/namespaces/default/events/e")).body;
    expect(other).toMatchObject({
      apiVersion: "events.k8s.io/v1", regarding: { name: "p" }, note: "It has begun.", reportingController: "a.b/c",
      deprecatedSource: { component: "kubelet" }, deprecatedCount: 2,
    });
    expect(other).not.toHaveProperty("message");
  });

  test("and back", () => {
    const event = anEvent({ source: { component: "x" }, firstTimestamp: "2026-01-01T00:00:00Z", ...newStyle });
    expect(toCore(fromCore(event))).toEqual(event);
  });

  test("are selected by what they are about", async () => {
    await using api = new TestApi();
    await api.create(anEvent());
    const select = async (fieldSelector: string) => (await api.list(anEvent(), { query: { fieldSelector } })).body.items.length;
    expect(await select("involvedObject.name=p,involvedObject.kind=Pod,type!=Warning")).toBe(1);
    expect(await select("involvedObject.uid=x")).toBe(0);
    expect((await api.send("GET", "/apis/events.k8s.io/v1/namespaces/default/events", { query: { fieldSelector: "regarding.name=p" } })).body.items).toHaveLength(1);
  });
});

test.each<[string, Loose, string[]]>([
  ["good", {}, []],
  ["about another namespace", { involvedObject: { kind: "Pod", name: "p", namespace: "x" } }, ['involvedObject.namespace: Invalid value: "x": does not match event.namespace']],
  ["about a node", { involvedObject: { kind: "Node", name: "n" } }, []],
  ["new style", newStyle, []],
  ["new style without an action", { ...newStyle, action: "" }, ["action: Required value"]],
  ["new style with a long message", { ...newStyle, message: "x".repeat(1025) }, ['message: Invalid value: "": can have at most 1024 characters']],
])("validation: %s", (_name, fields, expected) => {
  expect(validateEvent(anEvent(fields)).map((e) => `${e.field}: ${e.message}`)).toEqual(expected);
});

const NOW = Date.parse("2026-01-01T01:00:00Z");
test.each<[Loose, Loose]>([
  [{ lastTimestamp: "2026-01-01T00:58:00Z", firstTimestamp: "2026-01-01T00:00:00Z", count: 3 }, { "Last Seen": "2m", "First Seen": "60m", Count: 3, Object: "pod/p" }],
  [{ eventTime: "2026-01-01T00:59:00.000000Z", reportingComponent: "sched", reportingInstance: "i" }, { "Last Seen": "60s", Count: 1, Source: "sched, i" }],
  [{ eventTime: "2026-01-01T00:00:00Z", series: { count: 7, lastObservedTime: "2026-01-01T00:59:30Z" } }, { "Last Seen": "30s", Count: 7 }],
])("%j is shown as %j", (fields, expected) => {
  expect(Object.fromEntries(columns.map((column) => [column.name, column.value(anEvent(fields), NOW)]))).toMatchObject(expected);
});
