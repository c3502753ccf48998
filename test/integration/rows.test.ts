import { expect, test } from "vitest";
import { pod as podKind } from "../../src/kinds/core/pod/kind.ts";
import type { Pod } from "../../src/kinds/types/core-v1.generated.ts";
import type { KubeObject } from "../../src/kinds/object.ts";
import { aDeployment } from "../harness/builders.ts";
import { testCluster } from "../harness/test-cluster.ts";

/** Rows written are money on the platform: what a Deployment's pod costs from creation to Running, its agent's events included. */
test.each([["ReplicaSet", 1], ["Deployment", 10]] as const)("a pod of a %s of %i costs at most 26 rows until it runs", async (kind, replicas) => {
  await using cluster = await testCluster();
  const rows = () => cluster.api.store.db.rowsWritten;
  cluster.settle();
  // The owner itself costs something whatever runs in it.
  const owner = (name: string, size: number) => (kind === "Deployment" ? aDeployment({ name, replicas: size }) : asReplicaSet(aDeployment({ name, replicas: size })));
  cluster.apply(owner("first", 0));
  cluster.settle();
  const empty = rows();
  cluster.apply(owner("empty", 0));
  cluster.settle();
  const before = rows();
  const web = cluster.apply(owner("web", replicas));
  cluster.settle();
  for (const pod of cluster.pods(web)) {
    cluster.transact((tx) => tx.update<Pod>(podKind, "default", pod.metadata.name!, (draft) => {
      draft.status!.containerStatuses = [{ name: "main", image: "app:1", imageID: "", ready: false, restartCount: 0, state: { waiting: { reason: "ContainerCreating" } } }];
    }, { subresource: "status" }));
    for (const reason of ["Pulled", "Created", "Started"]) cluster.transact((tx) => tx.event(pod, { type: "Normal", reason, message: reason, source: "kubelet" }));
    cluster.settle();
  }
  cluster.settle({ pods: "ready" });
  const perPod = (rows() - before - (before - empty)) / replicas;
  expect(cluster.get(web)!.status).toMatchObject({ availableReplicas: replicas });
  expect(perPod).toBeLessThanOrEqual(26);
});

function asReplicaSet(deployment: KubeObject): KubeObject {
  return { ...deployment, kind: "ReplicaSet" };
}
