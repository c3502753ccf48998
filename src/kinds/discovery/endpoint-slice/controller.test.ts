import { expect, test } from "vitest";
import { aDeployment, aNode, aPod, aService } from "../../../../test/harness/builders.ts";
import { scaleTo } from "../../../../test/harness/looks.ts";
import { testCluster, type TestCluster } from "../../../../test/harness/test-cluster.ts";
import type { Pod, Service } from "../../types/core-v1.generated.ts";
import type { EndpointSlice } from "../../types/discovery-v1.generated.ts";

const BIG = [aNode({ name: "big", cpu: "1000", memory: "1000Gi", pods: "3000" })];
const slices = (cluster: TestCluster, service = "web") => cluster.list<EndpointSlice>("discovery.k8s.io/v1", "EndpointSlice").filter((s) => s.metadata.labels!["kubernetes.io/service-name"] === service);
const endpoints = (cluster: TestCluster) => slices(cluster).flatMap((slice) => slice.endpoints ?? []);
const withPorts = (ports: object[]) => ({ spec: { containers: [{ name: "main", image: "app:1", ports }] } });
const setReady = (cluster: TestCluster, pod: Pod, status: "True" | "False") =>
  cluster.update(pod, (draft) => { draft.status!.conditions = draft.status!.conditions!.map((c) => (c.type === "Ready" ? { ...c, status } : c)); }, { subresource: "status" });

test("a service's pods are told in a slice with its labels and owner", async () => {
  await using cluster = await testCluster({ nodes: [aNode({ name: "n", labels: { "topology.kubernetes.io/zone": "z1" } })] });
  const service = cluster.create(aService({ labels: { team: "a" } }));
  const pod = cluster.create(aPod({ labels: { app: "web" } }));
  cluster.settle({ pods: "ready" });
  const [slice] = slices(cluster);
  expect(slices(cluster)).toHaveLength(1);
  expect(slice!.metadata).toMatchObject({
    generateName: "web-", labels: { team: "a", "kubernetes.io/service-name": "web", "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io" },
    ownerReferences: [{ apiVersion: "v1", kind: "Service", name: "web", uid: service.metadata.uid, controller: true, blockOwnerDeletion: true }],
  });
  expect(slice).toMatchObject({ addressType: "IPv4", ports: [{ name: "", port: 80, protocol: "TCP" }] });
  expect(slice!.endpoints).toEqual([{
    addresses: [cluster.get<Pod>(pod as Pod)!.status!.podIP], conditions: { ready: true, serving: true, terminating: false }, nodeName: "n", zone: "z1",
    targetRef: { kind: "Pod", namespace: "default", name: "pod", uid: pod.metadata.uid },
  }]);
});

test("a service without pods has one empty slice", async () => {
  await using cluster = await testCluster();
  cluster.create(aService());
  cluster.settle();
  expect(slices(cluster).map((slice) => [slice.endpoints, slice.ports])).toEqual([[[], []]]);
});

test("250 pods take three slices, and one more pod or one less writes one slice", async () => {
  await using cluster = await testCluster({ nodes: BIG });
  cluster.create(aService());
  const web = cluster.apply(aDeployment({ replicas: 250 }));
  cluster.settle({ pods: "ready" });
  const sizes = () => slices(cluster).map((slice) => slice.endpoints!.length);
  expect(sizes().reduce((a, b) => a + b)).toBe(250);
  expect(Math.max(...sizes())).toBeLessThanOrEqual(100);
  expect(slices(cluster)).toHaveLength(3);

  const versions = () => slices(cluster).map((slice) => slice.metadata.resourceVersion);
  const before = new Set(versions());
  cluster.update(web, scaleTo(251));
  cluster.settle({ pods: "ready" });
  expect(endpoints(cluster)).toHaveLength(251);
  expect(versions().filter((version) => !before.has(version))).toHaveLength(1);
  cluster.update(web, scaleTo(0));
  cluster.settle({ pods: "ready" });
  expect(sizes()).toEqual([0]);
}, 60_000);

test("named ports are looked up in each pod, and pods with other numbers get a slice of their own", async () => {
  await using cluster = await testCluster();
  cluster.create(aService({ spec: { ports: [{ name: "http", port: 80, targetPort: "web" }, { name: "dns", port: 53, protocol: "UDP", targetPort: "dns" }] } }));
  cluster.create(aPod({ name: "a", labels: { app: "web" }, ...withPorts([{ name: "web", containerPort: 8080 }, { name: "dns", containerPort: 5353, protocol: "UDP" }]) }));
  cluster.create(aPod({ name: "b", labels: { app: "web" }, ...withPorts([{ name: "web", containerPort: 9090 }]) }));
  cluster.settle({ pods: "ready" });
  const told = slices(cluster).map((slice) => [slice.endpoints!.map((e) => e.targetRef!.name), slice.ports!.map((p) => `${p.name} ${p.port}/${p.protocol}`).sort()]);
  expect(told.sort((x, y) => (String(x) < String(y) ? -1 : 1))).toEqual([[["a"], ["dns 5353/UDP", "http 8080/TCP"]], [["b"], ["http 9090/TCP"]]]);
});

