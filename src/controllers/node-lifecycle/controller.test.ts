import { expect, test } from "vitest";
import { aDeployment, aNode, aPod } from "../../../test/harness/builders.ts";
import { isReady } from "../../../test/harness/looks.ts";
import { testCluster, type TestCluster } from "../../../test/harness/test-cluster.ts";
import type { Node, Pod } from "../../kinds/types/core-v1.generated.ts";
import { nodeLifecycleController } from "./controller.ts";

const node = (cluster: TestCluster, name: string) => cluster.list<Node>("v1", "Node").find((n) => n.metadata.name === name)!;
const ready = (cluster: TestCluster, name: string) => node(cluster, name).status!.conditions!.find((c) => c.type === "Ready")!;
const taints = (cluster: TestCluster, name: string) => (node(cluster, name).spec?.taints ?? []).map(({ key, effect }) => `${key!.replace("node.kubernetes.io/", "")}:${effect}`).sort();
const twoNodes = async () => {
  const cluster = await testCluster({ nodes: 2 });
  const web = cluster.apply(aDeployment({ replicas: 4 }));
  cluster.settle({ pods: "ready" });
  return { cluster, web };
};

test("a new node is tainted until its agent reports it ready", async () => {
  await using cluster = await testCluster({ nodes: 0 });
  const fresh = cluster.create(aNode({ name: "fresh" }));
  cluster.settle();
  expect(taints(cluster, "fresh")).toEqual(["not-ready:NoSchedule"]);
  expect(cluster.events(fresh)).toEqual(["Normal RegisteredNode: Node fresh event: Registered Node fresh in Controller"]);
  cluster.connect("fresh");
  cluster.update(fresh as Node, (draft) => { draft.status!.conditions = [{ type: "Ready", status: "True", reason: "KubeletReady", message: "" }]; }, { subresource: "status" });
  cluster.settle();
  expect(taints(cluster, "fresh")).toEqual([]);
});

test("a node that is heard of within the grace period stays ready, and nothing is written for its heartbeats", async () => {
  const { cluster } = await twoNodes();
  await using _ = cluster;
  cluster.disconnect("node-1");
  cluster.advance(45_000);
  cluster.connect("node-1");
  cluster.settle();
  const { revision } = cluster.api.store;
  cluster.advance(600_000, { pods: "ready" });
  expect(ready(cluster, "node-1").status).toBe("True");
  expect(taints(cluster, "node-1")).toEqual([]);
  expect(cluster.api.store.revision).toBe(revision);
});

