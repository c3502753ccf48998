import { expect, test } from "vitest";
import { aDeployment } from "../../../../test/harness/builders.ts";
import { countAvailable, runs, scaleTo, setImage } from "../../../../test/harness/looks.ts";
import { testCluster, type TestCluster } from "../../../../test/harness/test-cluster.ts";
import type { KubeObject } from "../../object.ts";
import type { Deployment, ReplicaSet } from "../../types/apps-v1.generated.ts";

const MINUTE_MS = 60_000;

const setsOf = (cluster: TestCluster) => cluster.list<ReplicaSet>("apps/v1", "ReplicaSet");
const setOf = (cluster: TestCluster, image: string) => setsOf(cluster).find((set) => set.spec!.template!.spec!.containers![0]!.image === image);
const sizes = (cluster: TestCluster) => Object.fromEntries(setsOf(cluster).map((set) => [set.spec!.template!.spec!.containers![0]!.image!, set.spec!.replicas]));
const condition = (cluster: TestCluster, d: KubeObject, type: string) => cluster.get<Deployment>(d as Deployment)!.status?.conditions?.find((c) => c.type === type);
const revision = (obj: KubeObject | undefined) => obj?.metadata.annotations?.["deployment.kubernetes.io/revision"];

test("a new Deployment makes a ReplicaSet named by its template's hash, and tells of it", async () => {
  await using cluster = await testCluster();
  const web = cluster.apply(aDeployment({ replicas: 3 }));
  cluster.settle({ pods: "ready" });

  const [set] = setsOf(cluster);
  const hash = set!.metadata.labels!["pod-template-hash"];
  expect(set!.metadata.name).toBe(`web-${hash}`);
  expect(set!.spec!.selector!.matchLabels).toEqual({ app: "web", "pod-template-hash": hash });
  expect(set!.metadata.annotations).toMatchObject({ "deployment.kubernetes.io/desired-replicas": "3", "deployment.kubernetes.io/max-replicas": "4", "deployment.kubernetes.io/revision": "1" });
  expect(cluster.events(web)).toEqual([`Normal ScalingReplicaSet: Scaled up replica set web-${hash} from 0 to 3`]);
  expect(cluster.get(web)!.status).toMatchObject({ observedGeneration: cluster.get(web)!.metadata.generation, replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3, terminatingReplicas: 0 });
  expect(condition(cluster, web, "Available")).toMatchObject({ status: "True", reason: "MinimumReplicasAvailable" });
  expect(condition(cluster, web, "Progressing")).toMatchObject({ status: "True", reason: "NewReplicaSetAvailable", message: `ReplicaSet "web-${hash}" has successfully progressed.` });
});

test.each(Array.from({ length: 24 }, (_, i) => i + 1))("a rollout keeps to maxSurge and maxUnavailable (seed %i)", async (seed) => {
  await using cluster = await testCluster({ seed });
  const pick = <T>(of: readonly T[]): T => of[Math.floor(cluster.api.random.next() * of.length)]!;
  const replicas = pick([1, 2, 3, 5, 8, 13]);
  const [maxSurge, maxUnavailable] = pick<[number | string, number | string]>([[1, 0], [0, 1], ["25%", "25%"], ["50%", 0], [0, "50%"], [3, 2], ["100%", "100%"], ["1%", "1%"]]);
  const surge = typeof maxSurge === "number" ? maxSurge : Math.ceil((parseInt(maxSurge) * replicas) / 100);
  const floor = typeof maxUnavailable === "number" ? maxUnavailable : Math.floor((parseInt(maxUnavailable) * replicas) / 100);
  const unavailable = surge === 0 && floor === 0 ? 1 : floor;

  const web = cluster.apply(aDeployment({ replicas, image: "web:1", maxSurge, maxUnavailable }));
  cluster.settle({ pods: "ready" });
  cluster.update(web, setImage("web:2"));
  const seen = cluster.observe((c) => ({ available: countAvailable(web)(c), active: c.pods(web).filter((pod) => !pod.metadata.deletionTimestamp).length }), () => cluster.settle({ pods: "ready" }));

  expect(Math.min(...seen.map(({ available }) => available))).toBeGreaterThanOrEqual(Math.max(0, replicas - unavailable));
  expect(Math.max(...seen.map(({ active }) => active))).toBeLessThanOrEqual(replicas + surge);
  expect(cluster.pods(web)).toHaveLength(replicas);
  expect(cluster.pods(web)).toSatisfyAll(runs("web:2"));
  expect(cluster.get(web)!.status).toMatchObject({ replicas, updatedReplicas: replicas, availableReplicas: replicas });
});

