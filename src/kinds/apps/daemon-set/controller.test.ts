import { expect, test } from "vitest";
import { aNode, aPod } from "../../../../test/harness/builders.ts";
import { isReady, runs, setImage } from "../../../../test/harness/looks.ts";
import { testCluster, type TestCluster } from "../../../../test/harness/test-cluster.ts";
import type { KubeObject } from "../../object.ts";
import type { ControllerRevision, DaemonSet } from "../../types/apps-v1.generated.ts";
import type { Node, Pod, PodSpec } from "../../types/core-v1.generated.ts";

const aDaemonSet = ({ image = "agent:1", pod = {}, ...spec }: { image?: string; pod?: Partial<PodSpec> } & Record<string, unknown> = {}): DaemonSet => ({
  apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "agent", namespace: "default" },
  spec: { selector: { matchLabels: { app: "agent" } }, template: { metadata: { labels: { app: "agent" } }, spec: { containers: [{ name: "main", image }], ...pod } }, ...spec },
}) as DaemonSet;
const nodesOf = (cluster: TestCluster, holds: (pod: Pod) => boolean = () => true) => cluster.pods().filter(holds).map((pod) => pod.spec!.nodeName).sort();
const node = (name: string): Node & KubeObject => ({ apiVersion: "v1", kind: "Node", metadata: { name } });
const rolling = (maxUnavailable: number | string, maxSurge: number | string = 0) => ({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable, maxSurge } } });
const taint = (cluster: TestCluster, name: string, effect: string) => cluster.update(node(name), (draft) => { (draft.spec ??= {}).taints = [...(draft.spec.taints ?? []), { key: "dedicated", value: "x", effect }]; });

test("every node gets one pod, bound by the scheduler through affinity and with tolerations for a node's troubles", async () => {
  await using cluster = await testCluster({ nodes: 3 });
  const agent = cluster.apply(aDaemonSet());
  cluster.settle({ pods: "ready" });
  expect(nodesOf(cluster)).toEqual(["node-1", "node-2", "node-3"]);
  const pod = cluster.pods(agent).find((p) => p.spec!.nodeName === "node-2")!;
  expect(pod.spec!.affinity!.nodeAffinity!.requiredDuringSchedulingIgnoredDuringExecution).toEqual({ nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["node-2"] }] }] });
  expect(pod.spec!.tolerations!.map((t) => `${t.key}:${t.effect}`)).toEqual(["not-ready:NoExecute", "unreachable:NoExecute", "disk-pressure:NoSchedule", "memory-pressure:NoSchedule", "pid-pressure:NoSchedule", "unschedulable:NoSchedule"].map((t) => `node.kubernetes.io/${t}`));
  expect(pod.metadata.labels).toMatchObject({ "controller-revision-hash": expect.any(String), "pod-template-generation": "1" });
  expect(cluster.get(agent)!.status).toMatchObject({ observedGeneration: 1, desiredNumberScheduled: 3, currentNumberScheduled: 3, updatedNumberScheduled: 3, numberReady: 3, numberAvailable: 3, numberMisscheduled: 0 });
  expect(cluster.get(agent)!.status).not.toHaveProperty("numberUnavailable");
  expect(cluster.events(agent).filter((text) => text.startsWith("Normal SuccessfulCreate: Created pod: agent-"))).toHaveLength(3);
});

test("nodes come and go, and pods with them", async () => {
  await using cluster = await testCluster({ nodes: 2 });
  const agent = cluster.apply(aDaemonSet());
  cluster.settle({ pods: "ready" });
  cluster.addNode(aNode({ name: "node-9" }));
  cluster.settle({ pods: "ready" });
  expect(nodesOf(cluster)).toEqual(["node-1", "node-2", "node-9"]);
  cluster.delete(node("node-1"));
  cluster.advance(300_000, { pods: "ready" });
  expect(nodesOf(cluster)).toEqual(["node-2", "node-9"]);
  expect(cluster.get(agent)!.status).toMatchObject({ desiredNumberScheduled: 2, numberReady: 2 });
});

