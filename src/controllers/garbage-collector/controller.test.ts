import { expect, test } from "vitest";
import { aConfigMap, aDeployment, aPod } from "../../../test/harness/builders.ts";
import { testCluster, type TestCluster } from "../../../test/harness/test-cluster.ts";
import type { KubeObject, ObjectMeta, OwnerReference } from "../../kinds/object.ts";

const ownedBy = (owner: KubeObject, more: Partial<OwnerReference> = {}): OwnerReference =>
  ({ apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name!, uid: owner.metadata.uid!, ...more });
const aMap = (cluster: TestCluster, name: string, more: Partial<ObjectMeta> = {}) => cluster.create(aConfigMap({ name, ...more }));
const maps = (cluster: TestCluster) => cluster.list("v1", "ConfigMap", "default").map((map) => map.metadata.name).filter((name) => name !== "kube-root-ca.crt");

test("in the background the owner goes at once and everything below it follows", async () => {
  await using cluster = await testCluster();
  const web = cluster.apply(aDeployment({ replicas: 3 }));
  cluster.settle({ pods: "ready" });
  cluster.delete(web, { propagationPolicy: "Background" });
  expect(cluster.get(web)).toBeUndefined();
  cluster.settle({ pods: "ready" });
  expect(cluster.list("apps/v1", "ReplicaSet")).toEqual([]);
  expect(cluster.pods()).toEqual([]);
});

test("in the foreground the owner stays until what blocks it is gone", async () => {
  await using cluster = await testCluster();
  const web = cluster.apply(aDeployment({ replicas: 2 }));
  cluster.settle({ pods: "ready" });
  cluster.delete(web, { propagationPolicy: "Foreground" });
  cluster.settle();
  expect(cluster.get(web)!.metadata.finalizers).toEqual(["foregroundDeletion"]);
  expect(cluster.list("apps/v1", "ReplicaSet")[0]!.metadata.finalizers).toEqual(["foregroundDeletion"]);
  expect(cluster.pods()).toSatisfyAll((pod: KubeObject) => pod.metadata.deletionTimestamp !== undefined);
  const left = cluster.observe((c) => [c.pods().length, c.list("apps/v1", "ReplicaSet").length, c.list("apps/v1", "Deployment").length].join(""), () => cluster.settle({ pods: "ready" }));
  expect(left.at(-1)).toBe("000");
  expect(left.filter((counts) => /^[1-9]0|^.10/.test(counts))).toEqual([]);
});

test("in the foreground a dependent that does not block is not waited for", async () => {
  await using cluster = await testCluster();
  const owner = aMap(cluster, "owner");
  const dependent = aMap(cluster, "dependent", { finalizers: ["example.com/hold"], ownerReferences: [ownedBy(owner)] });
  cluster.delete(owner, { propagationPolicy: "Foreground" });
  cluster.settle();
  expect(cluster.get(owner)).toBeUndefined();
  expect(cluster.get(dependent)!.metadata.deletionTimestamp).toBeDefined();
});

test("orphaning lets the dependents live, without their reference", async () => {
  await using cluster = await testCluster();
  const web = cluster.apply(aDeployment({ replicas: 2 }));
  cluster.settle({ pods: "ready" });
  cluster.delete(web, { propagationPolicy: "Orphan" });
  cluster.settle({ pods: "ready" });
  expect(cluster.get(web)).toBeUndefined();
  const [set] = cluster.list("apps/v1", "ReplicaSet");
  expect(set!.metadata.ownerReferences).toBeUndefined();
  expect(cluster.pods(set)).toHaveLength(2);
});

test("an object with two owners outlives one of them and goes with the other", async () => {
  await using cluster = await testCluster();
  const [a, b] = [aMap(cluster, "a"), aMap(cluster, "b")];
  const both = aMap(cluster, "both", { ownerReferences: [ownedBy(a), ownedBy(b)] });
  cluster.delete(a);
  cluster.settle();
  expect(cluster.get(both)!.metadata.ownerReferences).toEqual([ownedBy(b)]);
  cluster.delete(b);
  cluster.settle();
  expect(maps(cluster)).toEqual([]);
});

