import { expect, test } from "vitest";
import type { Pod } from "../../src/kinds/types/core-v1.generated.ts";
import { NodeCluster } from "../contract/node-cluster.ts";
import { aDeployment, aNode, aService } from "../harness/builders.ts";
import { Seeded } from "../harness/seeded.ts";

const post = (cluster: NodeCluster, path: string, body: unknown) => expect(cluster.sendNow("POST", path, body).status).toBeLessThan(300);
const items = <T>(cluster: NodeCluster, path: string): T[] => cluster.sendNow("GET", path).body.items;

test.each([1, 2, 3])("a cluster that is thrown out of memory again and again finishes what it began (seed %i)", (seed) => {
  using cluster = new NodeCluster();
  const random = new Seeded(seed);
  for (const name of ["a", "b"]) {
    post(cluster, "/api/v1/nodes", aNode({ name }));
    cluster.sendNow("PATCH", `/api/v1/nodes/${name}/status`, { status: { conditions: [{ type: "Ready", status: "True", reason: "KubeletReady", message: "" }] } });
  }
  post(cluster, "/apis/apps/v1/namespaces/default/deployments", aDeployment({ replicas: 60 }));
  post(cluster, "/api/v1/namespaces/default/services", aService());
  for (let turns = 0; cluster.core.queue.hasDue(); turns++) {
    expect(turns).toBeLessThan(2_000);
    cluster.core.transact<void>(() => undefined as never);
    if (random.next() < 0.5) cluster.evict();
  }
  const pods = items<Pod>(cluster, "/api/v1/namespaces/default/pods");
  expect(pods).toHaveLength(60);
  expect(pods.filter((pod) => !pod.spec!.nodeName)).toEqual([]);
  expect(items<{ status: object }>(cluster, "/apis/apps/v1/namespaces/default/deployments")[0]!.status).toMatchObject({ replicas: 60, updatedReplicas: 60, unavailableReplicas: 60 });
  expect(items(cluster, "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices")).toHaveLength(2);

  cluster.sendNow("DELETE", "/apis/apps/v1/namespaces/default/deployments/web");
  for (let turns = 0; cluster.core.queue.hasDue(); turns++) {
    expect(turns).toBeLessThan(2_000);
    cluster.core.transact<void>(() => undefined as never);
    if (random.next() < 0.5) cluster.evict();
  }
  expect(items(cluster, "/apis/apps/v1/namespaces/default/replicasets")).toEqual([]);
  // Their agents, which are not there, would have to finish the pods.
  expect(items<Pod>(cluster, "/api/v1/namespaces/default/pods").every((pod) => pod.metadata.deletionTimestamp)).toBe(true);
});
