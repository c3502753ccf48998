import { expect, test } from "vitest";
import { testApi } from "../../../test/harness/test-api.ts";
import { columns as ingressColumns } from "./ingress/columns.ts";
import type { Ingress } from "../types/networking-v1.generated.ts";

const anIngress = (spec: object, metadata: object = {}) => ({ apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata: { name: "web", namespace: "default", ...metadata }, spec });
const backend = { service: { name: "web", port: { number: 80 } } };
const aPolicy = (spec: object) => ({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name: "p", namespace: "default" }, spec });
const aClass = (name: string, isDefault: boolean, spec: object = { controller: "example.com/x" }) =>
  ({ apiVersion: "networking.k8s.io/v1", kind: "IngressClass", metadata: { name, ...(isDefault && { annotations: { "ingressclass.kubernetes.io/is-default-class": "true" } }) }, spec });

test.each([
  [{}, "spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"],
  [{ rules: [{ host: "10.0.0.1" }] }, "must be a DNS name, not an IP address"],
  [{ rules: [{ host: "a.*.b" }] }, "a wildcard DNS-1123 subdomain must start with '*.'"],
  [{ rules: [{ http: { paths: [{ path: "/x", backend }] } }] }, "spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified"],
  [{ rules: [{ http: { paths: [{ path: "x", pathType: "Prefix", backend }] } }] }, "must be an absolute path"],
  [{ rules: [{ http: { paths: [{ path: "/a//b", pathType: "Exact", backend }] } }] }, "must not contain '//'"],
  [{ defaultBackend: { service: { name: "web", port: { name: "a", number: 1 } } } }, "cannot set both port name & port number"],
  [{ defaultBackend: {} }, "resource or service backend is required"],
])("an Ingress is refused: %#", async (spec, text) => {
  await using api = await testApi();
  const answer = await api.post(anIngress(spec));
  expect(answer).toBeStatus(422, "Invalid");
  expect(answer.body.message).toContain(text);
});

test("an Ingress gets the newest default class, unless it names one", async () => {
  await using api = await testApi();
  await api.create(aClass("old", true));
  api.clock.nowMs += 60_000;
  await api.create(aClass("new", true));
  await api.create(aClass("other", false));
  expect((await api.create(anIngress({ defaultBackend: backend }))).spec).toMatchObject({ ingressClassName: "new" });
  expect((await api.create(anIngress({ defaultBackend: backend, ingressClassName: "other" }, { name: "b" }))).spec).toMatchObject({ ingressClassName: "other" });
  const annotated = await api.post(anIngress({ defaultBackend: backend }, { name: "c", annotations: { "kubernetes.io/ingress.class": "x" } }));
  expect(annotated.warnings).toEqual([`annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`]);
  expect(annotated.body.spec.ingressClassName).toBeUndefined();
});

test("the table of Ingresses tells class, hosts, address and ports", () => {
  const obj = { ...anIngress({ rules: ["a", "b", "c", "d"].map((host) => ({ host: `${host}.x` })), tls: [{}] }), status: { loadBalancer: { ingress: [{ ip: "10.0.0.1" }] } } } as Ingress;
  expect(ingressColumns.slice(0, 5).map((column) => column.value(obj, 0))).toEqual(["web", "<none>", "a.x,b.x,c.x + 1 more...", "10.0.0.1", "80, 443"]);
});

test.each([
  [{ podSelector: {}, ingress: [{ ports: [{ port: 80, endPort: 70 }] }] }, "spec.ingress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`"],
  [{ podSelector: {}, ingress: [{ from: [{}] }] }, "spec.ingress[0].from[0]: Required value: must specify a peer"],
  [{ podSelector: {}, egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["11.0.0.0/16"] } }] }] }, "must be a strict subset of `cidr`"],
  [{ podSelector: {}, egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8" }, podSelector: {} }] }] }, "may not specify both ipBlock and another peer"],
  [{ podSelector: {}, policyTypes: ["Odd"] }, 'spec.policyTypes[0]: Unsupported value: "Odd"'],
])("a NetworkPolicy is refused: %#", async (spec, text) => {
  await using api = await testApi();
  expect((await api.post(aPolicy(spec))).body.message).toContain(text);
});

test("a NetworkPolicy's types and protocols are filled in", async () => {
  await using api = await testApi();
  expect((await api.create(aPolicy({ podSelector: {}, egress: [{ ports: [{ port: 53 }] }] }))).spec).toEqual({ podSelector: {}, policyTypes: ["Ingress", "Egress"], egress: [{ ports: [{ port: 53, protocol: "TCP" }] }] });
});

test("classes, addresses and ranges keep what must not change", async () => {
  await using api = await testApi();
  const ingressClass = await api.create(aClass("x", false));
  expect((await api.mergePatch(ingressClass, { spec: { controller: "example.com/y" } })).body.message).toContain("spec.controller: Invalid value: \"example.com/y\": field is immutable");
  expect((await api.post(aClass("y", false, { controller: "plain" }))).body.message).toContain('must be a domain-prefixed path (such as "acme.io/foo")');
  const range = await api.create({ apiVersion: "networking.k8s.io/v1", kind: "ServiceCIDR", metadata: { name: "r" }, spec: { cidrs: ["10.9.0.0/16"] } } as never);
  expect((await api.mergePatch(range, { spec: { cidrs: ["10.9.0.0/16", "fd00::/112"] } })).status).toBe(200);
  expect((await api.mergePatch(range, { spec: { cidrs: ["10.8.0.0/16", "fd00::/112"] } })).body.message).toContain("spec.cidrs[0]: Invalid value: \"10.8.0.0/16\": field is immutable");
  expect((await api.post({ apiVersion: "networking.k8s.io/v1", kind: "IPAddress", metadata: { name: "010.0.0.1" }, spec: {} } as never)).status).toBe(422);
});
