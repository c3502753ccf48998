import { expect, test } from "vitest";
import { texts } from "../../../../test/harness/field-error-texts.ts";
import type { Node } from "../../types/core-v1.generated.ts";
import { columns } from "./columns.ts";
import { defaultNode } from "./defaults.ts";
import { nodeProxy } from "./proxy.ts";
import { validateNode, validateNodeUpdate } from "./validate.ts";

type Loose = Record<string, unknown>;
const aNode = (fields: Loose = {}): Node => ({ apiVersion: "v1", kind: "Node", metadata: { name: "n" }, ...fields }) as Node;

test.each<[string, Loose, Loose]>([
  ["allocatable is capacity", { status: { capacity: { cpu: "2000m" } } }, { status: { capacity: { cpu: "2" }, allocatable: { cpu: "2" } } }],
  ["one CIDR makes the list", { spec: { podCIDR: "10.1.0.0/24" } }, { spec: { podCIDR: "10.1.0.0/24", podCIDRs: ["10.1.0.0/24"] } }],
  ["the list makes the one", { spec: { podCIDRs: ["10.1.0.0/24"] } }, { spec: { podCIDR: "10.1.0.0/24", podCIDRs: ["10.1.0.0/24"] } }],
])("defaults: %s", (_name, fields, expected) => {
  const node = aNode(structuredClone(fields));
  defaultNode(node);
  expect(node).toMatchObject(expected);
  const once = structuredClone(node);
  defaultNode(node);
  expect(node).toEqual(once);
});

test.each<[string, Loose, string[]]>([
  ["good taints", { spec: { taints: [{ key: "a", effect: "NoSchedule" }, { key: "a", effect: "NoExecute" }] } }, []],
  ["a taint twice", { spec: { taints: [{ key: "a", effect: "NoSchedule" }, { key: "a", effect: "NoSchedule" }] } },
    ['metadata.taints[1]: Duplicate value: {"key":"a","effect":"NoSchedule"}: taints must be unique by key and effect pair']],
  ["an unknown effect", { spec: { taints: [{ key: "a", effect: "Harm" }] } },
    ['metadata.taints[0].effect: Unsupported value: "Harm": supported values: "NoExecute", "NoSchedule", "PreferNoSchedule"']],
  ["a negative capacity", { status: { capacity: { cpu: "-1" } } }, ['status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0']],
  ["CIDRs that are none", { spec: { podCIDRs: ["10.1.0.1"] } }, ['spec.podCIDRs[0]: Invalid value: "10.1.0.1": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']],
  ["two CIDRs of one family", { spec: { podCIDRs: ["10.1.0.0/24", "10.2.0.0/24"] } }, ['spec.podCIDRs: Invalid value: ["10.1.0.0/24","10.2.0.0/24"]: may specify no more than one CIDR for each IP family']],
])("validation: %s", (_name, fields, expected) => {
  expect(texts(validateNode(aNode(fields)))).toEqual(expected);
});

test.each<[string, Loose, Loose, string[]]>([
  ["a CIDR may come", {}, { podCIDRs: ["10.1.0.0/24"] }, []],
  ["a CIDR may not change", { podCIDRs: ["10.1.0.0/24"] }, { podCIDRs: ["10.2.0.0/24"] }, ['spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid']],
  ["a provider may not change", { providerID: "a" }, { providerID: "b" }, ['spec.providerID: Forbidden: node updates may not change providerID except from "" to valid']],
])("changes: %s", (_name, old, now, expected) => {
  expect(texts(validateNodeUpdate(aNode({ spec: now }), aNode({ spec: old })))).toEqual(expected);
});

test.each<[Loose, string, string]>([
  [{ status: { conditions: [{ type: "Ready", status: "True" }] } }, "Ready", "<none>"],
  [{ status: { conditions: [{ type: "Ready", status: "Unknown" }] } }, "NotReady", "<none>"],
  [{ spec: { unschedulable: true } }, "Unknown,SchedulingDisabled", "<none>"],
  [{ metadata: { name: "n", labels: { "node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/control-plane": "", "kubernetes.io/role": "x" } } }, "Unknown", "control-plane,worker,x"],
])("%j is shown as %s with roles %s", (fields, status, roles) => {
  expect(columns.slice(1, 3).map((column) => column.value(aNode(fields), 0))).toEqual([status, roles]);
});

test("the proxy leads to the node's own endpoint", () => {
  if (nodeProxy.type !== "connect") throw new Error("no stream");
  const target = nodeProxy.connect(aNode(), new URLSearchParams("a=1"), { path: "/stats/summary", method: "GET", name: "n:10250" } as never);
  expect(target).toEqual({ node: "n", open: { type: "node-http", method: "GET", path: "/stats/summary?a=1" } });
});

test("the proxy leads to another port of the node, by an address that is no other's", () => {
  if (nodeProxy.type !== "connect") throw new Error("no stream");
  const { connect } = nodeProxy;
  const at = (address: string, name: string) => connect(aNode({ status: { addresses: [{ type: "Hostname", address: "n" }, { type: "InternalIP", address }] } }), new URLSearchParams(), { path: "/metrics", method: "GET", name } as never);
  expect(at("10.0.0.7", "n:9100")).toEqual({ node: "n", open: { type: "dial-address", host: "10.0.0.7", port: 9100 } });
  expect(at("10.0.0.7", "https:n:9443").open).toMatchObject({ port: 9443, tls: true });
  for (const address of ["127.0.0.1", "169.254.169.254", "::1", ""]) expect(() => at(address, "n:9100"), address).toThrow("address not allowed");
  for (const name of ["n:x", "n:70000", "ftp:n:1"]) expect(() => at("10.0.0.7", name), name).toThrow("invalid node request");
});
