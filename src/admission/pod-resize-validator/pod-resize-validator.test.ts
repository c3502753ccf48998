import { expect, test } from "vitest";
import { aNode, aPod } from "../../../test/harness/builders.ts";
import { testApi } from "../../../test/harness/test-api.ts";
import type { KubeObject } from "../../kinds/object.ts";

const sized = (requests: Record<string, string>) => ({ containers: [{ name: "c", image: "i", resources: { requests } }] });

/** A pod of one CPU on a node. */
async function placed(node: KubeObject | undefined, spec: object = {}) {
  const api = await testApi();
  await api.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } });
  if (node) await api.create(node);
  const pod = await api.create({ ...aPod(), spec: { ...sized({ cpu: "1", memory: "1Gi" }), ...(node && { nodeName: node.metadata.name! }), ...spec } } as KubeObject);
  return { api, resize: (requests: Record<string, string>) => api.strategicPatch(pod, { spec: sized(requests) }, { subresource: "resize" }) };
}

test("a pod cannot come to want more than its node has", async () => {
  const { api, resize } = await placed(aNode({ cpu: "4", memory: "8Gi" }));
  await using _ = api;
  expect((await resize({ cpu: "4", memory: "8Gi" })).status).toBe(200);
  const refused = await resize({ cpu: "4001m", memory: "9Gi" });
  expect(refused).toBeStatus(403, "Forbidden");
  expect(refused.body).toMatchObject({
    message: `pods "${refused.body.details.name}" is forbidden: Node didn't have enough allocatable resources: cpu, requested: 4001, allocatable: 4000; memory, requested: 9663676416, allocatable: 8589934592`,
    details: { kind: "pods", causes: [{ reason: "NodeCapacity" }] },
  });
});

test("only Linux resizes; without a node nobody can say", async () => {
  const windows = await placed(aNode({ labels: { "kubernetes.io/os": "windows" } }));
  await using _ = windows.api;
  const refused = await windows.resize({ cpu: "2", memory: "1Gi" });
  expect(refused.body.message).toContain('pod resize is only supported on linux nodes, node "node-1" is "windows"');
  expect(refused.body.details.causes).toEqual([{ reason: "UnsupportedPlatform" }]);
  expect((await windows.resize({ cpu: "1", memory: "1Gi" })).status).toBe(200);
  const pending = await placed(undefined);
  await using _pending = pending.api;
  expect((await pending.resize({ cpu: "1000", memory: "1Gi" })).status).toBe(200);
});