test("Recreate stops every old pod before the first new one comes", async () => {
  await using cluster = await testCluster();
  const web = cluster.apply(aDeployment({ replicas: 3, image: "web:1", strategy: "Recreate" }));
  cluster.settle({ pods: "ready" });
  cluster.update(web, setImage("web:2"));
  const images = cluster.observe((c) => new Set(c.pods(web).map((pod) => pod.spec!.containers![0]!.image)).size, () => cluster.settle({ pods: "ready" }));
  expect(Math.max(...images)).toBe(1);
  expect(cluster.pods(web)).toHaveLength(3);
  expect(cluster.pods(web)).toSatisfyAll(runs("web:2"));
});

test("a paused Deployment still scales but does not roll, and goes on when it is resumed", async () => {
  await using cluster = await testCluster();
  const web = cluster.apply(aDeployment({ replicas: 2, image: "web:1" })) as Deployment;
  cluster.settle({ pods: "ready" });
  cluster.update(web, (draft) => { draft.spec!.paused = true; draft.spec!.replicas = 4; setImage("web:2")(draft); });
  cluster.settle({ pods: "ready" });
  expect(sizes(cluster)).toEqual({ "web:1": 4 });
  expect(condition(cluster, web, "Progressing")).toMatchObject({ status: "Unknown", reason: "DeploymentPaused" });

  cluster.update(web, (draft) => { draft.spec!.paused = false; });
  cluster.settle({ pods: "ready" });
  expect(sizes(cluster)).toEqual({ "web:1": 0, "web:2": 4 });
  expect(condition(cluster, web, "Progressing")).toMatchObject({ status: "True", reason: "NewReplicaSetAvailable" });
});

test("undoing brings the old ReplicaSet back under a new revision, and its former one is remembered", async () => {
  await using cluster = await testCluster();
  const web = cluster.apply(aDeployment({ replicas: 2, image: "web:1" }));
  cluster.settle({ pods: "ready" });
  for (const image of ["web:2", "web:1"]) {
    cluster.update(web, setImage(image));
    cluster.settle({ pods: "ready" });
  }
  expect(sizes(cluster)).toEqual({ "web:1": 2, "web:2": 0 });
  expect(revision(setOf(cluster, "web:1"))).toBe("3");
  expect(setOf(cluster, "web:1")!.metadata.annotations!["deployment.kubernetes.io/revision-history"]).toBe("1");
  expect(revision(setOf(cluster, "web:2"))).toBe("2");
  expect(revision(cluster.get(web))).toBe("3");
});

test("annotations such as the change cause reach the ReplicaSet of the present revision only", async () => {
  await using cluster = await testCluster();
  const web = cluster.apply(aDeployment({ image: "web:1", annotations: { "kubernetes.io/change-cause": "first", "kubectl.kubernetes.io/last-applied-configuration": "{}" } }));
  cluster.settle({ pods: "ready" });
  cluster.update(web, (draft) => { setImage("web:2")(draft); draft.metadata.annotations!["kubernetes.io/change-cause"] = "second"; });
  cluster.settle({ pods: "ready" });
  const cause = (image: string) => setOf(cluster, image)!.metadata.annotations!["kubernetes.io/change-cause"];
  expect([cause("web:1"), cause("web:2")]).toEqual(["first", "second"]);
  expect(setOf(cluster, "web:2")!.metadata.annotations).not.toHaveProperty("kubectl.kubernetes.io/last-applied-configuration");
});

test("scaling in the middle of a rollout is shared in proportion", async () => {
  await using cluster = await testCluster();
  const web = cluster.apply(aDeployment({ replicas: 10, image: "web:1", maxSurge: 3, maxUnavailable: 2 }));
  cluster.settle({ pods: "ready" });
  cluster.update(web, setImage("web:2"));
  cluster.settle(); // The new pods never become ready.
  expect(sizes(cluster)).toEqual({ "web:1": 8, "web:2": 5 });

  cluster.update(web, scaleTo(30));
  cluster.settle();
  expect(sizes(cluster)).toEqual({ "web:1": 20, "web:2": 13 });
});

test("a ReplicaSet that somebody scaled by hand to the right size does not hold up the next rollout", async () => {
  await using cluster = await testCluster();
  const web = cluster.apply(aDeployment({ replicas: 2, image: "web:1" }));
  cluster.settle({ pods: "ready" });
  cluster.transact((tx) => {
    tx.update(cluster.api.kind("apps/v1", "ReplicaSet"), "default", setsOf(cluster)[0]!.metadata.name!, scaleTo(3));
    tx.update(cluster.api.kind("apps/v1", "Deployment"), "default", "web", scaleTo(3));
  });
  cluster.settle({ pods: "ready" });
  cluster.update(web, setImage("web:2"));
  cluster.settle({ pods: "ready" });
  expect(sizes(cluster)).toEqual({ "web:1": 0, "web:2": 3 });
});

