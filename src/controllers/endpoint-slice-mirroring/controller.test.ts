import { expect, test } from "vitest";
import { aService } from "../../../test/harness/builders.ts";
import { testCluster, type TestCluster } from "../../../test/harness/test-cluster.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { Endpoints, Service } from "../../kinds/types/core-v1.generated.ts";
import type { EndpointSlice } from "../../kinds/types/discovery-v1.generated.ts";

const mirrors = (cluster: TestCluster) => cluster.list<EndpointSlice>("discovery.k8s.io/v1", "EndpointSlice").filter((s) => s.metadata.labels!["endpointslice.kubernetes.io/managed-by"] === "endpointslicemirroring-controller.k8s.io");
const aManualService = (cluster: TestCluster): KubeObject => cluster.create(aService({ name: "db", selector: {}, spec: { ports: [{ name: "sql", port: 5432 }] } }));
const someEndpoints = (cluster: TestCluster, metadata: object = {}): Endpoints => cluster.create({
  apiVersion: "v1", kind: "Endpoints", metadata: { name: "db", namespace: "default", ...metadata },
  subsets: [{ addresses: [{ ip: "192.0.2.1", hostname: "first" }], notReadyAddresses: [{ ip: "192.0.2.2" }], ports: [{ name: "sql", port: 15432 }] }],
} as Endpoints);

test("Endpoints of a service without a selector are mirrored, changed and removed along", async () => {
  await using cluster = await testCluster();
  aManualService(cluster);
  const endpoints = someEndpoints(cluster, { labels: { team: "a" }, annotations: { note: "kept", "kubectl.kubernetes.io/last-applied-configuration": "{}" } });
  cluster.settle();
  const [slice] = mirrors(cluster);
  expect(slice).toMatchObject({
    metadata: {
      generateName: "db-", annotations: { note: "kept" }, labels: { team: "a", "kubernetes.io/service-name": "db" },
      ownerReferences: [{ apiVersion: "v1", kind: "Endpoints", name: "db", uid: endpoints.metadata.uid, controller: true }],
    },
    addressType: "IPv4", ports: [{ name: "sql", port: 15432, protocol: "TCP" }],
  });
  expect(slice!.metadata.annotations).toEqual({ note: "kept" });
  expect(slice!.endpoints).toEqual([{ addresses: ["192.0.2.1"], hostname: "first", conditions: { ready: true } }, { addresses: ["192.0.2.2"], conditions: { ready: false } }]);

  cluster.update(endpoints, (draft) => { draft.subsets = [{ addresses: [{ ip: "192.0.2.9" }, { ip: "2001:db8::9" }], ports: [{ name: "sql", port: 15432 }] }]; });
  cluster.settle();
  expect(mirrors(cluster).map((s) => [s.metadata.name === slice!.metadata.name, s.addressType, s.endpoints![0]!.addresses[0]]).sort()).toEqual([[false, "IPv6", "2001:db8::9"], [true, "IPv4", "192.0.2.9"]]);

  cluster.delete(endpoints);
  cluster.settle();
  expect(mirrors(cluster)).toEqual([]);
});

test("a mirror that somebody deletes comes back", async () => {
  await using cluster = await testCluster();
  aManualService(cluster);
  someEndpoints(cluster);
  cluster.settle();
  cluster.delete(mirrors(cluster)[0]!);
  cluster.settle();
  expect(mirrors(cluster)).toHaveLength(1);
});

test("no mirrors without a service, with a selector, or where a label forbids it", async () => {
  await using cluster = await testCluster();
  const endpoints = someEndpoints(cluster);
  cluster.settle();
  expect(mirrors(cluster)).toEqual([]);
  const service = aManualService(cluster) as Service;
  cluster.settle();
  expect(mirrors(cluster)).toHaveLength(1);
  cluster.update(endpoints, (draft) => { draft.metadata.labels = { "endpointslice.kubernetes.io/skip-mirror": "true" }; });
  cluster.settle();
  expect(mirrors(cluster)).toEqual([]);
  cluster.update(endpoints, (draft) => { draft.metadata.labels = {}; });
  cluster.settle();
  expect(mirrors(cluster)).toHaveLength(1);
  cluster.update(service, (draft) => { draft.spec!.selector = { app: "db" }; });
  cluster.settle();
  expect(mirrors(cluster)).toEqual([]);
});
