import { expect, test } from "vitest";
import type { KubeObject } from "../../object.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "../../types/core-v1.generated.ts";
import { aPod } from "../../../../test/harness/builders.ts";
import { testApi } from "../../../../test/harness/test-api.ts";
import { testCluster, type TestCluster } from "../../../../test/harness/test-cluster.ts";

const aVolume = (name: string, storage: string, spec: object = {}, labels?: Record<string, string>): PersistentVolume => ({
  apiVersion: "v1", kind: "PersistentVolume", metadata: { name, ...(labels && { labels }) },
  spec: { capacity: { storage }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/tmp/x" }, ...spec },
});
const aClaim = (name: string, storage: string, spec: object = {}): PersistentVolumeClaim => ({
  apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name, namespace: "default" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } }, storageClassName: "", ...spec },
});
const aClass = (name: string, more: object = {}, annotations?: Record<string, string>): KubeObject =>
  ({ apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name, ...(annotations && { annotations }) }, provisioner: "disk.example.com", ...more });
const phases = (cluster: TestCluster, ...objects: KubeObject[]) => objects.map((o) => (cluster.get(o)?.status as { phase?: string } | undefined)?.phase);

test("a claim gets the smallest volume that suits, and both point at each other", async () => {
  await using cluster = await testCluster();
  const [small, fitting, large] = [cluster.create(aVolume("a-small", "1Gi")), cluster.create(aVolume("fitting", "3Gi")), cluster.create(aVolume("b-large", "9Gi"))];
  cluster.settle();
  expect(phases(cluster, small, fitting, large)).toEqual(["Available", "Available", "Available"]);
  const claim = cluster.create(aClaim("data", "2Gi"));
  cluster.settle();
  expect(cluster.get(claim)).toMatchObject({
    metadata: { annotations: { "pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes" }, finalizers: ["kubernetes.io/pvc-protection"] },
    spec: { volumeName: "fitting" }, status: { phase: "Bound", capacity: { storage: "3Gi" }, accessModes: ["ReadWriteOnce"] },
  });
  expect(cluster.get(fitting)).toMatchObject({ spec: { claimRef: { namespace: "default", name: "data", uid: claim.metadata.uid } }, status: { phase: "Bound" } });
  expect(phases(cluster, small, large)).toEqual(["Available", "Available"]);
});

test("selector, class, modes and a volume's name are heeded", async () => {
  await using cluster = await testCluster();
  cluster.create(aVolume("plain", "1Gi"));
  cluster.create(aVolume("labelled", "5Gi", {}, { disk: "fast" }));
  cluster.create(aVolume("classed", "1Gi", { storageClassName: "gold" }));
  cluster.create(aVolume("many", "5Gi", { accessModes: ["ReadWriteMany"] }));
  const claims = [
    aClaim("by-selector", "1Gi", { selector: { matchLabels: { disk: "fast" } } }), aClaim("by-class", "1Gi", { storageClassName: "gold" }),
    aClaim("by-mode", "1Gi", { accessModes: ["ReadWriteMany"] }), aClaim("by-name", "1Gi", { volumeName: "plain" }),
  ].map((claim) => cluster.create(claim));
  cluster.settle();
  expect(claims.map((claim) => cluster.get(claim)!.spec!.volumeName)).toEqual(["labelled", "classed", "many", "plain"]);
  expect(phases(cluster, ...claims)).toEqual(["Bound", "Bound", "Bound", "Bound"]);
});

test("a volume that comes later is found by the claim that waits, and one kept for it is preferred", async () => {
  await using cluster = await testCluster();
  const claim = cluster.create(aClaim("data", "1Gi"));
  cluster.settle();
  expect(phases(cluster, claim)).toEqual(["Pending"]);
  expect(cluster.events(claim)).toEqual(["Normal FailedBinding: no persistent volumes available for this claim and no storage class is set"]);
  cluster.create(aVolume("reserved", "9Gi", { claimRef: { namespace: "default", name: "data" } }));
  cluster.settle();
  expect(cluster.get(claim)!.spec!.volumeName).toBe("reserved");
});

test("a deleted claim waits for its pod, then its volume is released and kept", async () => {
  await using cluster = await testCluster();
  const volume = cluster.create(aVolume("vol", "1Gi"));
  const claim = cluster.create(aClaim("data", "1Gi"));
  const pod = cluster.create(aPod({ spec: { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }], nodeName: "node-1" } }));
  cluster.settle();
  cluster.delete(claim);
  cluster.settle();
  expect(cluster.get(claim)?.metadata.deletionTimestamp).toBeDefined();
  cluster.delete(pod, { gracePeriodSeconds: 0 });
  cluster.settle();
  expect(cluster.get(claim)).toBeUndefined();
  expect(phases(cluster, volume)).toEqual(["Released"]);
  cluster.delete(volume);
  cluster.settle();
  expect(cluster.get(volume)).toBeUndefined();
});

