import { expect, test } from "vitest";
import { testFacts } from "../../../../test/harness/facts.ts";
import { START_MS, testApi } from "../../../../test/harness/test-api.ts";

const lease = (spec: object, namespace = "default") => ({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "n1", namespace }, spec });

test("PUT creates, and updates only with a resourceVersion", async () => {
  await using api = await testApi();
  const put = await api.put(lease({ holderIdentity: "a", leaseDurationSeconds: 15 }));
  expect(put.status).toBe(201);
  expect(await api.put(lease({ holderIdentity: "b" }))).toBeStatus(422, "Invalid");
  expect((await api.replace({ ...put.body, spec: { holderIdentity: "b" } })).spec).toEqual({ holderIdentity: "b" });
});

test("the lease of a connected node shows its heartbeat without being written, in get, list and watch", async () => {
  let heartbeat: number | undefined;
  const cluster = { ...testFacts(), nodeHeartbeatMs: (name: string) => (name === "n1" ? heartbeat : undefined) };
  await using api = await testApi({ namespaces: ["kube-node-lease", "default"], host: { cluster } });
  const stored = await api.create(lease({ holderIdentity: "n1", renewTime: "2026-01-01T00:00:00.000000Z" }, "kube-node-lease"));
  await api.create(lease({ renewTime: "2026-01-01T00:00:00.000000Z" }));
  const { revision } = api.store;
  heartbeat = START_MS + 7_123;
  const renewTime = "2026-01-01T00:00:07.123000Z";
  expect((await api.get(stored)).spec).toMatchObject({ renewTime });
  expect((await api.list(stored)).body.items[0].spec).toMatchObject({ renewTime });
  expect((await api.get(lease({}))).spec).toEqual({ renewTime: "2026-01-01T00:00:00.000000Z" });
  heartbeat = START_MS - 1;
  expect((await api.get(stored)).spec).toMatchObject({ renewTime: "2026-01-01T00:00:00.000000Z" });
  expect(api.store.revision).toBe(revision);
});

test.each([
  [{ leaseDurationSeconds: 0 }, "spec.leaseDurationSeconds"], [{ leaseTransitions: -1 }, "spec.leaseTransitions"],
  [{ strategy: "a b" }, "spec.strategy"], [{ preferredHolder: "x" }, "spec.preferredHolder"],
])("a lease with %j is invalid at %s", async (spec, field) => {
  await using api = await testApi();
  expect((await api.post(lease(spec))).body.details.causes.map((c: { field: string }) => c.field)).toEqual([field]);
});
