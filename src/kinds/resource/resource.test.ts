import { expect, test } from "vitest";
import { testApi } from "../../../test/harness/test-api.ts";
import { example as aClaim } from "./resource-claim/example.ts";
import { example as aSlice } from "./resource-slice/example.ts";
import { example as aClass } from "./device-class/example.ts";

test("a claim asks for one device by default, and does not change", async () => {
  await using api = await testApi();
  const claim = await api.create(aClaim());
  expect(claim.spec).toEqual({ devices: { requests: [{ name: "gpu", exactly: { deviceClassName: "gpus", allocationMode: "ExactCount", count: 1 } }] } });
  expect((await api.mergePatch(claim, { spec: { devices: { requests: [] } } })).body.message).toContain("spec: Invalid value");
});

test("only what is allocated can be reserved", async () => {
  await using api = await testApi();
  const claim = await api.create(aClaim());
  const reservedFor = [{ resource: "pods", name: "p", uid: "1" }];
  const status = (value: object) => api.mergePatch(claim, { status: value }, { subresource: "status" });
  expect((await status({ reservedFor })).body.message).toContain("status.reservedFor: Forbidden: may not be specified when `allocated` is not set");
  const allocation = { devices: { results: [{ request: "gpu", driver: "gpu.example.com", pool: "node-1", device: "gpu-0" }] } };
  expect((await status({ allocation, reservedFor })).status).toBe(200);
  expect((await status({ allocation: { devices: { results: [] } } })).body.message).toContain("status.allocation: Invalid value");
});

test.each([
  [{ ...aClaim(), spec: { devices: { requests: [{ name: "a" }] } } }, "exactly one of `exactly` or `firstAvailable` is required"],
  [{ ...aClaim(), spec: { devices: { requests: [{ name: "a", exactly: { deviceClassName: "x", allocationMode: "All", count: 2 } }] } } }, "must not be specified when allocationMode is 'All'"],
  [{ ...aClaim(), spec: { devices: { requests: [], constraints: [{ requests: ["none"], matchAttribute: "a/b" }] } } }, "must be the name of a request in the claim"],
  [{ ...aClass(), spec: { selectors: [{ cel: { expression: "device.(" } }] } }, "spec.selectors[0].cel.expression: Invalid value: \"device.(\": compilation failed"],
  [{ ...aSlice(), spec: { ...aSlice().spec, allNodes: true } }, "but multiple fields are set"],
  [{ ...aSlice(), spec: { ...aSlice().spec, devices: [{ name: "d", attributes: { "0x": { string: "a", int: 1 } } }] } }, "exactly one value must be specified"],
])("what is wrong is named: %#", async (obj, text) => {
  await using api = await testApi();
  const answer = await api.post(obj as never);
  expect(answer).toBeStatus(422, "Invalid");
  expect(answer.body.message).toContain(text);
});
