import { expect, test } from "vitest";
import type { KubeObject } from "../../object.ts";
import type { Service } from "../../types/core-v1.generated.ts";
import { aService } from "../../../../test/harness/builders.ts";
import { testCluster, type TestCluster } from "../../../../test/harness/test-cluster.ts";

const aRange = (name: string, ...cidrs: string[]): KubeObject => ({ apiVersion: "networking.k8s.io/v1", kind: "ServiceCIDR", metadata: { name }, spec: { cidrs } });
const FINALIZER = "networking.k8s.io/service-cidr-finalizer";
const ready = { conditions: [{ type: "Ready", status: "True", message: "Kubernetes Service CIDR is ready" }] };
const terminating = { conditions: [{ type: "Ready", status: "False", reason: "Terminating" }] };
const withIp = (cluster: TestCluster, name: string, clusterIP?: string) => cluster.create(aService({ name, spec: { ...(clusterIP && { clusterIP }) } })) as Service;

test("the cluster's ranges stand as the ServiceCIDR kubernetes, which is ready and comes back", async () => {
  await using cluster = await testCluster({ serviceCidrs: ["10.96.0.0/16", "fd00:10:96::/112"] });
  cluster.settle();
  expect(cluster.list("networking.k8s.io/v1", "ServiceCIDR")).toMatchObject([{ metadata: { name: "kubernetes", finalizers: [FINALIZER] }, spec: { cidrs: ["10.96.0.0/16", "fd00:10:96::/112"] }, status: ready }]);
});

test("a second range gives addresses, for asking and when the first is full", async () => {
  await using cluster = await testCluster({ serviceCidrs: ["10.96.0.0/28"] });
  const more = cluster.create(aRange("more", "203.0.113.0/28"));
  cluster.settle();
  expect(cluster.get(more)).toMatchObject({ metadata: { finalizers: [FINALIZER] }, status: ready });
  expect(withIp(cluster, "asked", "203.0.113.10").spec!.clusterIP).toBe("203.0.113.10");
  const ips = Array.from({ length: 25 }, (_, i) => withIp(cluster, `s${i}`).spec!.clusterIP!);
  expect(new Set(ips).size).toBe(25);
  // 14 and 14 addresses, of which kubernetes, kube-dns and one for asking are gone.
  expect(ips.filter((ip) => ip.startsWith("10.96.0."))).toHaveLength(12);
  expect(() => withIp(cluster, "too-many")).toThrow("failed to allocate a serviceIP: range is full");
});

test("the first and last address of a range are for nobody", async () => {
  await using cluster = await testCluster({ nodes: 0 });
  cluster.create(aRange("more", "203.0.113.0/28"));
  for (const ip of ["203.0.113.0", "203.0.113.15"]) expect(() => withIp(cluster, "s", ip)).toThrow(`the provided IP (${ip}) is not in the valid range. The range of valid IPs is 203.0.113.0/28`);
  expect(() => withIp(cluster, "s", "203.0.113.16")).toThrow("the provided network does not match the current range");
});

test("a range that is being deleted gives no more addresses, and goes when the last one is back", async () => {
  await using cluster = await testCluster({ nodes: 0 });
  const more = cluster.create(aRange("more", "203.0.113.0/24"));
  cluster.settle();
  const [a, b] = [withIp(cluster, "a", "203.0.113.1"), withIp(cluster, "b", "203.0.113.2")];
  cluster.delete(more);
  expect(() => withIp(cluster, "c", "203.0.113.3")).toThrow("the provided network does not match the current range");
  cluster.settle();
  expect(cluster.get(more)).toMatchObject({ status: terminating });
  cluster.delete(a);
  cluster.settle();
  expect(cluster.get(more)).toBeDefined();
  cluster.delete(b);
  cluster.settle();
  expect(cluster.get(more)).toBeUndefined();
});

test("a range goes at once where another one holds its addresses, also one that comes later", async () => {
  await using cluster = await testCluster({ nodes: 0 });
  const [inner, outer] = [cluster.create(aRange("inner", "203.0.113.0/28")), aRange("outer", "203.0.113.0/24")];
  withIp(cluster, "a", "203.0.113.1");
  cluster.settle();
  cluster.delete(inner);
  cluster.settle();
  expect(cluster.get(inner)).toMatchObject({ status: terminating });
  cluster.create(outer);
  cluster.settle();
  expect(cluster.get(inner)).toBeUndefined();
  expect(cluster.get(outer)).toMatchObject({ status: ready });
});

test("the cluster's own range cannot go while kubernetes has an address of it", async () => {
  await using cluster = await testCluster({ nodes: 0 });
  cluster.settle();
  const own = cluster.get(aRange("kubernetes"))!;
  cluster.delete(own);
  cluster.settle();
  expect(cluster.get(own)).toMatchObject({ status: terminating });
});