test("selectors, affinity and labels decide, also when they change", async () => {
  await using cluster = await testCluster({ nodes: 3 });
  const agent = cluster.apply(aDaemonSet({ pod: { nodeSelector: { color: "green" } } }));
  cluster.settle({ pods: "ready" });
  expect(nodesOf(cluster)).toEqual([]);
  cluster.update(node("node-2"), (draft) => { draft.metadata.labels = { ...draft.metadata.labels, color: "green" }; });
  cluster.settle({ pods: "ready" });
  expect(nodesOf(cluster)).toEqual(["node-2"]);
  cluster.update(agent, (draft) => {
    draft.spec!.template.spec!.nodeSelector = undefined;
    draft.spec!.template.spec!.affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["node-3"] }] }] } } };
  });
  cluster.settle({ pods: "ready" });
  expect(nodesOf(cluster)).toEqual(["node-3"]);
});

test("NoSchedule keeps new pods off and lets old ones be; NoExecute drives them away", async () => {
  await using cluster = await testCluster({ nodes: 2 });
  const agent = cluster.apply(aDaemonSet());
  cluster.settle({ pods: "ready" });
  taint(cluster, "node-1", "NoSchedule");
  cluster.settle({ pods: "ready" });
  expect(nodesOf(cluster)).toEqual(["node-1", "node-2"]);
  expect(cluster.get(agent)!.status).toMatchObject({ desiredNumberScheduled: 1, numberMisscheduled: 1 });
  taint(cluster, "node-1", "NoExecute");
  cluster.settle({ pods: "ready" });
  expect(nodesOf(cluster)).toEqual(["node-2"]);
});

test("a cordoned node keeps its daemon and gets new ones", async () => {
  await using cluster = await testCluster({ nodes: 1 });
  cluster.update(node("node-1"), (draft) => { (draft.spec ??= {}).unschedulable = true; });
  cluster.apply(aDaemonSet());
  cluster.settle({ pods: "ready" });
  expect(nodesOf(cluster)).toEqual(["node-1"]);
});

test.each(Array.from({ length: 16 }, (_, i) => i + 1))("a rolling update keeps to maxUnavailable (seed %i)", async (seed) => {
  await using cluster = await testCluster({ seed, nodes: 5 });
  const [maxUnavailable, floor] = ([[1, 4], [2, 3], ["40%", 3], ["100%", 0]] as const)[seed % 4]!;
  const agent = cluster.apply(aDaemonSet(rolling(maxUnavailable)));
  cluster.settle({ pods: "ready" });
  cluster.update(agent, setImage("agent:2"));
  const seen = cluster.observe((c) => ({ ready: c.pods(agent).filter(isReady).length, all: c.pods(agent).length }), () => cluster.settle({ pods: "ready" }));
  expect(Math.min(...seen.map(({ ready }) => ready))).toBeGreaterThanOrEqual(floor);
  expect(Math.max(...seen.map(({ all }) => all))).toBe(5);
  expect(cluster.pods(agent)).toSatisfyAll(runs("agent:2"));
  expect(cluster.get(agent)!.status).toMatchObject({ updatedNumberScheduled: 5, numberAvailable: 5 });
});

test.each(Array.from({ length: 16 }, (_, i) => i + 1))("with a surge the new pod is ready before the old one goes (seed %i)", async (seed) => {
  await using cluster = await testCluster({ seed, nodes: 4 });
  const maxSurge = seed % 2 ? 1 : "50%";
  const agent = cluster.apply(aDaemonSet(rolling(0, maxSurge)));
  cluster.settle({ pods: "ready" });
  cluster.update(agent, setImage("agent:2"));
  const seen = cluster.observe((c) => {
    const staying = c.pods(agent).filter((pod) => !pod.metadata.deletionTimestamp);
    return { covered: new Set(staying.filter(isReady).map((pod) => pod.spec!.nodeName)).size, all: staying.length };
  }, () => cluster.settle({ pods: "ready" }));
  expect(seen).toSatisfyAll(({ covered }) => covered === 4);
  expect(Math.max(...seen.map(({ all }) => all))).toBeLessThanOrEqual(4 + (seed % 2 ? 1 : 2));
  expect(nodesOf(cluster)).toEqual(["node-1", "node-2", "node-3", "node-4"]);
  expect(cluster.pods(agent)).toSatisfyAll(runs("agent:2"));
});