test("an owner that waits in the foreground does not take an object that another owner still holds", async () => {
  await using cluster = await testCluster();
  const [a, b] = [aMap(cluster, "a"), aMap(cluster, "b")];
  const both = aMap(cluster, "both", { ownerReferences: [ownedBy(a, { blockOwnerDeletion: true }), ownedBy(b)] });
  cluster.delete(a, { propagationPolicy: "Foreground" });
  cluster.settle();
  expect(maps(cluster)).toEqual(["b", "both"]);
  expect(cluster.get(both)!.metadata.ownerReferences).toEqual([ownedBy(b)]);
});

test("an object whose owner never was, or lives in another namespace, is collected", async () => {
  await using cluster = await testCluster();
  const elsewhere = cluster.create(aConfigMap({ name: "owner", namespace: "kube-system" }));
  aMap(cluster, "of-nobody", { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "none", uid: "00000000-0000-4000-8000-000000000000" }] });
  aMap(cluster, "of-elsewhere", { ownerReferences: [ownedBy(elsewhere)] });
  aMap(cluster, "of-a-namesake", { ownerReferences: [{ ...ownedBy(aMap(cluster, "namesake")), uid: "00000000-0000-4000-8000-000000000000" }] });
  cluster.settle();
  expect(maps(cluster)).toEqual(["namesake"]);
});

test("an object whose owner is of a kind that nobody knows is left alone", async () => {
  await using cluster = await testCluster();
  aMap(cluster, "safe", { ownerReferences: [{ apiVersion: "example.com/v1", kind: "Widget", name: "w", uid: "00000000-0000-4000-8000-000000000000" }] });
  cluster.settle();
  expect(maps(cluster)).toEqual(["safe"]);
});

test("a cluster-scoped object may not be owned by a namespaced one, and is not collected for it", async () => {
  await using cluster = await testCluster();
  cluster.create({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "odd", ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "none", uid: "00000000-0000-4000-8000-000000000000" }] } });
  cluster.settle();
  expect(cluster.list("rbac.authorization.k8s.io/v1", "ClusterRole").some((role) => role.metadata.name === "odd")).toBe(true);
});

test("a circle of owners does not hold up a foreground deletion", async () => {
  await using cluster = await testCluster();
  const pods = ["pod1", "pod2", "pod3"].map((name) => cluster.create(aPod({ name })));
  cluster.settle({ pods: "ready" });
  pods.forEach((pod, i) => cluster.update(pod, (draft) => { draft.metadata.ownerReferences = [ownedBy(pods[(i + 2) % 3]!, { controller: true, blockOwnerDeletion: true })]; }));
  cluster.settle({ pods: "ready" });
  cluster.delete(pods[0]!, { propagationPolicy: "Foreground" });
  cluster.settle({ pods: "ready" });
  expect(cluster.pods()).toEqual([]);
});

test("a reference given later to an owner that is gone already is noticed", async () => {
  await using cluster = await testCluster();
  const owner = aMap(cluster, "owner");
  const late = aMap(cluster, "late");
  cluster.delete(owner);
  cluster.settle();
  cluster.update(late, (draft) => { draft.metadata.ownerReferences = [ownedBy(owner)]; });
  cluster.settle();
  expect(maps(cluster)).toEqual([]);
});

test("hundreds of dependents that take their time neither spin nor stay", async () => {
  await using cluster = await testCluster();
  const owner = aMap(cluster, "owner");
  const dependents = Array.from({ length: 250 }, (_, i) => aMap(cluster, `d${i}`, { finalizers: ["example.com/hold"], ownerReferences: [ownedBy(owner)] }));
  cluster.delete(owner);
  cluster.settle({ stepsMax: 200 });
  expect(maps(cluster)).toHaveLength(250);
  for (const dependent of dependents) {
    expect(cluster.get(dependent)!.metadata.deletionTimestamp).toBeDefined();
    cluster.update(dependent, (draft) => { delete draft.metadata.finalizers; });
  }
  cluster.settle();
  expect(maps(cluster)).toEqual([]);
});