test("a bound volume cannot go before its claim, whose loss is told", async () => {
  await using cluster = await testCluster();
  const volume = cluster.create(aVolume("vol", "1Gi"));
  const claim = cluster.create(aClaim("data", "1Gi"));
  cluster.settle();
  cluster.delete(volume);
  cluster.settle();
  expect(cluster.get(volume)?.metadata.deletionTimestamp).toBeDefined();
  cluster.update(volume, (draft) => { draft.metadata.finalizers = []; });
  cluster.settle();
  expect(phases(cluster, claim)).toEqual(["Lost"]);
  expect(cluster.events(claim)).toContain("Warning ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!");
});

test("a class that waits for the first consumer binds when a pod has a node, to a volume of that node", async () => {
  await using cluster = await testCluster({ nodes: 2 });
  cluster.create(aClass("local", { provisioner: "kubernetes.io/no-provisioner", volumeBindingMode: "WaitForFirstConsumer" }));
  for (const node of ["node-1", "node-2"]) {
    const nodeAffinity = { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [node] }] }] } };
    cluster.create(aVolume(`on-${node}`, "1Gi", { storageClassName: "local", nodeAffinity, local: { path: "/mnt" }, hostPath: undefined }));
  }
  const claim = cluster.create(aClaim("data", "1Gi", { storageClassName: "local" }));
  cluster.settle();
  expect(cluster.events(claim)).toEqual(["Normal WaitForFirstConsumer: waiting for first consumer to be created before binding"]);
  cluster.create(aPod({ spec: { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }], nodeName: "node-2" } }));
  cluster.settle();
  expect(cluster.get(claim)!.spec!.volumeName).toBe("on-node-2");
});

test("the newest default class is filled in, at once or later, and its provisioner is told", async () => {
  await using cluster = await testCluster();
  const { storageClassName: _none, ...spec } = aClaim("early", "1Gi").spec!;
  const early = cluster.create({ ...aClaim("early", "1Gi"), spec });
  cluster.settle();
  cluster.create(aClass("gold", { allowVolumeExpansion: true }, { "storageclass.kubernetes.io/is-default-class": "true" }));
  const late = cluster.create({ ...aClaim("late", "1Gi"), spec });
  cluster.settle();
  for (const claim of [early, late]) {
    expect(cluster.get(claim)).toMatchObject({ spec: { storageClassName: "gold" }, metadata: { annotations: { "volume.kubernetes.io/storage-provisioner": "disk.example.com" } } });
  }
});

test("a bound claim may grow where its class allows it, and nothing else of it changes", async () => {
  await using cluster = await testCluster();
  cluster.create(aClass("gold", { allowVolumeExpansion: true }));
  cluster.create(aVolume("vol", "1Gi", { storageClassName: "gold" }));
  const claim = cluster.create(aClaim("data", "1Gi", { storageClassName: "gold" }));
  const unbound = cluster.create(aClaim("other", "9Gi", { storageClassName: "gold" }));
  cluster.settle();
  const grow = (name: string, storage: string) => cluster.api.mergePatch({ ...claim, metadata: { name, namespace: "default" } }, { spec: { resources: { requests: { storage } } } });
  expect((await grow("data", "2Gi")).status).toBe(200);
  expect((await grow("data", "512Mi")).body.message).toContain("spec.resources.requests.storage: Forbidden: field can not be less than status.capacity");
  expect((await grow("other", "10Gi")).status).toBe(422);
  expect(phases(cluster, unbound)).toEqual(["Pending"]);
  const answer = await cluster.api.mergePatch(claim, { spec: { accessModes: ["ReadOnlyMany"] } });
  expect(answer.body.message).toContain("spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims");
});

test("claims of ephemeral volumes are made for their pod", async () => {
  await using cluster = await testCluster();
  const pod = cluster.create(aPod({ spec: { volumes: [{ name: "scratch", ephemeral: { volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } } } }] } }));
  cluster.settle();
  expect(cluster.list("v1", "PersistentVolumeClaim")).toMatchObject([{ metadata: { name: "pod-scratch", ownerReferences: [{ uid: pod.metadata.uid, controller: true }] } }]);
});

test("what is wrong with volumes and claims is named", async () => {
  await using api = await testApi();
  const volume = await api.post({ apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "v" }, spec: { accessModes: ["Odd"], capacity: { cpu: "1" }, hostPath: { path: "/", type: "" }, nfs: { server: "s", path: "/" }, persistentVolumeReclaimPolicy: "Recycle" } } as KubeObject);
  expect(volume.body.details.causes.map((c: { field: string }) => c.field)).toEqual(["spec.accessModes", "spec.capacity", "spec.persistentVolumeReclaimPolicy", "spec.nfs"]);
  const claim = await api.post({ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "c", namespace: "default" }, spec: { dataSource: { kind: "X", name: "n" }, dataSourceRef: { kind: "Y", name: "n" } } } as KubeObject);
  expect(claim.body.details.causes.map((c: { field: string }) => c.field)).toEqual(["spec.accessModes", "spec.resources[storage]", "spec.dataSource", "spec.dataSourceRef", "spec"]);
});
