import { expect, test } from "vitest";
import { aBinding, aNode, aPod } from "../../../../test/harness/builders.ts";
import { accepted, testApi } from "../../../../test/harness/test-api.ts";

const path = "/api/v1/namespaces/default/bindings";

test("a binding without a path of its own places the pod that it names, once", async () => {
  await using api = await testApi();
  await api.create(aNode({ name: "node-1" }));
  await api.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "default" } });
  const pod = await api.create(aPod());
  const dry = await api.send("POST", path, { body: aBinding(pod, "node-1"), query: "dryRun=All" });
  expect(dry.status).toBe(201);
  expect(await api.get(pod)).toEqual(pod);
  expect(accepted(await api.send("POST", path, { body: aBinding(pod, "node-1") }))).toMatchObject({ kind: "Status", status: "Success", code: 201 });
  expect((await api.get(pod) as any).spec.nodeName).toBe("node-1");
  expect(await api.send("POST", path, { body: aBinding(pod, "node-2") })).toBeStatus(409, "Conflict");
});

test("a binding of a pod that is not there, or of none, is refused", async () => {
  await using api = await testApi();
  expect(await api.send("POST", path, { body: aBinding(aPod(), "node-1") })).toBeStatus(404, "NotFound");
  expect(await api.send("POST", path, { body: { apiVersion: "v1", kind: "Binding", metadata: {}, target: { name: "node-1" } } })).toBeStatus(400, "BadRequest");
});
