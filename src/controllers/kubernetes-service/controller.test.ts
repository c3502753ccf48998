import { expect, test } from "vitest";
import { testCluster, type TestCluster } from "../../../test/harness/test-cluster.ts";
import type { Endpoints } from "../../kinds/types/core-v1.generated.ts";
import type { EndpointSlice } from "../../kinds/types/discovery-v1.generated.ts";

const of = <T>(cluster: TestCluster, version: string, kind: string) => cluster.list(version, kind, "default").find((o) => o.metadata.name === "kubernetes") as T | undefined;
const endpoints = (cluster: TestCluster) => of<Endpoints>(cluster, "v1", "Endpoints")!;
const slice = (cluster: TestCluster) => of<EndpointSlice>(cluster, "discovery.k8s.io/v1", "EndpointSlice")!;

test("the service kubernetes leads to its own address, told the same by Endpoints and by one slice", async () => {
  await using cluster = await testCluster({ nodes: 0 });
  cluster.settle();
  expect(endpoints(cluster).subsets).toEqual([{ addresses: [{ ip: "10.96.0.1" }], ports: [{ name: "https", port: 443, protocol: "TCP" }] }]);
  expect(slice(cluster)).toMatchObject({ metadata: { labels: { "kubernetes.io/service-name": "kubernetes" } }, addressType: "IPv4", endpoints: [{ addresses: ["10.96.0.1"], conditions: { ready: true } }], ports: [{ name: "https", port: 443, protocol: "TCP" }] });
  expect(cluster.list<EndpointSlice>("discovery.k8s.io/v1", "EndpointSlice", "default")).toHaveLength(1);
});

test("all three come back when somebody deletes or changes them", async () => {
  await using cluster = await testCluster({ nodes: 0 });
  cluster.settle();
  cluster.update(endpoints(cluster), (draft) => { draft.subsets = []; });
  cluster.delete(slice(cluster));
  cluster.delete(of(cluster, "v1", "Service")!);
  cluster.settle();
  expect(endpoints(cluster).subsets).toHaveLength(1);
  expect(slice(cluster).endpoints).toHaveLength(1);
  expect(of<{ spec: object }>(cluster, "v1", "Service")!.spec).toMatchObject({ clusterIP: "10.96.0.1", ports: [{ name: "https", port: 443, targetPort: 6443 }] });
});
