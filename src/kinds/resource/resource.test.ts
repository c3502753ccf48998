import { describe, expect, test } from "vitest";
import { testApi } from "../../../test/harness/test-api.ts";
import { example as aClass } from "./device-class/example.ts";
import { example as aClaim } from "./resource-claim/example.ts";
import { example as aTemplate } from "./resource-claim-template/example.ts";
import { example as aSlice } from "./resource-slice/example.ts";

type Loose = Record<string, any>;
const claimWith = (devices: Loose) => ({ ...aClaim(), spec: { devices } });
const sliceWith = (spec: Loose) => ({ ...aSlice(), spec: { ...aSlice().spec, ...spec } });
const deviceWith = (device: Loose) => sliceWith({ devices: [{ name: "d", ...device }] });
const request = (more: Loose = {}) => ({ name: "a", exactly: { deviceClassName: "x", ...more } });

test("a claim asks for one device by default, and does not change", async () => {
  await using api = await testApi();
  const claim = await api.create(aClaim());
  expect(claim.spec).toEqual({ devices: { requests: [{ name: "gpu", exactly: { deviceClassName: "gpus", allocationMode: "ExactCount", count: 1 } }] } });
  expect((await api.mergePatch(claim, { spec: { devices: { requests: [] } } })).body.message).toContain("spec: Invalid value");
});

describe("a claim's status", () => {
  const result = { request: "gpu", driver: "gpu.example.com", pool: "node-1", device: "gpu-0" };
  const device = { driver: "gpu.example.com", pool: "node-1", device: "gpu-0" };
  const reservedFor = [{ resource: "pods", name: "p", uid: "1" }];

  async function claimed() {
    const api = await testApi();
    const claim = await api.create(aClaim());
    const write = (status: object) => api.mergePatch(claim, { status }, { subresource: "status" });
    return { api, claim, write };
  }

  test("only what is allocated can be reserved, and an allocation stays as it is", async () => {
    const { api, write } = await claimed();
    await using _api = api;
    expect((await write({ reservedFor })).body.message).toContain("status.reservedFor: Forbidden: may not be specified when `allocated` is not set");
    expect((await write({ allocation: { devices: { results: [result] } }, reservedFor })).status).toBe(200);
    expect((await write({ allocation: { devices: { results: [] } } })).body.message).toContain("status.allocation: Invalid value");
  });

  test("what a driver tells of a device goes with its allocation", async () => {
    const { api, write } = await claimed();
    await using _api = api;
    expect((await write({ allocation: { devices: { results: [result] } }, devices: [{ ...device, networkData: { interfaceName: "eth1", ips: ["10.1.2.3/24"] } }] })).status).toBe(200);
    expect((await write({ devices: [{ ...device, device: "gpu-1" }] })).body.message).toContain("status.devices[0]: Invalid value: gpu.example.com/node-1/gpu-1: must be an allocated device in the claim");
    const freed = await write({ allocation: null });
    expect(freed.status).toBe(200);
    expect(freed.body.status).toEqual({});
  });

  test.each<[Loose, string]>([
    [{ allocation: { devices: { results: [{ ...result, request: "none" }] } } }, "status.allocation.devices.results[0].request: Invalid value: \"none\": must be the name of a request in the claim"],
    [{ allocation: { devices: { results: [{ ...result, pool: "A_b" }] } } }, "status.allocation.devices.results[0].pool: Invalid value"],
    [{ allocation: { devices: { results: [{ ...result, shareID: "1" }] } } }, "status.allocation.devices.results[0].shareID: Invalid value: \"1\": error validating uid"],
    [{ allocation: { devices: { results: [{ ...result, bindingConditions: ["a"] }] } } }, "bindingFailureConditions are required to use bindingConditions"],
    [{ allocation: { devices: { config: [{ opaque: { driver: "a.b", parameters: {} } }] } } }, "status.allocation.devices.config[0].source: Required value"],
    [{ allocation: { devices: { results: [result] } }, devices: [{ ...device, conditions: [{ type: "Ready", status: "Yes", reason: "1", lastTransitionTime: "2026-01-01T00:00:00Z", message: "" }] }] }, "status.devices[0].conditions[0].status: Unsupported value"],
    [{ allocation: { devices: { results: [result] } }, devices: [{ ...device, data: [1] }] }, "status.devices[0].data: Invalid value: \"<value omitted>\": must be a valid JSON object"],
    [{ allocation: { devices: { results: [result] } }, devices: [{ ...device, networkData: { ips: ["10.1.2.3"] } }] }, "must be a valid address in CIDR form"],
    [{ allocation: { devices: { results: [result] } }, reservedFor: [...reservedFor, ...reservedFor] }, "status.reservedFor[1]: Duplicate value: \"1\""],
  ])("%j is refused", async (status, text) => {
    const { api, write } = await claimed();
    await using _api = api;
    expect((await write(status)).body.message).toContain(text);
  });
});

test("admin access needs a namespace that is marked for it", async () => {
  await using api = await testApi({ namespaces: ["default", "admins"] });
  const asked = { devices: { requests: [request({ adminAccess: true })] } };
  const text = "spec.devices.requests[0].adminAccess: Forbidden: admin access to devices requires the `resource.kubernetes.io/admin-access: true` label on the containing namespace";
  expect((await api.post({ ...aClaim(), spec: asked } as never)).body.message).toContain(text);
  expect((await api.post({ ...aTemplate(), spec: { spec: asked } } as never)).body.message).toContain(text);
  await api.mergePatch({ apiVersion: "v1", kind: "Namespace", metadata: { name: "admins" } }, { metadata: { labels: { "resource.kubernetes.io/admin-access": "true" } } });
  expect((await api.post({ ...aClaim(), metadata: { name: "a", namespace: "admins" }, spec: asked } as never)).status).toBe(201);
});

