import { expect, test } from "vitest";
import { aPod } from "../../../../test/harness/builders.ts";
import { isReady, runs, scaleTo, setImage } from "../../../../test/harness/looks.ts";
import { testCluster, type TestCluster } from "../../../../test/harness/test-cluster.ts";
import type { KubeObject } from "../../object.ts";
import type { ControllerRevision, StatefulSet } from "../../types/apps-v1.generated.ts";
import type { PersistentVolumeClaim, Pod } from "../../types/core-v1.generated.ts";

const aStatefulSet = ({ image = "db:1", ...spec }: { image?: string } & Record<string, unknown> = {}): StatefulSet => ({
  apiVersion: "apps/v1", kind: "StatefulSet", metadata: { name: "db", namespace: "default" },
  spec: { replicas: 3, serviceName: "db", selector: { matchLabels: { app: "db" } }, template: { metadata: { labels: { app: "db" } }, spec: { containers: [{ name: "main", image }] } }, ...spec },
}) as StatefulSet;
const names = (cluster: TestCluster, holds: (pod: Pod) => boolean = () => true) => cluster.pods().filter(holds).map((pod) => pod.metadata.name!).sort();
const images = (cluster: TestCluster) => Object.fromEntries(cluster.pods().map((pod) => [pod.metadata.name, pod.spec!.containers[0]!.image]));
const revisions = (cluster: TestCluster) => cluster.list<ControllerRevision>("apps/v1", "ControllerRevision");
const podOf = (cluster: TestCluster, name: string) => cluster.get(aPod({ name }) as Pod)!;
const partition = (n: number) => (draft: StatefulSet) => { draft.spec!.updateStrategy = { type: "RollingUpdate", rollingUpdate: { partition: n } }; };
/** Hollow agents leave alone what has begun. */
const breakPod = (cluster: TestCluster, name: string) => cluster.update(podOf(cluster, name), (draft) => { for (const c of draft.status!.conditions!) if (c.type === "Ready") c.status = "False"; }, { subresource: "status" });

test("pods have names, hosts and labels of their own, and the status names their revision", async () => {
  await using cluster = await testCluster();
  const db = cluster.apply(aStatefulSet());
  cluster.settle({ pods: "ready" });
  const [revision] = revisions(cluster);
  expect(names(cluster)).toEqual(["db-0", "db-1", "db-2"]);
  expect(podOf(cluster, "db-1")).toMatchObject({
    metadata: { labels: { app: "db", "statefulset.kubernetes.io/pod-name": "db-1", "apps.kubernetes.io/pod-index": "1", "controller-revision-hash": revision!.metadata.name } },
    spec: { hostname: "db-1", subdomain: "db" },
  });
  expect(podOf(cluster, "db-1").metadata).not.toHaveProperty("generateName");
  expect(cluster.get(db)!.status).toMatchObject({ observedGeneration: 1, replicas: 3, readyReplicas: 3, availableReplicas: 3, currentReplicas: 3, updatedReplicas: 3, currentRevision: revision!.metadata.name, updateRevision: revision!.metadata.name, collisionCount: 0 });
  expect(revision).toMatchObject({ revision: 1, data: { spec: { template: { $patch: "replace", metadata: { labels: { app: "db" } } } } } });
  expect(cluster.events(db)).toContain("Normal SuccessfulCreate: create Pod db-0 in StatefulSet db successful");
});

test.each(Array.from({ length: 16 }, (_, i) => i + 1))("ordered: a pod comes only when all below are ready, and goes only from the top (seed %i)", async (seed) => {
  await using cluster = await testCluster({ seed });
  const db = cluster.apply(aStatefulSet({ replicas: 4 }));
  const gapless = (c: TestCluster) => {
    const pods = c.pods().sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
    return pods.every((pod, i) => pod.metadata.name === `db-${i}`) && pods.slice(0, -1).every((pod) => pod.status?.phase === "Running");
  };
  expect(cluster.observe(gapless, () => cluster.settle({ pods: "ready" }))).toSatisfyAll(Boolean);
  cluster.update(db, scaleTo(1));
  const orderly = (c: TestCluster) => names(c).join() === names(c).map((_, i) => `db-${i}`).join() && c.pods().filter((pod) => pod.metadata.deletionTimestamp).length <= 1;
  expect(cluster.observe(orderly, () => cluster.settle({ pods: "ready" }))).toSatisfyAll(Boolean);
  expect(names(cluster)).toEqual(["db-0"]);
});