test("a pod that is not ready serves nobody; a terminating one still serves, but is not ready", async () => {
  await using cluster = await testCluster();
  cluster.create(aService());
  const [a, b] = ["a", "b"].map((name) => cluster.create(aPod({ name, labels: { app: "web" } })) as Pod);
  cluster.settle({ pods: "ready" });
  setReady(cluster, a!, "False");
  cluster.delete(b!);
  cluster.settle();
  expect(Object.fromEntries(endpoints(cluster).map((e) => [e.targetRef!.name, e.conditions]))).toEqual({
    a: { ready: false, serving: false, terminating: false }, b: { ready: false, serving: true, terminating: true },
  });
  cluster.settle({ pods: "ready" });
  expect(endpoints(cluster)).toHaveLength(1);
});

test("publishNotReadyAddresses makes everything ready but says what serves", async () => {
  await using cluster = await testCluster();
  cluster.create(aService({ spec: { publishNotReadyAddresses: true, clusterIP: "None" } }));
  const pod = cluster.create(aPod({ labels: { app: "web" }, spec: { hostname: "first", subdomain: "web" } })) as Pod;
  cluster.settle({ pods: "ready" });
  setReady(cluster, pod, "False");
  cluster.settle();
  expect(endpoints(cluster)).toMatchObject([{ hostname: "first", conditions: { ready: true, serving: false, terminating: false } }]);
  expect(slices(cluster)[0]!.metadata.labels).toHaveProperty(["service.kubernetes.io/headless"], "");
});

test("another selector means other endpoints, a pod's new label too", async () => {
  await using cluster = await testCluster();
  const service = cluster.create(aService()) as Service;
  const [a, b] = ["a", "b"].map((app) => cluster.create(aPod({ name: app, labels: { app } })));
  cluster.settle({ pods: "ready" });
  expect(endpoints(cluster)).toEqual([]);
  cluster.update(service, (draft) => { draft.spec!.selector = { app: "a" }; });
  cluster.settle();
  expect(endpoints(cluster).map((e) => e.targetRef!.uid)).toEqual([a!.metadata.uid]);
  cluster.update(b!, (draft) => { draft.metadata.labels = { app: "a" }; });
  cluster.update(a!, (draft) => { draft.metadata.labels = {}; });
  cluster.settle();
  expect(endpoints(cluster).map((e) => e.targetRef!.uid)).toEqual([b!.metadata.uid]);
});

test("a slice that somebody deletes or changes is put right, one of another manager is left alone", async () => {
  await using cluster = await testCluster();
  cluster.create(aService());
  cluster.create(aPod({ labels: { app: "web" } }));
  const foreign: EndpointSlice = cluster.create<EndpointSlice>({ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata: { name: "mine", namespace: "default", labels: { "kubernetes.io/service-name": "web" } }, addressType: "IPv4", endpoints: [{ addresses: ["192.0.2.1"] }] });
  cluster.settle({ pods: "ready" });
  const own = () => slices(cluster).find((slice) => slice.metadata.name !== "mine")!;
  cluster.update(own(), (draft) => { draft.endpoints = []; });
  cluster.settle();
  expect(own().endpoints).toHaveLength(1);
  cluster.delete(own());
  cluster.settle();
  expect(own().endpoints).toHaveLength(1);
  expect(cluster.get(foreign)!.metadata.resourceVersion).toBe(foreign.metadata.resourceVersion);
});

test("what does not concern a service's endpoints writes nothing", async () => {
  await using cluster = await testCluster();
  cluster.create(aService());
  const pod = cluster.create(aPod({ labels: { app: "web" } })) as Pod;
  cluster.settle({ pods: "ready" });
  const { revision } = cluster.api.store;
  cluster.update(pod, (draft) => { draft.metadata.annotations = { note: "x" }; });
  cluster.update(pod, (draft) => { draft.status!.message = "busy"; }, { subresource: "status" });
  cluster.settle();
  expect(cluster.api.store.revision).toBe(revision + 2);
});

test("services without a selector, or that are only names, get no slices", async () => {
  await using cluster = await testCluster();
  cluster.create(aService({ name: "manual", selector: {} }));
  cluster.create(aService({ name: "alias", spec: { type: "ExternalName", externalName: "example.com", ports: undefined } }));
  cluster.settle();
  expect([...slices(cluster, "manual"), ...slices(cluster, "alias")]).toEqual([]);
});

test("a service of both families has slices of both, each with the addresses of its own", async () => {
  await using cluster = await testCluster({ serviceCidrs: ["10.96.0.0/16", "fd00:10:96::/112"] });
  const service = cluster.create(aService({ spec: { ipFamilyPolicy: "RequireDualStack" } }));
  const pod = cluster.create(aPod({ labels: { app: "web" } })) as Pod;
  cluster.settle({ pods: "ready" });
  const { podIP } = cluster.get(pod)!.status!;
  const told = () => slices(cluster).map((slice) => [slice.addressType, (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses)]).sort();
  expect(told()).toEqual([["IPv4", [podIP]], ["IPv6", []]]);
  cluster.update(pod, (draft) => { draft.status!.podIPs = [{ ip: podIP! }, { ip: "fd00:244::7" }]; }, { subresource: "status" });
  cluster.settle();
  expect(told()).toEqual([["IPv4", [podIP]], ["IPv6", ["fd00:244::7"]]]);
  cluster.update(service as Service, (draft) => { draft.spec!.ipFamilyPolicy = "SingleStack"; });
  cluster.settle();
  expect(told()).toEqual([["IPv4", [podIP]]]);
});
