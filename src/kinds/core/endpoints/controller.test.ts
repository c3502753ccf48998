import { expect, test } from "vitest";
import { aDeployment, aNode, aPod, aService } from "../../../../test/harness/builders.ts";
import { testCluster, type TestCluster } from "../../../../test/harness/test-cluster.ts";
import type { Endpoints, Pod } from "../../types/core-v1.generated.ts";

const endpointsOf = (cluster: TestCluster, name = "web") => cluster.list<Endpoints>("v1", "Endpoints").find((e) => e.metadata.name === name);

test("ready and other pods are told apart, with their ports", async () => {
  await using cluster = await testCluster();
  cluster.create(aService({ labels: { team: "a" }, spec: { ports: [{ name: "http", port: 80, targetPort: 8080 }] } }));
  const [a, b] = ["a", "b"].map((name) => cluster.create(aPod({ name, labels: { app: "web" } })) as Pod);
  cluster.settle({ pods: "ready" });
  cluster.update(b!, (draft) => { draft.status!.conditions = draft.status!.conditions!.map((c) => (c.type === "Ready" ? { ...c, status: "False" } : c)); }, { subresource: "status" });
  cluster.settle();
  const address = (pod: Pod) => ({ ip: cluster.get(pod)!.status!.podIP, nodeName: "node-1", targetRef: { kind: "Pod", namespace: "default", name: pod.metadata.name, uid: pod.metadata.uid } });
  expect(endpointsOf(cluster)!.metadata.labels).toEqual({ team: "a", "endpoints.kubernetes.io/managed-by": "endpoint-controller" });
  expect(endpointsOf(cluster)!.subsets).toEqual([{ addresses: [address(a!)], notReadyAddresses: [address(b!)], ports: [{ name: "http", port: 8080, protocol: "TCP" }] }]);
});

test("a terminating pod is no address", async () => {
  await using cluster = await testCluster();
  cluster.create(aService());
  const pod = cluster.create(aPod({ labels: { app: "web" } }));
  cluster.settle({ pods: "ready" });
  cluster.delete(pod);
  cluster.settle();
  expect(endpointsOf(cluster)!.subsets ?? []).toEqual([]);
});

test("beyond 1,000 addresses it is truncated and says so", async () => {
  await using cluster = await testCluster({ nodes: [aNode({ name: "big", cpu: "1000", memory: "1000Gi", pods: "3000" })] });
  cluster.apply(aDeployment({ replicas: 1005 }));
  cluster.settle();
  cluster.transact((tx) => { for (const pod of cluster.pods()) cluster.agents.act(tx, pod); });
  cluster.create(aService());
  cluster.settle();
  const made = endpointsOf(cluster)!;
  expect(made.subsets![0]!.addresses).toHaveLength(1000);
  expect(made.metadata.annotations).toEqual({ "endpoints.kubernetes.io/over-capacity": "truncated" });
}, 60_000);

test("with the service its Endpoints go, also those that somebody wrote by hand", async () => {
  await using cluster = await testCluster();
  const services = [cluster.create(aService()), cluster.create(aService({ name: "manual", selector: {} }))];
  cluster.create({ apiVersion: "v1", kind: "Endpoints", metadata: { name: "manual", namespace: "default" }, subsets: [{ addresses: [{ ip: "192.0.2.1" }], ports: [{ port: 80 }] }] });
  cluster.create({ apiVersion: "v1", kind: "Endpoints", metadata: { name: "unrelated", namespace: "default" } });
  cluster.settle();
  for (const service of services) cluster.delete(service);
  cluster.settle();
  expect(cluster.list("v1", "Endpoints", "default").map((e) => e.metadata.name)).toEqual(["kubernetes", "unrelated"]);
});
