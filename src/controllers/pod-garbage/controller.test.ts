import { expect, test } from "vitest";
import { aNode, aPod } from "../../../test/harness/builders.ts";
import { testCluster } from "../../../test/harness/test-cluster.ts";
import type { Node } from "../../kinds/types/core-v1.generated.ts";

test("pods of a node that is gone for good are removed after the quarantine, also when the cluster slept meanwhile", async () => {
  await using cluster = await testCluster({ nodes: 2 });
  const pod = cluster.create(aPod({ spec: { nodeName: "node-1" } }));
  const other = cluster.create(aPod({ name: "other", spec: { nodeName: "node-2" } }));
  cluster.settle({ pods: "ready" });
  cluster.disconnect("node-1");
  cluster.delete(aNode({ name: "node-1" }));
  cluster.advance(39_000);
  expect(cluster.get(pod)).toBeDefined();
  cluster.advance(2_000);
  expect(cluster.get(pod)).toBeUndefined();
  expect(cluster.get(other)).toBeDefined();
});

test("a node that is deleted and comes back within the quarantine keeps its pods", async () => {
  await using cluster = await testCluster();
  const pod = cluster.create(aPod({ spec: { nodeName: "node-1" } }));
  cluster.settle({ pods: "ready" });
  cluster.delete(aNode({ name: "node-1" }));
  cluster.advance(30_000);
  cluster.addNode(aNode({ name: "node-1" }));
  cluster.advance(120_000, { pods: "ready" });
  expect(cluster.get(pod)).toBeDefined();
});

test("a pod that was created for a node which never was is removed", async () => {
  await using cluster = await testCluster();
  const pod = cluster.create(aPod({ spec: { nodeName: "nowhere" } }));
  cluster.advance(41_000, { pods: "ready" });
  expect(cluster.get(pod)).toBeUndefined();
});

test("pods that are being deleted on a node out of service are removed at once, others stay", async () => {
  await using cluster = await testCluster();
  const [leaving, staying] = ["leaving", "staying"].map((name) => cluster.create(aPod({ name, spec: { nodeName: "node-1", tolerations: [{ operator: "Exists" }] } })));
  cluster.settle({ pods: "ready" });
  cluster.disconnect("node-1");
  cluster.delete(leaving!);
  cluster.settle();
  expect(cluster.get(leaving!)).toBeDefined();
  cluster.update(cluster.list<Node>("v1", "Node")[0]!, (draft) => { draft.spec!.taints = [{ key: "node.kubernetes.io/out-of-service", value: "nodeshutdown", effect: "NoExecute" }]; });
  cluster.settle();
  expect(cluster.get(leaving!)).toBeUndefined();
  expect(cluster.get(staying!)).toBeDefined();
});
