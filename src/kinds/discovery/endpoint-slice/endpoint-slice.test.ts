import { expect, test } from "vitest";
import { texts } from "../../../../test/harness/field-error-texts.ts";
import { TestApi } from "../../../../test/harness/test-api.ts";
import type { EndpointSlice } from "../../types/discovery-v1.generated.ts";
import { columns } from "./columns.ts";
import { defaultEndpointSlice } from "./defaults.ts";
import { validateEndpointSlice, validateEndpointSliceUpdate } from "./validate.ts";

type Loose = Record<string, unknown>;
const aSlice = (fields: Loose = {}): EndpointSlice => ({
  apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata: { name: "s", namespace: "default" },
  addressType: "IPv4", endpoints: [{ addresses: ["10.1.1.1"] }], ports: [{ name: "http", port: 80 }], ...fields,
}) as EndpointSlice;

test("ports have a name and a protocol", () => {
  const slice = aSlice({ ports: [{ port: 80 }], endpoints: undefined });
  defaultEndpointSlice(slice);
  expect(slice).toMatchObject({ ports: [{ name: "", protocol: "TCP", port: 80 }], endpoints: [] });
});

test.each<[string, Loose, string[]]>([
  ["good", {}, []],
  ["no address type", { addressType: "" }, ["addressType: Required value"]],
  ["the other family", { addressType: "IPv6" }, ['endpoints[0].addresses: Invalid value: "10.1.1.1": must be an IPv6 address']],
  ["no addresses", { endpoints: [{ addresses: [] }] }, ["endpoints[0].addresses: Required value: must contain at least 1 address"]],
  ["one port name twice", { ports: [{ name: "a", port: 1 }, { name: "a", port: 2 }] }, ['ports[1].name: Duplicate value: "a"']],
  ["one zone twice", { endpoints: [{ addresses: ["10.1.1.1"], hints: { forZones: [{ name: "a" }, { name: "a" }] } }] }, ['endpoints[0].hints.forZones[1].name: Duplicate value: "a"']],
  ["too many endpoints", { endpoints: Array.from({ length: 1001 }, () => ({ addresses: ["10.1.1.1"] })) }, ["endpoints: Too many: 1001: must have at most 1000 items"]],
  ["a name of one segment", { addressType: "FQDN", endpoints: [{ addresses: ["localhost"] }] },
    ['endpoints[0].addresses[0]: Invalid value: "localhost": should be a domain with at least two segments separated by dots']],
])("validation: %s", (_name, fields, expected) => {
  const slice = aSlice(fields);
  defaultEndpointSlice(slice);
  expect(texts(validateEndpointSlice(slice))).toEqual(expected);
});

test("the address type is for good", () => {
  expect(texts(validateEndpointSliceUpdate(aSlice({ addressType: "IPv6" }), aSlice()))).toEqual(['addressType: Invalid value: "IPv6": field is immutable']);
});

test("its generation follows endpoints and labels", async () => {
  await using api = new TestApi();
  const slice = await api.create(aSlice());
  expect((await api.mergePatch(slice, { metadata: { annotations: { a: "b" } } })).body.metadata.generation).toBe(1);
  expect((await api.mergePatch(slice, { metadata: { labels: { a: "b" } } })).body.metadata.generation).toBe(2);
  expect((await api.mergePatch(slice, { ports: [] })).body.metadata.generation).toBe(3);
});

test("its row", () => {
  expect(columns.slice(1, 4).map((column) => column.value(aSlice({ endpoints: [] }), 0))).toEqual(["IPv4", "80", "<unset>"]);
});
