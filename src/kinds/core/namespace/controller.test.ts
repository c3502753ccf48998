import { expect, test } from "vitest";
import { aConfigMap, aDeployment, aNamespace, aNode, aPod, aService } from "../../../../test/harness/builders.ts";
import { testCluster, type TestCluster } from "../../../../test/harness/test-cluster.ts";
import type { KubeObject } from "../../object.ts";
import type { Namespace } from "../../types/core-v1.generated.ts";

const conditions = (cluster: TestCluster, namespace: KubeObject) =>
  Object.fromEntries((cluster.get<Namespace>(namespace as Namespace)?.status?.conditions ?? []).map(({ type, status, reason, message }) => [type, { status, reason, message }]));
const makeTeam = (cluster: TestCluster): KubeObject => {
  const team = cluster.create(aNamespace("team"));
  cluster.settle();
  return team;
};

test("deleting a namespace takes everything in it along, and the name is free again", async () => {
  await using cluster = await testCluster();
  const team = makeTeam(cluster);
  cluster.apply(aDeployment({ namespace: "team", replicas: 3 }));
  cluster.create(aService({ namespace: "team" }));
  cluster.settle({ pods: "ready" });

  cluster.delete(team);
  expect(cluster.get(team)).toMatchObject({ status: { phase: "Terminating" } });
  cluster.settle({ pods: "ready" });
  expect(cluster.get(team)).toBeUndefined();
  for (const [version, kind] of [["v1", "Pod"], ["v1", "Service"], ["v1", "Endpoints"], ["discovery.k8s.io/v1", "EndpointSlice"], ["apps/v1", "ReplicaSet"], ["v1", "ServiceAccount"], ["v1", "ConfigMap"], ["v1", "Event"]] as const) {
    expect(cluster.list(version, kind, "team"), kind).toEqual([]);
  }
  makeTeam(cluster);
  expect(cluster.list("v1", "ConfigMap", "team")).toHaveLength(1);
});

test("pods go first, and nothing else is touched while one is left", async () => {
  await using cluster = await testCluster();
  const team = makeTeam(cluster);
  const pod = cluster.create(aPod({ namespace: "team", finalizers: ["example.com/hold"] }));
  const map = cluster.create(aConfigMap({ namespace: "team" }));
  cluster.settle({ pods: "ready" });
  cluster.delete(team);
  cluster.settle();
  expect(cluster.get(map)!.metadata.deletionTimestamp).toBeUndefined();
  expect(cluster.get(pod)!.metadata.deletionTimestamp).toBeDefined();
  expect(conditions(cluster, team)).toMatchObject({ NamespaceDeletionContentFailure: { status: "False" }, NamespaceContentRemaining: { status: "True" } });
  cluster.update(pod, (draft) => { delete draft.metadata.finalizers; });
  cluster.settle({ pods: "ready" });
  expect(cluster.get(team)).toBeUndefined();
});

test("what is held by finalizers is told in the conditions", async () => {
  await using cluster = await testCluster();
  const team = makeTeam(cluster);
  const held = ["a", "b"].map((name) => cluster.create(aConfigMap({ name, namespace: "team", finalizers: ["example.com/hold"] })));
  cluster.delete(team);
  cluster.settle();
  expect(conditions(cluster, team)).toEqual({
    NamespaceDeletionDiscoveryFailure: { status: "False", reason: "ResourcesDiscovered", message: "All resources successfully discovered" },
    NamespaceDeletionGroupVersionParsingFailure: { status: "False", reason: "ParsedGroupVersions", message: "All legacy kube types successfully parsed" },
    NamespaceDeletionContentFailure: { status: "False", reason: "ContentDeleted", message: "All content successfully deleted, may be waiting on finalization" },
    NamespaceContentRemaining: { status: "True", reason: "SomeResourcesRemain", message: "Some resources are remaining: configmaps. has 2 resource instances" },
    NamespaceFinalizersRemaining: { status: "True", reason: "SomeFinalizersRemain", message: "Some content in the namespace has finalizers remaining: example.com/hold in 2 resource instances" },
  });
  for (const map of held) cluster.update(map, (draft) => { delete draft.metadata.finalizers; });
  cluster.settle();
  expect(cluster.get(team)).toBeUndefined();
});

test("a finalizer on the namespace itself keeps the empty namespace", async () => {
  await using cluster = await testCluster();
  const team = makeTeam(cluster);
  cluster.update(team, (draft) => { draft.metadata.finalizers = ["example.com/hold"]; });
  cluster.delete(team);
  cluster.settle();
  expect(cluster.get<Namespace>(team as Namespace)!.spec!.finalizers ?? []).toEqual([]);
  cluster.update(team, (draft) => { delete draft.metadata.finalizers; });
  expect(cluster.get(team)).toBeUndefined();
});

test("a namespace with 3,000 objects is emptied in rounds", async () => {
  await using cluster = await testCluster({ nodes: [aNode({ name: "n" })] });
  const team = makeTeam(cluster);
  for (let i = 0; i < 3000; i++) cluster.create(aConfigMap({ name: `m${i}`, namespace: "team" }));
  cluster.delete(team);
  const writes = cluster.observe((c) => c.api.store.changes.length, () => cluster.settle());
  expect(cluster.get(team)).toBeUndefined();
  expect(Math.max(...writes)).toBeLessThan(250);
});
