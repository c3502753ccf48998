import { expect, test } from "vitest";
import { aDeployment, aNode, aPod } from "../../test/harness/builders.ts";
import { testCluster, type TestCluster } from "../../test/harness/test-cluster.ts";
import type { KubeObject } from "../kinds/object.ts";
import type { Node, Pod } from "../kinds/types/core-v1.generated.ts";
import { podDemand, resourceAmounts } from "./requests.ts";

const requesting = (name: string, cpu: string, spec: object = {}): KubeObject =>
  aPod({ name, spec: { containers: [{ name: "c", image: "i", resources: { requests: { cpu } } }], ...spec } });
const pod = (cluster: TestCluster, name: string) => cluster.list<Pod>("v1", "Pod").find((p) => p.metadata.name === name)!;
const nodeOf = (cluster: TestCluster, name: string) => pod(cluster, name).spec!.nodeName;
const scheduled = (cluster: TestCluster, name: string) => pod(cluster, name).status!.conditions!.find((c) => c.type === "PodScheduled");
const setLabels = (cluster: TestCluster, name: string, labels: Record<string, string>) =>
  cluster.update(cluster.list<Node>("v1", "Node").find((n) => n.metadata.name === name)!, (draft) => { draft.metadata.labels = { ...draft.metadata.labels, ...labels }; });

test("a pod is bound to a node, which its condition and an event tell", async () => {
  await using cluster = await testCluster();
  const made = cluster.create(aPod());
  cluster.settle();
  expect(nodeOf(cluster, "pod")).toBe("node-1");
  expect(scheduled(cluster, "pod")).toMatchObject({ status: "True" });
  expect(cluster.events(made)).toEqual(["Normal Scheduled: Successfully assigned default/pod to node-1"]);
});

test("a pod that fits nowhere says why, once, and is not polled", async () => {
  await using cluster = await testCluster({ nodes: [aNode({ name: "a", cpu: "1" }), aNode({ name: "b", cpu: "2" })] });
  const big = cluster.create(requesting("big", "4"));
  cluster.settle();
  expect(scheduled(cluster, "big")).toMatchObject({ status: "False", reason: "Unschedulable", message: "0/2 nodes are available: 2 Insufficient cpu." });
  expect(cluster.events(big)).toEqual(["Warning FailedScheduling: 0/2 nodes are available: 2 Insufficient cpu."]);
  setLabels(cluster, "a", { irrelevant: "yes" });
  cluster.settle();
  expect(cluster.events(big)).toHaveLength(1);
  expect(cluster.core.queue.entries().filter(({ controller }) => controller === "scheduler")).toEqual([]);
});

test("pods that come one after another and fit nowhere are asked once more, and then left in peace", async () => {
  await using cluster = await testCluster({ nodes: [aNode({ name: "a", cpu: "1" })] });
  for (let i = 0; i < 5; i++) {
    cluster.create(requesting(`big-${i}`, "4"));
    cluster.advance(300);
  }
  cluster.advance(60_000);
  const { revision } = cluster.api.store;
  cluster.advance(600_000);
  expect(cluster.api.store.revision).toBe(revision);
  expect(cluster.core.queue.entries().filter(({ controller }) => controller === "scheduler")).toEqual([]);
  expect(cluster.pods()).toSatisfyAll((p: Pod) => p.status!.conditions!.some((c) => c.reason === "Unschedulable"));
});

test("without nodes a pod waits, and goes to the first that comes", async () => {
  await using cluster = await testCluster({ nodes: 0 });
  const made = cluster.create(aPod());
  cluster.settle();
  expect(cluster.events(made)).toEqual(["Warning FailedScheduling: no nodes available to schedule pods"]);
  cluster.addNode(aNode({ name: "late" }));
  cluster.settle();
  expect(nodeOf(cluster, "pod")).toBe("late");
  expect(scheduled(cluster, "pod")).toMatchObject({ status: "True" });
});

test("a waiting pod gets the place of one that ends or is gone", async () => {
  await using cluster = await testCluster({ nodes: [aNode({ name: "n", cpu: "1" })] });
  cluster.create(requesting("first", "1"));
  cluster.settle({ pods: "ready" });
  cluster.create(requesting("second", "1"));
  cluster.settle({ pods: "ready" });
  expect(nodeOf(cluster, "second")).toBeUndefined();
  cluster.transact((tx) => cluster.agents.finish(tx, pod(cluster, "first")));
  cluster.settle({ pods: "ready" });
  expect(nodeOf(cluster, "second")).toBe("n");
  cluster.create(requesting("third", "1"));
  cluster.settle({ pods: "ready" });
  cluster.delete(pod(cluster, "second"));
  cluster.settle({ pods: "ready" });
  expect(nodeOf(cluster, "third")).toBe("n");
});

test("of those that wait the higher priority comes first", async () => {
  await using cluster = await testCluster({ nodes: 0 });
  cluster.create(requesting("low", "1"));
  cluster.create(requesting("high", "1", { priorityClassName: "system-cluster-critical" }));
  cluster.settle();
  cluster.addNode(aNode({ name: "n", cpu: "1" }));
  cluster.settle();
  expect(["high", "low"].map((name) => nodeOf(cluster, name))).toEqual(["n", undefined]);
});