test.each<[object, string]>([
  [claimWith({ requests: [{ name: "a" }] }), "exactly one of `exactly` or `firstAvailable` is required"],
  [claimWith({ requests: [request(), request()] }), "spec.devices.requests[1]: Duplicate value: \"a\""],
  [claimWith({ requests: [request({ allocationMode: "All", count: 2 })] }), "must not be specified when allocationMode is 'All'"],
  [claimWith({ requests: [request({ tolerations: [{ key: "a", operator: "Exists", value: "b" }] })] }), "must be empty for operator `Exists`"],
  [claimWith({ requests: [], constraints: [{ requests: ["none"], matchAttribute: "a.b/c" }] }), "must be the name of a request in the claim"],
  [claimWith({ requests: [request()], constraints: [{ matchAttribute: "model" }] }), "spec.devices.constraints[0].matchAttribute: Invalid value: \"model\": a fully qualified name must be a domain and a name separated by a slash"],
  [claimWith({ requests: [request()], constraints: [{}] }), "spec.devices.constraints[0]: Required value"],
  [{ ...aClass(), spec: { selectors: [{ cel: { expression: "device.(" } }] } }, "spec.selectors[0].cel.expression: Invalid value: \"device.(\": compilation failed"],
  [{ ...aClass(), spec: { config: [{ opaque: { driver: "a.b", parameters: 7 } }] } }, "spec.config[0].opaque.parameters: Invalid value: \"<value omitted>\": must be a valid JSON object"],
  [{ ...aClass(), spec: { extendedResourceName: "cpu" } }, "spec.extendedResourceName: Invalid value: \"cpu\": must be a valid extended resource name"],
  [sliceWith({ allNodes: true }), "spec: Invalid value: \"{`nodeName`, `allNodes`}\": exactly one of"],
  [sliceWith({ nodeName: undefined, allNodes: false }), "spec.allNodes: Invalid value: false: must be either unset or set to true"],
  [sliceWith({ pool: { name: "a//b", generation: -1, resourceSliceCount: 0 } }), "spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero"],
  [sliceWith({ sharedCounters: [{ name: "c", counters: { m: { value: "1" } } }] }), "only one of `sharedCounters` or `devices` is allowed"],
  [sliceWith({ devices: undefined, sharedCounters: [{ name: "c" }] }), "spec.sharedCounters[0].counters: Required value"],
  [sliceWith({ devices: Array.from({ length: 65 }, (_, i) => ({ name: `d${i}`, ...(i === 0 && { taints: [{ key: "a", effect: "NoExecute" }] }) })) }), "spec.devices: Too many: 65: must have at most 64 items"],
  [deviceWith({ attributes: { "0x": { string: "a", int: 1 } } }), "exactly one value must be specified"],
  [deviceWith({ attributes: { v: { version: "1.2" } } }), "spec.devices[0].attributes[v].version: Invalid value: \"1.2\": must be a string compatible with semver.org spec 2.0.0"],
  [deviceWith({ attributes: { "/x": { int: 1 } } }), "spec.devices[0].attributes: Invalid value: \"\": the domain must not be empty"],
  [deviceWith({ nodeName: "n" }), "can only be set if `perDeviceNodeSelection` is set to true"],
  [deviceWith({ bindingConditions: ["a"], bindingFailureConditions: ["a"] }), "bindingFailureConditions must not overlap with bindingConditions"],
  [deviceWith({ consumesCounters: [{ counterSet: "c" }] }), "spec.devices[0].consumesCounters[0].counters: Required value"],
  [deviceWith({ capacity: { memory: { value: "8Gi", requestPolicy: { default: "1Gi" } } } }), "spec.devices[0].capacity[memory].requestPolicy: Forbidden: allowMultipleAllocations must be true"],
  [deviceWith({ allowMultipleAllocations: true, capacity: { memory: { value: "8Gi", requestPolicy: { default: "1Gi", validRange: { min: "2Gi", step: "3Gi" } } } } }), "default is less than min: 2Gi"],
  [deviceWith({ allowMultipleAllocations: true, capacity: { memory: { value: "8Gi", requestPolicy: { default: "3Gi", validRange: { min: "2Gi", step: "3Gi" } } } } }), "value is not a multiple of a given step (3Gi) from (2Gi)"],
  [deviceWith({ allowMultipleAllocations: true, capacity: { memory: { value: "8Gi", requestPolicy: { default: "4Gi", validValues: ["2Gi", "1Gi"] } } } }), "values must be sorted in ascending order"],
])("what is wrong is named: %#", async (obj, text) => {
  await using api = await testApi();
  const answer = await api.post(obj as never);
  expect(answer).toBeStatus(422, "Invalid");
  expect(answer.body.message).toContain(text);
});

test("attributes that are lists, still alpha, are not kept", async () => {
  await using api = await testApi();
  const slice = await api.create(deviceWith({ attributes: { model: { string: "a", strings: ["b"] } } }) as never);
  expect(slice.spec).toMatchObject({ devices: [{ name: "d", attributes: { model: { string: "a" } } }] });
  expect(JSON.stringify(slice.spec)).not.toContain("strings");
});
