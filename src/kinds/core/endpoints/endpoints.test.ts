import { expect, test } from "vitest";
import { texts } from "../../../../test/harness/field-error-texts.ts";
import type { Endpoints } from "../../types/core-v1.generated.ts";
import { columns } from "./columns.ts";
import { defaultEndpoints } from "./defaults.ts";
import { validateEndpoints } from "./validate.ts";

const some = (subsets: unknown): Endpoints => ({ apiVersion: "v1", kind: "Endpoints", metadata: { name: "e" }, subsets }) as Endpoints;

test("ports are TCP by default", () => {
  const endpoints = some([{ ports: [{ port: 80 }] }]);
  defaultEndpoints(endpoints);
  expect(endpoints.subsets![0]!.ports).toEqual([{ port: 80, protocol: "TCP" }]);
});

const port = { port: 80, protocol: "TCP" };
test.each<[string, unknown, string[]]>([
  ["good", [{ addresses: [{ ip: "10.1.1.1", nodeName: "n" }], ports: [port] }], []],
  ["no addresses", [{ ports: [port] }], ["subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`"]],
  ["several ports without names", [{ addresses: [{ ip: "10.1.1.1" }], ports: [{ ...port, name: "a" }, port] }], ["subsets[0].ports[1].name: Required value"]],
  ["loopback", [{ addresses: [{ ip: "127.0.0.1" }] }], ['subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)']],
  ["metadata service", [{ addresses: [{ ip: "169.254.169.254" }] }], ['subsets[0].addresses[0].ip: Invalid value: "169.254.169.254": may not be in the link-local range (169.254.0.0/16, fe80::/10)']],
])("validation: %s", (_name, subsets, expected) => {
  expect(texts(validateEndpoints(some(subsets)))).toEqual(expected);
});

test.each<[unknown, string]>([
  [[], "<none>"],
  [[{ addresses: [{ ip: "10.1.1.1" }], ports: [port] }], "10.1.1.1:80"],
  [[{ addresses: [{ ip: "fd00::1" }], ports: [port] }], "[fd00::1]:80"],
  [[{ addresses: [1, 2, 3, 4, 5].map((i) => ({ ip: `10.1.1.${i}` })), ports: [port] }], "10.1.1.1:80,10.1.1.2:80,10.1.1.3:80 + 2 more..."],
])("%j is shown as %s", (subsets, expected) => {
  expect(columns[1]!.value(some(subsets), 0)).toBe(expected);
});
