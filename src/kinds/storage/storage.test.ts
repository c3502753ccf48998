import { expect, test } from "vitest";
import { testApi } from "../../../test/harness/test-api.ts";

const storage = (kind: string, name: string, more: object) => ({ apiVersion: "storage.k8s.io/v1", kind, metadata: { name }, ...more });

test("a StorageClass is fixed but for expansion", async () => {
  await using api = await testApi();
  const created = await api.create(storage("StorageClass", "gold", { provisioner: "example.com/disk", parameters: { a: "1" } }));
  expect(created).toMatchObject({ reclaimPolicy: "Delete", volumeBindingMode: "Immediate" });
  expect((await api.mergePatch(created, { allowVolumeExpansion: true })).status).toBe(200);
  const answer = await api.mergePatch(created, { parameters: { a: "2" }, provisioner: "x", reclaimPolicy: "Retain", volumeBindingMode: "WaitForFirstConsumer" });
  expect(answer.body.details.causes.map((c: { field: string }) => c.field)).toEqual(["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"]);
});

test("a CSIDriver gets its defaults and warns of tokens in attributes", async () => {
  await using api = await testApi();
  const answer = await api.post(storage("CSIDriver", "disk.example.com", { spec: { tokenRequests: [{ audience: "a" }] } }));
  expect(answer.body.spec).toMatchObject({ attachRequired: true, podInfoOnMount: false, storageCapacity: false, fsGroupPolicy: "ReadWriteOnceWithFSType", volumeLifecycleModes: ["Persistent"], requiresRepublish: false, seLinuxMount: false });
  expect(answer.warnings[0]).toContain("spec.serviceAccountTokenInSecrets is unset");
  expect((await api.mergePatch(answer.body, { spec: { attachRequired: false } })).body.message).toContain("spec.attachedRequired: Invalid value: false: field is immutable");
});

test("of a CSINode's driver only the limit may change", async () => {
  await using api = await testApi();
  const node = await api.create(storage("CSINode", "n1", { spec: { drivers: [{ name: "a.example.com", nodeID: "x", topologyKeys: ["zone"] }] } }));
  const drivers = (more: object) => ({ spec: { drivers: [{ name: "a.example.com", nodeID: "x", topologyKeys: ["zone"], ...more }] } });
  expect((await api.mergePatch(node, drivers({ allocatable: { count: 7 } }))).status).toBe(200);
  expect((await api.mergePatch(node, drivers({ nodeID: "y" }))).body.message).toContain("spec.drivers: Invalid value");
});

test("a VolumeAttachment names one volume, and its status has a door of its own", async () => {
  await using api = await testApi();
  const spec = { attacher: "a.example.com", nodeName: "n1", source: { persistentVolumeName: "v" } };
  const created = await api.create(storage("VolumeAttachment", "va", { spec, status: { attached: true } }));
  expect(created.status).toEqual({ attached: false });
  expect((await api.mergePatch(created, { status: { attached: true } }, { subresource: "status" })).body.status).toEqual({ attached: true });
  expect((await api.mergePatch(created, { spec: { nodeName: "n2" } })).body.message).toContain("spec: Invalid value");
  expect((await api.post(storage("VolumeAttachment", "vb", { spec: { ...spec, source: {} } }))).body.message).toContain("must specify exactly one of inlineVolumeSpec and persistentVolumeName");
});