test("parallel: all pods come and go at once", async () => {
  await using cluster = await testCluster();
  const db = cluster.apply(aStatefulSet({ replicas: 4, podManagementPolicy: "Parallel" }));
  cluster.settle();
  expect(names(cluster)).toHaveLength(4);
  cluster.update(db, scaleTo(1));
  cluster.settle();
  expect(names(cluster, (pod) => !pod.metadata.deletionTimestamp)).toEqual(["db-0"]);
});

test("an unhealthy pod stops scaling up and down until it is well", async () => {
  await using cluster = await testCluster();
  const db = cluster.apply(aStatefulSet({ replicas: 2 }));
  cluster.settle({ pods: "ready" });
  breakPod(cluster, "db-0");
  cluster.update(db, scaleTo(3));
  cluster.settle({ pods: "ready" });
  expect(names(cluster)).toEqual(["db-0", "db-1"]);
  cluster.update(db, scaleTo(1));
  cluster.settle({ pods: "ready" });
  expect(names(cluster)).toEqual(["db-0", "db-1"]);
});

test.each(Array.from({ length: 12 }, (_, i) => i + 1))("a rolling update replaces from the top down, one at a time (seed %i)", async (seed) => {
  await using cluster = await testCluster({ seed });
  const db = cluster.apply(aStatefulSet({ replicas: 4, podManagementPolicy: seed % 2 ? "OrderedReady" : "Parallel" }));
  cluster.settle({ pods: "ready" });
  cluster.update(db, setImage("db:2"));
  const seen = cluster.observe((c) => ({
    ready: c.pods(db).filter(isReady).length,
    updated: c.pods(db).filter(runs("db:2")).map((pod) => pod.metadata.name!).sort(),
  }), () => cluster.settle({ pods: "ready" }));
  expect(Math.min(...seen.map(({ ready }) => ready))).toBe(3);
  for (const { updated } of seen) expect(updated).toEqual(["db-0", "db-1", "db-2", "db-3"].slice(4 - updated.length));
  expect(cluster.pods(db)).toSatisfyAll(runs("db:2"));
  const { status } = cluster.get(db)!;
  expect(status).toMatchObject({ updatedReplicas: 4, currentReplicas: 4 });
  expect(status!.currentRevision).toBe(status!.updateRevision);
});

test.each([[1, 3], [2, 2], ["50%", 2], [10, 0]])("maxUnavailable %s leaves %i of four", async (maxUnavailable, floor) => {
  await using cluster = await testCluster({ seed: 7 });
  const db = cluster.apply(aStatefulSet({ replicas: 4, podManagementPolicy: "Parallel", updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable } } }));
  cluster.settle({ pods: "ready" });
  cluster.update(db, setImage("db:2"));
  const ready = cluster.observe((c) => c.pods(db).filter(isReady).length, () => cluster.settle({ pods: "ready" }));
  expect(Math.min(...ready)).toBe(floor);
  expect(cluster.pods(db)).toSatisfyAll(runs("db:2"));
});

test("a partition keeps the pods below it, also when they are made anew", async () => {
  await using cluster = await testCluster();
  const db = cluster.apply(aStatefulSet());
  cluster.settle({ pods: "ready" });
  cluster.update(db, (draft) => { setImage("db:2")(draft); partition(2)(draft); });
  cluster.settle({ pods: "ready" });
  expect(images(cluster)).toEqual({ "db-0": "db:1", "db-1": "db:1", "db-2": "db:2" });
  expect(cluster.get(db)!.status).toMatchObject({ currentReplicas: 2, updatedReplicas: 1 });
  for (const name of ["db-0", "db-2"]) cluster.delete(podOf(cluster, name));
  cluster.settle({ pods: "ready" });
  expect(images(cluster)).toEqual({ "db-0": "db:1", "db-1": "db:1", "db-2": "db:2" });
  cluster.update(db, partition(0));
  cluster.settle({ pods: "ready" });
  expect(images(cluster)).toEqual({ "db-0": "db:2", "db-1": "db:2", "db-2": "db:2" });
});

