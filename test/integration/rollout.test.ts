import { expect, test } from "vitest";
import { aDeployment, aNamespace } from "../harness/builders.ts";
import { countAvailable, runs, setImage } from "../harness/looks.ts";
import { testCluster } from "../harness/test-cluster.ts";

test("a new image rolls out without dropping below minimum availability", async () => {
  await using cluster = await testCluster();
  const web = cluster.apply(aDeployment({ replicas: 4, image: "web:1", maxUnavailable: 1 }));
  cluster.settle({ pods: "ready" });
  expect(cluster.pods(web)).toHaveLength(4);

  cluster.update(web, setImage("web:2"));
  const available = cluster.observe(countAvailable(web), () => cluster.settle({ pods: "ready" }));

  expect(Math.min(...available)).toBeGreaterThanOrEqual(3);
  expect(cluster.pods(web)).toSatisfyAll(runs("web:2"));
});

test("deleting a deployment takes its replica sets and pods along", async () => {
  await using cluster = await testCluster({ nodes: 2 });
  const web = cluster.apply(aDeployment({ replicas: 3 }));
  cluster.settle({ pods: "ready" });
  expect(new Set(cluster.pods(web).map((pod) => pod.spec!.nodeName)).size).toBe(2);
  expect(cluster.events(web)).toEqual([expect.stringMatching(/^Normal ScalingReplicaSet: Scaled up replica set web-\w+ from 0 to 3$/)]);

  cluster.delete(web);
  cluster.settle({ pods: "ready" });
  expect(cluster.list("apps/v1", "ReplicaSet")).toEqual([]);
  expect(cluster.pods()).toEqual([]);
});

test("pods leave a node that fell silent, after their tolerations", async () => {
  await using cluster = await testCluster({ nodes: 2 });
  const web = cluster.apply(aDeployment({ replicas: 2 }));
  cluster.settle({ pods: "ready" });
  const lost = cluster.pods(web)[0]!.spec!.nodeName!;
  cluster.disconnect(lost);
  cluster.advance(15 * 60_000, { pods: "ready" });
  const alive = cluster.pods(web).filter((pod) => !pod.metadata.deletionTimestamp);
  expect(alive).toHaveLength(2);
  expect(alive.every((pod) => pod.spec!.nodeName !== lost)).toBe(true);
});

test("a deleted namespace goes with everything in it", async () => {
  await using cluster = await testCluster();
  cluster.create(aNamespace("team"));
  cluster.settle();
  cluster.create(aDeployment({ namespace: "team" }));
  cluster.settle({ pods: "ready" });
  expect(cluster.pods()).toHaveLength(1);
  cluster.delete(aNamespace("team"));
  cluster.advance(60_000, { pods: "ready" });
  expect(cluster.get(aNamespace("team"))).toBeUndefined();
  expect(cluster.pods()).toEqual([]);
  expect(cluster.list("v1", "ConfigMap", "team")).toEqual([]);
});