test("a label on a node, or uncordoning it, lets a waiting pod in", async () => {
  await using cluster = await testCluster({ nodes: 2 });
  cluster.create(aPod({ spec: { nodeSelector: { disk: "ssd" } } }));
  cluster.update(cluster.list<Node>("v1", "Node")[1]!, (draft) => { draft.spec = { ...draft.spec, unschedulable: true }; });
  cluster.settle();
  expect(scheduled(cluster, "pod")!.message).toMatch(/^0\/2 nodes are available: /);
  setLabels(cluster, "node-2", { disk: "ssd" });
  cluster.settle();
  expect(nodeOf(cluster, "pod")).toBeUndefined();
  cluster.update(cluster.list<Node>("v1", "Node")[1]!, (draft) => { draft.spec!.unschedulable = false; });
  cluster.settle();
  expect(nodeOf(cluster, "pod")).toBe("node-2");
});

test("two pods never share a host port", async () => {
  await using cluster = await testCluster({ nodes: 2 });
  const listening = (name: string, hostIP?: string) => cluster.create(aPod({ name, spec: { containers: [{ name: "c", image: "i", ports: [{ containerPort: 80, hostPort: 8080, ...(hostIP && { hostIP }) }] }] } }));
  for (const name of ["a", "b", "c"]) listening(name);
  cluster.settle();
  const places = ["a", "b", "c"].map((name) => nodeOf(cluster, name));
  expect(places.filter(Boolean).sort()).toEqual(["node-1", "node-2"]);
  const left = ["a", "b", "c"].find((name) => !nodeOf(cluster, name))!;
  expect(scheduled(cluster, left)!.message).toBe("0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports.");
});

test("pods of another scheduler, gated pods and pods on their way out are left alone", async () => {
  await using cluster = await testCluster();
  cluster.create(aPod({ name: "theirs", spec: { schedulerName: "other" } }));
  const gated = cluster.create(aPod({ name: "gated", spec: { schedulingGates: [{ name: "example.com/wait" }] } }));
  cluster.settle();
  expect(["theirs", "gated"].map((name) => nodeOf(cluster, name))).toEqual([undefined, undefined]);
  expect(scheduled(cluster, "gated")).toMatchObject({ status: "False", reason: "SchedulingGated" });
  expect(cluster.events(gated)).toEqual([]);
  cluster.update(gated as Pod, (draft) => { draft.spec!.schedulingGates = []; });
  cluster.settle();
  expect(nodeOf(cluster, "gated")).toBe("node-1");
});

test("replicas spread over the nodes", async () => {
  await using cluster = await testCluster({ nodes: 4 });
  const web = cluster.apply(aDeployment({ replicas: 12 }));
  cluster.settle({ pods: "ready" });
  const counts = cluster.list<Node>("v1", "Node").map((node) => cluster.pods(web).filter((p) => p.spec!.nodeName === node.metadata.name).length);
  expect(counts).toEqual([3, 3, 3, 3]);
});

test("a pod that a client bound by itself counts at once", async () => {
  await using cluster = await testCluster({ nodes: [aNode({ name: "n", cpu: "1" })] });
  cluster.settle();
  cluster.create(requesting("bound", "1", { nodeName: "n" }));
  cluster.create(requesting("late", "1"));
  cluster.settle();
  expect(nodeOf(cluster, "late")).toBeUndefined();
});

test("what a failed transaction did to the picture does not last", async () => {
  await using cluster = await testCluster({ nodes: [aNode({ name: "n", cpu: "1" })] });
  cluster.create(requesting("first", "1"));
  cluster.settle();
  const Failure = class extends Error {};
  expect(() => cluster.transact((tx) => { tx.delete(cluster.api.kind("v1", "Pod"), "default", "first", { gracePeriodSeconds: 0 }); throw new Failure(); })).toThrow(Failure);
  cluster.api.clock.nowMs += 1000;
  cluster.create(requesting("second", "1"));
  cluster.settle();
  expect([nodeOf(cluster, "first"), nodeOf(cluster, "second")]).toEqual(["n", undefined]);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])("nothing is ever overcommitted, whatever comes and goes (seed %i)", async (seed) => {
  await using cluster = await testCluster({ seed, nodes: [aNode({ name: "a", cpu: "4", pods: "6" }), aNode({ name: "b", cpu: "2", pods: "10" })] });
  const pick = (below: number) => Math.floor(cluster.api.random.next() * below);
  const overcommitted = () => cluster.list<Node>("v1", "Node").filter((node) => {
    const allocatable = resourceAmounts(node.status!.allocatable as Record<string, string>);
    const here = cluster.pods().filter((p) => p.spec!.nodeName === node.metadata.name && p.status!.phase !== "Succeeded");
    return ["cpu", "memory", "pods"].some((resource) => here.reduce((sum, p) => sum + (podDemand(p).requests.get(resource) ?? 0), 0) > allocatable.get(resource)!);
  });
  for (let step = 0; step < 60; step++) {
    const pods = cluster.pods();
    const action = pick(10);
    if (action < 6) cluster.create(requesting(`p${step}`, `${100 * (1 + pick(12))}m`));
    else if (action < 8 && pods.length > 0) cluster.delete(pods[pick(pods.length)]!);
    else if (action < 9 && pods.some((p) => p.status!.phase === "Running")) cluster.transact((tx) => cluster.agents.finish(tx, pods.find((p) => p.status!.phase === "Running")!));
    else if (step === 30) cluster.addNode(aNode({ name: "c", cpu: "1", pods: "3" }));
    cluster.api.clock.nowMs += pick(2) * 1000;
    cluster.settle({ pods: pick(2) === 0 ? "ready" : undefined });
    expect(overcommitted().map((node) => node.metadata.name)).toEqual([]);
  }
  const waiting = cluster.pods().filter((p) => !p.spec!.nodeName);
  expect(waiting).toSatisfyAll((p: Pod) => p.status!.conditions!.some((c) => c.reason === "Unschedulable"));
});