test("after the grace period a lost node's conditions are unknown, it is tainted, and its pods are not ready", async () => {
  const { cluster, web } = await twoNodes();
  await using _ = cluster;
  cluster.disconnect("node-1");
  cluster.advance(49_000);
  expect(ready(cluster, "node-1").status).toBe("True");
  cluster.advance(2_000);
  for (const type of ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"]) {
    expect(node(cluster, "node-1").status!.conditions).toContainEqual(expect.objectContaining({ type, status: "Unknown", reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status." }));
  }
  expect(taints(cluster, "node-1")).toEqual(["unreachable:NoExecute", "unreachable:NoSchedule"]);
  expect(cluster.pods(web)).toSatisfyAll((pod: Pod) => isReady(pod) === (pod.spec!.nodeName === "node-2"));
  expect(cluster.events(node(cluster, "node-1"))).toContain("Normal NodeNotReady: Node node-1 status is now: NodeNotReady");
  const lost = cluster.pods(web).find((pod) => pod.spec!.nodeName === "node-1")!;
  expect(cluster.events(lost)).toContain("Warning NodeNotReady: Node is not ready");
  expect(ready(cluster, "node-2").status).toBe("True");
});

test("pods of a lost node are evicted when their tolerations have run out, and run elsewhere", async () => {
  const { cluster, web } = await twoNodes();
  await using _ = cluster;
  const stays = cluster.create(aPod({ name: "stays", spec: { nodeName: "node-1", tolerations: [{ operator: "Exists" }] } }));
  cluster.settle({ pods: "ready" });
  cluster.disconnect("node-1");
  cluster.advance(340_000, { pods: "ready" });
  expect(cluster.pods(web)).toSatisfyAll((pod: Pod) => !pod.metadata.deletionTimestamp);
  cluster.advance(15_000, { pods: "ready" });
  const pods = cluster.pods(web);
  expect(pods.filter(isReady)).toHaveLength(4);
  expect(pods.filter(isReady)).toSatisfyAll((pod: Pod) => pod.spec!.nodeName === "node-2");
  const gone = pods.filter((pod) => pod.spec!.nodeName === "node-1");
  expect(gone).toSatisfyAll((pod: Pod) => pod.metadata.deletionTimestamp !== undefined && pod.status!.conditions!.some((c) => c.type === "DisruptionTarget" && c.reason === "DeletionByTaintManager"));
  expect(cluster.get(stays)!.metadata.deletionTimestamp).toBeUndefined();
  expect(cluster.events(gone[0]!)).toContain(`Normal TaintManagerEviction: Marking for deletion Pod default/${gone[0]!.metadata.name}`);
});

test("a node that comes back in time keeps its pods", async () => {
  const { cluster, web } = await twoNodes();
  await using _ = cluster;
  const before = cluster.pods(web).map((pod) => pod.metadata.uid);
  cluster.disconnect("node-1");
  cluster.advance(200_000, { pods: "ready" });
  cluster.connect("node-1");
  cluster.transact((tx) => cluster.agents.reportReady(tx, "node-1"));
  cluster.advance(600_000, { pods: "ready" });
  expect(taints(cluster, "node-1")).toEqual([]);
  expect(node(cluster, "node-1").metadata.annotations ?? {}).not.toHaveProperty("isopod.dev/agent-away-since");
  expect(cluster.pods(web).map((pod) => pod.metadata.uid)).toEqual(before);
});

test("while no node at all is ready nobody is evicted", async () => {
  const { cluster, web } = await twoNodes();
  await using _ = cluster;
  const before = cluster.pods(web).map((pod) => pod.metadata.uid);
  cluster.disconnect("node-1");
  cluster.disconnect("node-2");
  cluster.advance(3_600_000);
  expect(taints(cluster, "node-1")).toEqual(["unreachable:NoSchedule"]);
  expect(cluster.pods(web).map((pod) => pod.metadata.uid)).toEqual(before);
  expect(cluster.pods(web)).toSatisfyAll((pod: Pod) => !pod.metadata.deletionTimestamp);

  cluster.connect("node-2");
  cluster.transact((tx) => cluster.agents.reportReady(tx, "node-2"));
  cluster.settle();
  expect(taints(cluster, "node-1")).toEqual(["unreachable:NoExecute", "unreachable:NoSchedule"]);
});

test("conditions of pressure and cordoning become taints and go again", async () => {
  await using cluster = await testCluster({ nodes: 1 });
  const set = (status: "True" | "False", unschedulable: boolean) => {
    cluster.update(node(cluster, "node-1"), (draft) => { draft.status!.conditions = draft.status!.conditions!.map((c) => (c.type === "DiskPressure" ? { ...c, status } : c)); }, { subresource: "status" });
    cluster.update(node(cluster, "node-1"), (draft) => { draft.spec = { ...draft.spec, unschedulable }; });
    cluster.settle();
  };
  set("True", true);
  expect(taints(cluster, "node-1")).toEqual(["disk-pressure:NoSchedule", "unschedulable:NoSchedule"]);
  set("False", false);
  expect(taints(cluster, "node-1")).toEqual([]);
});

test("a node that reports itself not ready has its pods marked once, and keeps them for their tolerations", async () => {
  const { cluster, web } = await twoNodes();
  await using _ = cluster;
  cluster.update(node(cluster, "node-1"), (draft) => { draft.status!.conditions = draft.status!.conditions!.map((c) => (c.type === "Ready" ? { ...c, status: "False", reason: "KubeletNotReady" } : c)); }, { subresource: "status" });
  cluster.settle();
  expect(taints(cluster, "node-1")).toEqual(["not-ready:NoExecute", "not-ready:NoSchedule"]);
  expect(cluster.pods(web).filter(isReady)).toSatisfyAll((pod: Pod) => pod.spec!.nodeName === "node-2");
});

test("an agent whose socket stays open but falls silent is lost all the same", async () => {
  const { cluster } = await twoNodes();
  await using _ = cluster;
  const lookAt = (silentMs: number) => cluster.transact((tx) => nodeLifecycleController.reconcile(tx, "node-1", { ...cluster.core.facts, nodeHeartbeatMs: () => cluster.nowMs - silentMs }));
  expect(lookAt(10_000)).toBeUndefined();
  expect(lookAt(30_000)).toEqual({ requeueAfterMs: 20_000 });
  expect(ready(cluster, "node-1").status).toBe("True");
  lookAt(51_000);
  expect(ready(cluster, "node-1").status).toBe("Unknown");
});