test("OnDelete waits for somebody to delete pods", async () => {
  await using cluster = await testCluster();
  const db = cluster.apply(aStatefulSet({ updateStrategy: { type: "OnDelete" } }));
  cluster.settle({ pods: "ready" });
  cluster.update(db, setImage("db:2"));
  cluster.settle({ pods: "ready" });
  expect(cluster.pods(db)).toSatisfyAll(runs("db:1"));
  cluster.delete(podOf(cluster, "db-1"));
  cluster.settle({ pods: "ready" });
  expect(images(cluster)).toEqual({ "db-0": "db:1", "db-1": "db:2", "db-2": "db:1" });
});

test("going back makes the old revision the newest again, and history is cut to its limit", async () => {
  await using cluster = await testCluster();
  const db = cluster.apply(aStatefulSet({ replicas: 1, revisionHistoryLimit: 2 }));
  cluster.settle({ pods: "ready" });
  const first = revisions(cluster)[0]!.metadata.name;
  for (const image of ["db:2", "db:1"]) {
    cluster.update(db, setImage(image));
    cluster.settle({ pods: "ready" });
  }
  expect(revisions(cluster)).toHaveLength(2);
  expect(revisions(cluster).find((revision) => revision.metadata.name === first)!.revision).toBe(3);
  expect(cluster.get(db)!.status!.currentRevision).toBe(first);
  for (const image of ["db:3", "db:4", "db:5"]) {
    cluster.update(db, setImage(image));
    cluster.settle({ pods: "ready" });
  }
  expect(revisions(cluster).map((revision) => revision.revision).sort()).toEqual([4, 5, 6]);
});

test("a revision's data is the patch that goes back to it", async () => {
  await using cluster = await testCluster();
  const db = cluster.apply(aStatefulSet({ replicas: 1 }));
  cluster.settle({ pods: "ready" });
  const [first] = revisions(cluster);
  cluster.update(db, (draft) => { setImage("db:2")(draft); draft.spec!.template.spec!.containers.push({ name: "more", image: "more:1" }); });
  cluster.settle({ pods: "ready" });
  const answer = await cluster.api.strategicPatch(db, first!.data);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  cluster.settle({ pods: "ready" });
  expect(podOf(cluster, "db-0").spec!.containers.map((c) => c.image)).toEqual(["db:1"]);
  expect(cluster.get(db)!.status!.updateRevision).toBe(first!.metadata.name);
});

test("pods that are over are made anew under their names", async () => {
  await using cluster = await testCluster();
  const db = cluster.apply(aStatefulSet({ replicas: 1 }));
  cluster.settle({ pods: "ready" });
  const before = podOf(cluster, "db-0");
  cluster.transact((tx) => cluster.agents.finish(tx, before, "Failed"));
  cluster.settle({ pods: "ready" });
  expect(podOf(cluster, "db-0").metadata.uid).not.toBe(before.metadata.uid);
  expect(cluster.events(db)).toContain("Warning RecreatingFailedPod: StatefulSet default/db is recreating failed Pod db-0");
});

test("numbers start where the ordinals say, and move with them", async () => {
  await using cluster = await testCluster();
  const db = cluster.apply(aStatefulSet({ replicas: 2, ordinals: { start: 5 } }));
  cluster.settle({ pods: "ready" });
  expect(names(cluster)).toEqual(["db-5", "db-6"]);
  cluster.update(db, (draft) => { draft.spec!.ordinals = { start: 6 }; });
  cluster.settle({ pods: "ready" });
  expect(names(cluster)).toEqual(["db-6", "db-7"]);
});

