import { expect, test } from "vitest";
import { aDeployment, aNode, aPod } from "../../../../test/harness/builders.ts";
import { isReady, scaleTo } from "../../../../test/harness/looks.ts";
import { testCluster } from "../../../../test/harness/test-cluster.ts";
import { deletionOrder } from "./deletion-order.ts";
import type { KubeObject, ObjectMeta } from "../../object.ts";
import type { ReplicaSet } from "../../types/apps-v1.generated.ts";
import type { Pod } from "../../types/core-v1.generated.ts";

function aReplicaSet({ replicas = 1, spec = {}, ...more }: Partial<ObjectMeta> & { replicas?: number; spec?: object } = {}): ReplicaSet {
  const made = aDeployment({ name: "rs", ...more }) as KubeObject & { spec: { selector: object; template: object } };
  return { ...made, kind: "ReplicaSet", spec: { replicas, selector: made.spec.selector, template: made.spec.template, ...spec } } as unknown as ReplicaSet;
}

test("a set has as many pods as it wants, made from its template and owned by it", async () => {
  await using cluster = await testCluster();
  const set = cluster.apply(aReplicaSet({ replicas: 3 }));
  cluster.settle({ pods: "ready" });
  const pods = cluster.pods(set);
  expect(pods).toHaveLength(3);
  expect(pods).toSatisfyAll((pod: Pod) => /^rs-[a-z0-9]{5}$/.test(pod.metadata.name!) && pod.metadata.generateName === "rs-" && pod.metadata.labels!.app === "rs");
  expect(pods[0]!.metadata.ownerReferences).toEqual([{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "rs", uid: set.metadata.uid, controller: true, blockOwnerDeletion: true }]);
  expect(cluster.get(set)!.status).toEqual({ replicas: 3, fullyLabeledReplicas: 3, readyReplicas: 3, availableReplicas: 3, terminatingReplicas: 0, observedGeneration: 1 });
  expect(cluster.events(set).sort()).toEqual(pods.map((pod) => `Normal SuccessfulCreate: Created pod: ${pod.metadata.name}`).sort());
});

test("a pod that is deleted is replaced at once, and counts as terminating until its agent is done", async () => {
  await using cluster = await testCluster();
  const set = cluster.apply(aReplicaSet({ replicas: 2 }));
  cluster.settle({ pods: "ready" });
  cluster.delete(cluster.pods(set)[0]!);
  cluster.settle();
  expect(cluster.get(set)!.status).toMatchObject({ replicas: 2, readyReplicas: 1, terminatingReplicas: 1 });
  cluster.settle({ pods: "ready" });
  expect(cluster.get(set)!.status).toMatchObject({ replicas: 2, readyReplicas: 2, terminatingReplicas: 0 });
});

test("a pod that is over is replaced and stays to be looked at", async () => {
  await using cluster = await testCluster();
  const set = cluster.apply(aReplicaSet({ replicas: 1 }));
  cluster.settle({ pods: "ready" });
  cluster.transact((tx) => cluster.agents.finish(tx, cluster.pods(set)[0]!, "Failed"));
  cluster.settle({ pods: "ready" });
  expect(cluster.pods(set).map((pod) => pod.status!.phase).sort()).toEqual(["Failed", "Running"]);
  expect(cluster.get(set)!.status).toMatchObject({ replicas: 1 });
});

test("a smaller set first gives up pods that are not ready", async () => {
  await using cluster = await testCluster();
  const set = cluster.apply(aReplicaSet({ replicas: 2 }));
  cluster.settle({ pods: "ready" });
  const before = cluster.pods(set).map((pod) => pod.metadata.uid);
  cluster.update(set, scaleTo(4));
  cluster.settle();
  cluster.update(set, scaleTo(2));
  cluster.settle({ pods: "ready" });
  expect(cluster.pods(set).map((pod) => pod.metadata.uid)).toEqual(before);
});

test("pods are given up in upstream's order", () => {
  const now = Date.parse("2026-01-02T00:00:00Z");
  const pod = (name: string, { node = "n1", phase = "Running", readySince = "2026-01-01T00:00:00Z", created = "2026-01-01T00:00:00Z", restarts = 0, cost = undefined as string | undefined } = {}): Pod => ({
    apiVersion: "v1", kind: "Pod",
    metadata: { name, uid: name, creationTimestamp: created, ...(cost !== undefined && { annotations: { "controller.kubernetes.io/pod-deletion-cost": cost } }) },
    spec: { nodeName: node, containers: [] },
    status: {
      phase: phase as "Running",
      ...(readySince && { conditions: [{ type: "Ready", status: "True", lastTransitionTime: readySince }] }),
      containerStatuses: [{ name: "c", restartCount: restarts, image: "", imageID: "", ready: true }],
    },
  });
  const pods = [
    pod("old"), pod("young", { created: "2026-01-01T23:59:00Z" }), pod("restarted", { restarts: 4 }), pod("lately-ready", { readySince: "2026-01-01T23:59:00Z" }),
    pod("crowded", { node: "n2" }), pod("cheap", { cost: "-5" }), pod("unready", { readySince: "" }), pod("pending", { phase: "Pending" }), pod("unplaced", { node: "" }),
  ];
  const related = [...pods, ...Array.from({ length: 20 }, (_, i) => pod(`other-${i}`, { node: "n2" }))];
  expect(deletionOrder(pods, related, now).map((p) => p.metadata.name)).toEqual(["unplaced", "pending", "unready", "cheap", "crowded", "lately-ready", "restarted", "young", "old"]);
});