test("OnDelete waits for somebody to delete pods", async () => {
  await using cluster = await testCluster({ nodes: 2 });
  const agent = cluster.apply(aDaemonSet({ updateStrategy: { type: "OnDelete" } }));
  cluster.settle({ pods: "ready" });
  cluster.update(agent, setImage("agent:2"));
  cluster.settle({ pods: "ready" });
  expect(cluster.pods(agent)).toSatisfyAll(runs("agent:1"));
  cluster.delete(cluster.pods(agent)[0]!);
  cluster.settle({ pods: "ready" });
  expect(cluster.pods(agent).filter(runs("agent:2"))).toHaveLength(1);
  expect(cluster.get(agent)!.status).toMatchObject({ updatedNumberScheduled: 1 });
});

test("revisions are kept for going back, and the template generation counts on", async () => {
  await using cluster = await testCluster({ nodes: 1 });
  const agent = cluster.apply(aDaemonSet({ revisionHistoryLimit: 1 }));
  for (const image of ["agent:1", "agent:2", "agent:1", "agent:3"]) {
    cluster.update(agent, setImage(image));
    cluster.settle({ pods: "ready" });
  }
  const revisions = cluster.list<ControllerRevision>("apps/v1", "ControllerRevision");
  expect(revisions.map((revision) => revision.revision).sort()).toEqual([3, 4]);
  expect(cluster.get(agent)!.metadata.annotations).toEqual({ "deprecated.daemonset.template.generation": "4" });
  expect(cluster.pods(agent)[0]!.metadata.labels).toMatchObject({ "pod-template-generation": "4" });
});

test("failed pods are replaced, though not in a frenzy", async () => {
  await using cluster = await testCluster({ nodes: 1 });
  const agent = cluster.apply(aDaemonSet());
  cluster.settle({ pods: "ready" });
  const [before] = cluster.pods(agent);
  cluster.transact((tx) => cluster.agents.finish(tx, before!, "Failed"));
  cluster.settle({ pods: "ready" });
  expect(cluster.pods(agent)[0]!.metadata.uid).toBe(before!.metadata.uid);
  cluster.advance(10_000, { pods: "ready" });
  expect(cluster.pods(agent)).toHaveLength(1);
  expect(cluster.pods(agent)[0]!.metadata.uid).not.toBe(before!.metadata.uid);
  expect(cluster.events(agent).join()).toContain("Warning FailedDaemonPod: Found failed daemon pod default/");
});

test("an orphan on a node is adopted, and a second pod beside it is not made", async () => {
  await using cluster = await testCluster({ nodes: 1 });
  const orphan = cluster.create(aPod({ name: "orphan", labels: { app: "agent" }, spec: { nodeName: "node-1" } }));
  const agent = cluster.apply(aDaemonSet({ updateStrategy: { type: "OnDelete" } }));
  cluster.settle({ pods: "ready" });
  expect(cluster.pods(agent).map((pod) => pod.metadata.name)).toEqual([orphan.metadata.name]);
});

test("minReadySeconds delays availability", async () => {
  await using cluster = await testCluster({ nodes: 1 });
  const agent = cluster.apply(aDaemonSet({ minReadySeconds: 20 }));
  cluster.settle({ pods: "ready" });
  expect(cluster.get(agent)!.status).toMatchObject({ numberReady: 1, numberUnavailable: 1 });
  cluster.advance(20_000);
  expect(cluster.get(agent)!.status).toMatchObject({ numberAvailable: 1 });
});

test.each<[Record<string, unknown>, string]>([
  [rolling(1, 1), "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero"],
  [rolling(0, 0), "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0"],
  [rolling("101%"), "must not be greater than 100%"],
  [{ updateStrategy: { type: "Sometimes" } }, "spec.updateStrategy: Unsupported value"],
  [{ selector: {} }, "spec.selector: Invalid value: {}: empty selector is invalid for daemonset"],
  [{ pod: { restartPolicy: "Never" } }, "spec.template.spec.restartPolicy: Unsupported value"],
])("refuses %j", async (spec, message) => {
  await using cluster = await testCluster();
  const answer = await cluster.api.post(aDaemonSet(spec));
  expect(answer).toBeStatus(422, "Invalid");
  expect(answer.body.message).toContain(message);
});