test("minReadySeconds makes the next pod wait", async () => {
  await using cluster = await testCluster();
  const db = cluster.apply(aStatefulSet({ replicas: 2, minReadySeconds: 10 }));
  cluster.settle({ pods: "ready" });
  expect(names(cluster)).toEqual(["db-0"]);
  expect(cluster.get(db)!.status).toMatchObject({ readyReplicas: 1, availableReplicas: 0 });
  cluster.advance(10_000, { pods: "ready" });
  expect(names(cluster)).toEqual(["db-0", "db-1"]);
  cluster.advance(10_000, { pods: "ready" });
  expect(cluster.get(db)!.status).toMatchObject({ availableReplicas: 2 });
});

test("only pods with a name of the set are adopted, and pods whose labels change are let go and replaced", async () => {
  await using cluster = await testCluster();
  cluster.create(aPod({ name: "db-0", labels: { app: "db" } }));
  const stranger = cluster.create(aPod({ name: "stranger", labels: { app: "db" } }));
  const db = cluster.apply(aStatefulSet({ replicas: 1 }));
  cluster.settle({ pods: "ready" });
  expect(cluster.pods(db).map((pod) => pod.metadata.name)).toEqual(["db-0"]);
  expect(podOf(cluster, "db-0").metadata.labels).toMatchObject({ "statefulset.kubernetes.io/pod-name": "db-0" });
  expect(cluster.get(stranger)!.metadata.ownerReferences).toBeUndefined();
});

test("each pod has claims of its own, which stay or go as the policy says", async () => {
  await using cluster = await testCluster();
  if (!cluster.transact((tx) => tx.kindFor("", "persistentvolumeclaims"))) return;
  const claims = () => cluster.list<PersistentVolumeClaim & KubeObject>("v1", "PersistentVolumeClaim").filter((claim) => !claim.metadata.deletionTimestamp).map((claim) => claim.metadata.name).sort();
  const volumeClaimTemplates = [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } }];
  const db = cluster.apply(aStatefulSet({ replicas: 2, podManagementPolicy: "Parallel", volumeClaimTemplates, persistentVolumeClaimRetentionPolicy: { whenScaled: "Delete", whenDeleted: "Retain" } }));
  cluster.settle({ pods: "ready" });
  expect(claims()).toEqual(["data-db-0", "data-db-1"]);
  expect(podOf(cluster, "db-1").spec!.volumes).toContainEqual({ name: "data", persistentVolumeClaim: { claimName: "data-db-1" } });
  cluster.update(db, scaleTo(1));
  cluster.settle({ pods: "ready" });
  expect(claims()).toEqual(["data-db-0"]);
  cluster.delete(db);
  cluster.settle({ pods: "ready" });
  expect(claims()).toEqual(["data-db-0"]);
});

test.each<[Record<string, unknown>, string]>([
  [{ podManagementPolicy: "Chaotic" }, "spec.podManagementPolicy: Invalid value: \"Chaotic\": must be 'OrderedReady' or 'Parallel'"],
  [{ updateStrategy: { type: "OnDelete", rollingUpdate: { partition: 1 } } }, "only allowed for updateStrategy 'RollingUpdate'"],
  [{ updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } }, "spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0"],
  [{ persistentVolumeClaimRetentionPolicy: { whenDeleted: "Keep" } }, "spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value"],
  [{ ordinals: { start: -1 } }, "spec.ordinals.start: Invalid value: -1"],
  [{ selector: {} }, "empty selector is invalid for statefulset"],
])("refuses %j", async (spec, message) => {
  await using cluster = await testCluster();
  const answer = await cluster.api.post(aStatefulSet(spec));
  expect(answer).toBeStatus(422, "Invalid");
  expect(answer.body.message).toContain(message);
});

test("a claim's volume may be mounted, and most of the specification is for good", async () => {
  await using cluster = await testCluster({ controllers: [] });
  const template = { metadata: { labels: { app: "db" } }, spec: { containers: [{ name: "main", image: "db:1", volumeMounts: [{ name: "data", mountPath: "/data" }] }] } };
  const db = await cluster.api.create(aStatefulSet({ template, volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } }] }));
  expect((await cluster.api.mergePatch(db, { spec: { serviceName: "other" } })).body.message).toContain("updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template'");
  expect((await cluster.api.mergePatch(db, { spec: { replicas: 5 } }, { subresource: "scale" })).body).toMatchObject({ kind: "Scale", spec: { replicas: 5 } });
});
