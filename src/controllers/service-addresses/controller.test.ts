import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../kinds/object.ts";
import type { Service } from "../../kinds/types/core-v1.generated.ts";
import { aService } from "../../../test/harness/builders.ts";
import { testCluster, type TestCluster } from "../../../test/harness/test-cluster.ts";

const NETWORKING = "networking.k8s.io/v1";
const ADDRESS = { apiVersion: NETWORKING, kind: "IPAddress" };
const addresses = (cluster: TestCluster): string[] => cluster.list(NETWORKING, "IPAddress").map((ip) => ip.metadata.name!);
const ipOf = (service: KubeObject): string => (service as Service).spec!.clusterIP!;
const remove = (cluster: TestCluster, ip: string) => cluster.delete({ ...ADDRESS, metadata: { name: ip } });
const events = (cluster: TestCluster): string[] => cluster.list("v1", "Event").filter((event) => event.reportingComponent === "ipallocator-repair-controller").map((event) => `${event.reason}: ${event.message}`);
const anAddress = (name: string, parent: object = { resource: "services", namespace: "default", name: "nobody" }, labels: Record<string, string> = { "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io", "ipaddress.kubernetes.io/ip-family": "IPv4" }): KubeObject =>
  ({ ...ADDRESS, metadata: { name, labels }, spec: { parentRef: parent } });

test("an address's IPAddress is there with the Service, before any controller runs, and goes with it", async () => {
  await using cluster = await testCluster();
  const web = cluster.create(aService());
  expect(cluster.get({ ...ADDRESS, metadata: { name: ipOf(web) } })).toMatchObject({
    metadata: { labels: { "ipaddress.kubernetes.io/ip-family": "IPv4", "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io" } },
    spec: { parentRef: { resource: "services", namespace: "default", name: "web" } },
  });
  cluster.delete(web);
  expect(addresses(cluster)).not.toContain(ipOf(web));
});

describe("what somebody did by hand is mended", () => {
  test("an IPAddress that was deleted comes back, and its address was never free meanwhile", async () => {
    await using cluster = await testCluster();
    const web = cluster.create(aService());
    remove(cluster, ipOf(web));
    expect(() => cluster.create(aService({ name: "thief", spec: { clusterIP: ipOf(web) } }))).toThrow("provided IP is already allocated");
    cluster.settle();
    expect(addresses(cluster)).toContain(ipOf(web));
    expect(events(cluster)).toEqual([`ClusterIPNotAllocated: Cluster IP [IPv4]: ${ipOf(web)} is not allocated; repairing`]);
  });

  test("one of ours without its Service goes, and one of somebody else stays", async () => {
    await using cluster = await testCluster();
    cluster.create(anAddress("10.96.7.7"));
    cluster.create(anAddress("10.96.7.8", { group: "example.com", resource: "gateways", name: "g" }, {}));
    cluster.create(anAddress("10.96.7.9", { group: "example.com", resource: "gateways", name: "g" }));
    cluster.settle();
    expect(addresses(cluster).filter((ip) => ip.startsWith("10.96.7."))).toEqual(["10.96.7.8"]);
    expect(events(cluster).sort()).toEqual([
      "IPAddressNotAllocated: IPAddress 10.96.7.9 appears to have been modified, not referencing a Service: cleaning up",
      "IPAddressNotAllocated: IPAddress: 10.96.7.7 for Service default/nobody appears to have leaked: cleaning up",
    ]);
  });

  test("one that stands for an address which its Service does not have goes", async () => {
    await using cluster = await testCluster();
    cluster.create(aService());
    cluster.create(anAddress("10.96.7.7", { resource: "services", namespace: "default", name: "web" }));
    cluster.settle();
    expect(addresses(cluster)).not.toContain("10.96.7.7");
    expect(events(cluster)).toEqual(["IPAddressWrongReference: IPAddress: 10.96.7.7 for Service default/web has a wrong reference; cleaning up"]);
  });

  test("one that names the wrong owner, or lost its labels, is made anew", async () => {
    await using cluster = await testCluster();
    const web = cluster.create(aService());
    const taken = anAddress(ipOf(web), { group: "example.com", resource: "gateways", name: "g" }, {});
    cluster.transact((tx) => {
      const kind = cluster.api.kind(NETWORKING, "IPAddress");
      tx.delete(kind, undefined, ipOf(web));
      tx.create(kind, taken);
    });
    const other = cluster.create(aService({ name: "other" }));
    cluster.update({ ...ADDRESS, metadata: { name: ipOf(other) } } as KubeObject, ({ metadata }) => { delete metadata.labels; });
    cluster.settle();
    expect(cluster.get({ ...ADDRESS, metadata: { name: ipOf(web) } })).toMatchObject({ spec: { parentRef: { name: "web" } } });
    expect(cluster.get({ ...ADDRESS, metadata: { name: ipOf(other) } })).toMatchObject({ metadata: { labels: { "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io" } } });
    expect(events(cluster)).toEqual([`ClusterIPNotAllocated: the ClusterIP [IPv4]: ${ipOf(web)} for Service default/web has a wrong reference; repairing`]);
  });
});

test("an IPAddress made by hand blocks its address", async () => {
  await using cluster = await testCluster();
  cluster.create(anAddress("10.96.7.8", { group: "example.com", resource: "gateways", name: "g" }, {}));
  expect(() => cluster.create(aService({ spec: { clusterIP: "10.96.7.8" } }))).toThrow("failed to allocate IP 10.96.7.8: provided IP is already allocated");
});

test("a Service whose range was taken away is told of", async () => {
  await using cluster = await testCluster();
  const range = cluster.create({ apiVersion: NETWORKING, kind: "ServiceCIDR", metadata: { name: "more" }, spec: { cidrs: ["203.0.113.0/24"] } } as KubeObject);
  const web = cluster.create(aService({ spec: { clusterIP: "203.0.113.7" } }));
  cluster.settle();
  cluster.update(range, ({ metadata }) => { delete metadata.finalizers; });
  cluster.transact((tx) => {
    const kind = cluster.api.kind(NETWORKING, "ServiceCIDR");
    tx.delete(kind, undefined, "more");
    tx.update(kind, undefined, "more", ({ metadata }) => { delete metadata.finalizers; });
  });
  remove(cluster, ipOf(web));
  cluster.settle();
  expect(events(cluster)).toContain("ClusterIPOutOfRange: Cluster IP [IPv4]: 203.0.113.7 is not within any configured Service CIDR; please recreate service");
});
