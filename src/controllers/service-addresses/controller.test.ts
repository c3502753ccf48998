import { expect, test } from "vitest";
import type { KubeObject } from "../../kinds/object.ts";
import { aService } from "../../../test/harness/builders.ts";
import { testCluster, type TestCluster } from "../../../test/harness/test-cluster.ts";

const addresses = (cluster: TestCluster): string[] => cluster.list("networking.k8s.io/v1", "IPAddress").map((ip) => ip.metadata.name!);

test("each address of a Service is an IPAddress as long as the Service has it", async () => {
  await using cluster = await testCluster();
  const web = cluster.create(aService());
  cluster.settle();
  const ip = (cluster.get(web)!.spec as { clusterIP: string }).clusterIP;
  expect(addresses(cluster)).toContain(ip);
  cluster.transact((tx) => tx.delete(cluster.api.kind("networking.k8s.io/v1", "IPAddress"), undefined, ip));
  cluster.settle();
  expect(addresses(cluster)).toContain(ip);
  cluster.delete(web);
  cluster.settle();
  expect(addresses(cluster)).not.toContain(ip);
});

test("the cluster's range is a ServiceCIDR, ready, and another one comes and goes", async () => {
  await using cluster = await testCluster();
  cluster.settle();
  const status = { conditions: [{ type: "Ready", status: "True", message: "Kubernetes Service CIDR is ready" }] };
  expect(cluster.list("networking.k8s.io/v1", "ServiceCIDR")).toMatchObject([{ metadata: { name: "kubernetes" }, spec: { cidrs: ["10.96.0.0/16"] }, status }]);
  const other = cluster.create({ apiVersion: "networking.k8s.io/v1", kind: "ServiceCIDR", metadata: { name: "more" }, spec: { cidrs: ["10.97.0.0/24"] } } as KubeObject);
  cluster.settle();
  expect(cluster.get(other)).toMatchObject({ status, metadata: { finalizers: ["networking.k8s.io/service-cidr-finalizer"] } });
  cluster.delete(other);
  cluster.settle();
  expect(cluster.get(other)).toBeUndefined();
});