test("a rollout that makes no progress is given up on after its deadline, and recovers when pods get ready", async () => {
  await using cluster = await testCluster();
  const web = cluster.apply(aDeployment({ replicas: 2, spec: { progressDeadlineSeconds: 120 } }));
  cluster.settle();
  cluster.advance(MINUTE_MS);
  expect(condition(cluster, web, "Progressing")).toMatchObject({ status: "True", reason: "ReplicaSetUpdated" });
  cluster.advance(2 * MINUTE_MS);
  const hash = setsOf(cluster)[0]!.metadata.labels!["pod-template-hash"];
  expect(condition(cluster, web, "Progressing")).toMatchObject({ status: "False", reason: "ProgressDeadlineExceeded", message: `ReplicaSet "web-${hash}" has timed out progressing.` });
  expect(condition(cluster, web, "Available")).toMatchObject({ status: "False", reason: "MinimumReplicasUnavailable" });

  cluster.settle({ pods: "ready" });
  expect(condition(cluster, web, "Progressing")).toMatchObject({ status: "True", reason: "NewReplicaSetAvailable" });
});

test("of old ReplicaSets only as many as the history limit stay, the newest", async () => {
  await using cluster = await testCluster();
  const web = cluster.apply(aDeployment({ image: "web:1", spec: { revisionHistoryLimit: 2 } }));
  for (const image of ["web:1", "web:2", "web:3", "web:4", "web:5"]) {
    cluster.update(web, setImage(image));
    cluster.settle({ pods: "ready" });
  }
  expect(Object.keys(sizes(cluster)).sort()).toEqual(["web:3", "web:4", "web:5"]);
});

test("a foreign ReplicaSet with the name of the next one is a collision, and another name is found", async () => {
  await using cluster = await testCluster();
  const web = cluster.apply(aDeployment());
  cluster.settle({ pods: "ready" });
  const first = setsOf(cluster)[0]!;
  cluster.delete(web);
  cluster.settle({ pods: "ready" });
  cluster.create({ ...first, metadata: { name: first.metadata.name, namespace: "default" }, spec: { replicas: 0, selector: { matchLabels: { app: "other" } }, template: { ...first.spec!.template, metadata: { labels: { app: "other" } } } } } as KubeObject);

  const again = cluster.apply(aDeployment()) as Deployment;
  cluster.settle({ pods: "ready" });
  expect(cluster.get(again)!.status).toMatchObject({ collisionCount: 1, availableReplicas: 1 });
  expect(setsOf(cluster)).toHaveLength(2);
});

test("an orphaned ReplicaSet is adopted, and one whose labels no longer match is released", async () => {
  await using cluster = await testCluster();
  const web = cluster.apply(aDeployment({ replicas: 2 }));
  cluster.settle({ pods: "ready" });
  const [set] = setsOf(cluster);
  cluster.delete(web, { propagationPolicy: "Orphan" });
  cluster.settle({ pods: "ready" });
  expect(cluster.get(set!)!.metadata.ownerReferences).toBeUndefined();
  expect(cluster.pods()).toHaveLength(2);

  const again = cluster.apply(aDeployment({ replicas: 2 }));
  cluster.settle({ pods: "ready" });
  expect(setsOf(cluster)).toHaveLength(1);
  expect(cluster.get(set!)!.metadata.ownerReferences).toMatchObject([{ kind: "Deployment", uid: again.metadata.uid, controller: true }]);

  cluster.update(set!, (draft) => { draft.metadata.labels = { app: "elsewhere" }; });
  cluster.settle({ pods: "ready" });
  expect(cluster.get(set!)!.metadata.ownerReferences ?? []).toEqual([]);
  expect(cluster.get(again)!.status).toMatchObject({ availableReplicas: 2 });
});

test("a Deployment that is scaled to nothing and back stays complete", async () => {
  await using cluster = await testCluster();
  const web = cluster.apply(aDeployment({ replicas: 3 }));
  cluster.settle({ pods: "ready" });
  cluster.update(web, scaleTo(0));
  cluster.settle({ pods: "ready" });
  expect(cluster.pods()).toEqual([]);
  expect(cluster.get(web)!.status).not.toHaveProperty("replicas");
  cluster.update(web, scaleTo(2));
  cluster.settle({ pods: "ready" });
  expect(cluster.get(web)!.status).toMatchObject({ replicas: 2, availableReplicas: 2 });
  expect(setsOf(cluster)).toHaveLength(1);
});
