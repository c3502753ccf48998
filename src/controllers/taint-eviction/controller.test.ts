import { expect, test } from "vitest";
import { aPod } from "../../../test/harness/builders.ts";
import { testCluster, type TestCluster } from "../../../test/harness/test-cluster.ts";
import type { Node, Taint, Toleration } from "../../kinds/types/core-v1.generated.ts";

const setTaints = (cluster: TestCluster, taints: Taint[]) => {
  cluster.update(cluster.list<Node>("v1", "Node")[0]!, (draft) => { draft.spec = { ...draft.spec, taints }; });
};
const EVICT: Taint = { key: "drain", value: "now", effect: "NoExecute" };
const run = (cluster: TestCluster, name: string, tolerations?: Toleration[]) => {
  const pod = cluster.create(aPod({ name, spec: { nodeName: "node-1", ...(tolerations && { tolerations }) } }));
  cluster.settle({ pods: "ready" });
  return pod;
};
const names = (cluster: TestCluster) => cluster.pods().map((pod) => pod.metadata.name);

test("a NoExecute taint drives away at once who does not tolerate it, others only when their time is up", async () => {
  await using cluster = await testCluster();
  run(cluster, "none");
  run(cluster, "a-minute", [{ key: "drain", operator: "Exists", effect: "NoExecute", tolerationSeconds: 60 }]);
  run(cluster, "two-limits", [{ key: "drain", operator: "Exists" }, { key: "drain", operator: "Equal", value: "now", effect: "NoExecute", tolerationSeconds: 30 }]);
  run(cluster, "for-good", [{ key: "drain", operator: "Exists" }]);
  setTaints(cluster, [EVICT]);
  cluster.settle({ pods: "ready" });
  expect(names(cluster)).toEqual(["a-minute", "for-good", "two-limits"]);
  cluster.advance(31_000, { pods: "ready" });
  expect(names(cluster)).toEqual(["a-minute", "for-good"]);
  cluster.advance(31_000, { pods: "ready" });
  expect(names(cluster)).toEqual(["for-good"]);
});

test("taking the taint away in time cancels the eviction", async () => {
  await using cluster = await testCluster();
  run(cluster, "pod", [{ key: "drain", operator: "Exists", effect: "NoExecute", tolerationSeconds: 60 }]);
  setTaints(cluster, [EVICT]);
  cluster.advance(40_000, { pods: "ready" });
  setTaints(cluster, []);
  cluster.advance(600_000, { pods: "ready" });
  expect(names(cluster)).toEqual(["pod"]);
});

test("a pod that comes to a tainted node has its whole toleration before it", async () => {
  await using cluster = await testCluster();
  setTaints(cluster, [EVICT]);
  cluster.advance(3_600_000);
  cluster.create(aPod({ name: "late", spec: { tolerations: [{ key: "drain", operator: "Exists", effect: "NoExecute", tolerationSeconds: 60 }] } }));
  cluster.advance(50_000, { pods: "ready" });
  expect(names(cluster)).toEqual(["late"]);
  cluster.advance(20_000, { pods: "ready" });
  expect(names(cluster)).toEqual([]);
});

test("a NoSchedule taint drives nobody away", async () => {
  await using cluster = await testCluster();
  run(cluster, "pod");
  setTaints(cluster, [{ ...EVICT, effect: "NoSchedule" }]);
  cluster.advance(600_000, { pods: "ready" });
  expect(names(cluster)).toEqual(["pod"]);
});
