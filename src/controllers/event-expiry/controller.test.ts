import { expect, test } from "vitest";
import { aPod } from "../../../test/harness/builders.ts";
import { testCluster } from "../../../test/harness/test-cluster.ts";

const MINUTE_MS = 60_000;

test("events go an hour after they were last seen", async () => {
  await using cluster = await testCluster();
  const scheduled = () => cluster.events().filter((event) => event.startsWith("Normal Scheduled"));
  cluster.create(aPod({ name: "first" }));
  cluster.advance(30 * MINUTE_MS, { pods: "ready" });
  cluster.create(aPod({ name: "second" }));
  cluster.settle({ pods: "ready" });
  cluster.advance(29 * MINUTE_MS);
  expect(scheduled()).toHaveLength(2);
  cluster.advance(10 * MINUTE_MS);
  expect(scheduled()).toEqual([expect.stringContaining("default/second")]);
  cluster.advance(31 * MINUTE_MS);
  expect(cluster.events()).toEqual([]);
});

test("hundreds of events that expire together go in rounds", async () => {
  await using cluster = await testCluster({ nodes: 0 });
  for (let i = 0; i < 450; i++) cluster.create({ apiVersion: "v1", kind: "Event", metadata: { name: `e${i}`, namespace: "default" }, involvedObject: { namespace: "default" }, type: "Normal", reason: "Test", lastTimestamp: "2026-01-01T00:00:00Z" });
  const writes = cluster.observe((c) => c.api.store.changes.length, () => cluster.advance(80 * MINUTE_MS));
  expect(cluster.events()).toEqual([]);
  expect(Math.max(...writes)).toBeLessThan(300);
});

test("without events nothing is due", async () => {
  await using cluster = await testCluster({ nodes: 0 });
  cluster.create(aPod());
  cluster.advance(90 * MINUTE_MS);
  cluster.advance(90 * MINUTE_MS);
  expect(cluster.core.queue.entries().filter(({ controller }) => controller === "event-expiry-controller")).toEqual([]);
});