test("2,000 pods come in rounds and all get a place", async () => {
  await using cluster = await testCluster({ nodes: [aNode({ name: "big", cpu: "1000", memory: "1000Gi", pods: "3000" })] });
  const set = cluster.apply(aReplicaSet({ replicas: 2000 }));
  const steps = cluster.observe((c) => c.api.store.changes.length, () => cluster.settle());
  expect(cluster.pods(set)).toHaveLength(2000);
  expect(cluster.pods(set)).toSatisfyAll((pod: Pod) => pod.spec!.nodeName === "big");
  expect(Math.max(...steps)).toBeLessThan(300);
});

test("a very big set is not looked through at every pod's change, and is right a moment later", async () => {
  await using cluster = await testCluster({ nodes: [aNode({ name: "big", cpu: "1000", memory: "1000Gi", pods: "3000" })] });
  const set = cluster.apply(aReplicaSet({ replicas: 600 }));
  cluster.settle();
  const statuses = new Set(cluster.observe((c) => Number(c.get(set)!.metadata.resourceVersion), () => {
    for (const pod of cluster.pods(set)) {
      cluster.transact((tx) => cluster.agents.act(tx, pod));
      cluster.advance(1);
    }
  }));
  expect(statuses.size).toBeLessThan(15);
  cluster.advance(100);
  expect(cluster.get(set)!.status).toMatchObject({ replicas: 600, readyReplicas: 600 });
}, 60_000);

test("a refused create is told in an event and a condition, which goes when it works again", async () => {
  await using cluster = await testCluster();
  const set = cluster.apply(aReplicaSet({ replicas: 1, spec: { template: { metadata: { labels: { app: "rs" } }, spec: { serviceAccountName: "missing", containers: [{ name: "c", image: "i" }] } } } }));
  cluster.settle();
  expect(cluster.pods(set)).toEqual([]);
  expect(cluster.events(set)).toEqual([expect.stringMatching(/^Warning FailedCreate: Error creating: pods "rs-" is forbidden: error looking up service account default\/missing/)]);
  expect(cluster.get(set)!.status!.conditions).toMatchObject([{ type: "ReplicaFailure", status: "True", reason: "FailedCreate" }]);

  cluster.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "missing", namespace: "default" } });
  cluster.advance(20_000, { pods: "ready" });
  expect(cluster.pods(set)).toHaveLength(1);
  expect(cluster.get(set)!.status!.conditions).toBeUndefined();
});

test("a ready pod is available only after minReadySeconds", async () => {
  await using cluster = await testCluster();
  const set = cluster.apply(aReplicaSet({ replicas: 1, spec: { minReadySeconds: 30 } }));
  cluster.settle({ pods: "ready" });
  expect(cluster.get(set)!.status).toMatchObject({ readyReplicas: 1 });
  expect(cluster.get(set)!.status).not.toHaveProperty("availableReplicas");
  cluster.advance(29_000);
  expect(cluster.get(set)!.status).not.toHaveProperty("availableReplicas");
  cluster.advance(2_000);
  expect(cluster.get(set)!.status).toMatchObject({ readyReplicas: 1, availableReplicas: 1 });
});

test("a matching pod without an owner is adopted, and one that no longer matches is released and replaced", async () => {
  await using cluster = await testCluster();
  const orphan = cluster.create(aPod({ name: "mine", labels: { app: "rs" } }));
  cluster.settle({ pods: "ready" });
  const set = cluster.apply(aReplicaSet({ replicas: 1 }));
  cluster.settle({ pods: "ready" });
  expect(cluster.pods(set).map((pod) => pod.metadata.name)).toEqual(["mine"]);

  cluster.update(orphan, (draft) => { draft.metadata.labels = { app: "debugged" }; });
  cluster.settle({ pods: "ready" });
  expect(cluster.get(orphan)!.metadata.ownerReferences ?? []).toEqual([]);
  expect(cluster.pods(set)).toHaveLength(1);
  expect(cluster.pods(set)[0]!.metadata.name).not.toBe("mine");
  expect(cluster.pods(set)).toSatisfyAll(isReady);
});

test("a pod of another controller is never adopted", async () => {
  await using cluster = await testCluster();
  const other = cluster.apply(aReplicaSet({ name: "other", replicas: 1, spec: { selector: { matchLabels: { app: "rs" } }, template: aReplicaSet().spec!.template } }));
  cluster.settle({ pods: "ready" });
  const set = cluster.apply(aReplicaSet({ replicas: 1 }));
  cluster.settle({ pods: "ready" });
  expect(cluster.pods(other)).toHaveLength(1);
  expect(cluster.pods(set)).toHaveLength(1);
});

test("a set that is being deleted makes no pods", async () => {
  await using cluster = await testCluster();
  const set = cluster.apply(aReplicaSet({ replicas: 2, finalizers: ["example.com/hold"] }));
  cluster.settle({ pods: "ready" });
  cluster.delete(set);
  cluster.delete(cluster.pods(set)[0]!);
  cluster.settle({ pods: "ready" });
  expect(cluster.pods(set)).toHaveLength(1);
});
