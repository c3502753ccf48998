import { describe, expect, test } from "vitest";
import { TestApi } from "../../../../test/harness/test-api.ts";
import type { Service } from "../../types/core-v1.generated.ts";
import { columns } from "./columns.ts";
import { defaultService } from "./defaults.ts";
import { serviceProxy } from "./proxy.ts";

type Loose = Record<string, any>;
const aService = (name: string, spec: Loose = {}, metadata: Loose = {}): Service => ({
  apiVersion: "v1", kind: "Service", metadata: { name, namespace: "default", ...metadata },
  spec: { selector: { app: "x" }, ports: [{ port: 80 }], ...spec },
});
const created = async (api: TestApi, name: string, spec: Loose = {}) => (await api.create(aService(name, spec))) as Service;
const refused = async (api: TestApi, spec: Loose) => (await api.post(aService("refused", spec))).body.message as string;

test.each<[string, Loose, Loose]>([
  ["ClusterIP", {}, { type: "ClusterIP", sessionAffinity: "None", internalTrafficPolicy: "Cluster", ports: [{ port: 80, protocol: "TCP", targetPort: 80 }] }],
  ["NodePort", { type: "NodePort" }, { externalTrafficPolicy: "Cluster" }],
  ["LoadBalancer", { type: "LoadBalancer" }, { externalTrafficPolicy: "Cluster", allocateLoadBalancerNodePorts: true }],
  ["external addresses", { externalIPs: ["1.2.3.4"] }, { externalTrafficPolicy: "Cluster" }],
  ["affinity", { sessionAffinity: "ClientIP" }, { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } } }],
])("defaults: %s", (_name, spec, expected) => {
  const service = aService("s", structuredClone(spec));
  defaultService(service);
  expect(service.spec).toMatchObject(expected);
  const once = structuredClone(service);
  defaultService(service);
  expect(service).toEqual(once);
});

describe("cluster addresses", () => {
  test("are handed out from the upper part of the range, one each", async () => {
    await using api = new TestApi();
    const ips = new Set<string>();
    for (let i = 0; i < 20; i++) ips.add((await created(api, `s${i}`)).spec!.clusterIP!);
    expect(ips.size).toBe(20);
    for (const ip of ips) expect(ip).toMatch(/^10\.96\.([1-9]|[1-9]\d|[12]\d\d)\.\d+$/);
  });

  test("come with families", async () => {
    await using api = new TestApi();
    const { spec } = await created(api, "s");
    expect(spec).toMatchObject({ clusterIPs: [spec!.clusterIP], ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" });
  });

  test("may be asked for, once", async () => {
    await using api = new TestApi();
    expect((await created(api, "kube-dns", { clusterIP: "10.96.0.10" })).spec?.clusterIPs).toEqual(["10.96.0.10"]);
    expect(await refused(api, { clusterIP: "10.96.0.10" })).toContain("spec.clusterIPs: Invalid value: [\"10.96.0.10\"]: failed to allocate IP 10.96.0.10: provided IP is already allocated");
    expect(await refused(api, { clusterIP: "192.168.0.1" })).toContain("the provided network does not match the current range");
    expect(await refused(api, { clusterIP: "nonsense" })).toContain("must be a valid IP address");
  });

  test("are free again when their service is gone", async () => {
    await using api = new TestApi();
    const service = await created(api, "a", { clusterIP: "10.96.0.10" });
    await api.delete(service);
    expect((await created(api, "b", { clusterIP: "10.96.0.10" })).spec?.clusterIP).toBe("10.96.0.10");
  });

  test("are not for headless and external services", async () => {
    await using api = new TestApi();
    expect((await created(api, "headless", { clusterIP: "None" })).spec).toMatchObject({ clusterIP: "None", clusterIPs: ["None"], ipFamilies: ["IPv4"] });
    expect((await created(api, "bare", { clusterIP: "None", selector: undefined })).spec).toMatchObject({ ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv4", "IPv6"] });
    const external = await created(api, "external", { type: "ExternalName", externalName: "example.com", ports: undefined });
    expect(external.spec).not.toHaveProperty("clusterIP");
    expect(external.spec).not.toHaveProperty("ipFamilies");
  });

  test("stay when a manifest without them is sent again, and do not change", async () => {
    await using api = new TestApi();
    const service = await created(api, "s");
    const again = (await api.replace(aService("s", { ports: [{ port: 81 }] }))) as Service;
    expect(again.spec?.clusterIP).toBe(service.spec?.clusterIP);
    const answer = await api.mergePatch(service, { spec: { clusterIP: "10.96.0.99", clusterIPs: ["10.96.0.99"] } });
    expect(answer.body.message).toContain("spec.clusterIPs[0]: Invalid value: [\"10.96.0.99\"]: may not change once set");
  });

  test("a single-stack cluster refuses the other family", async () => {
    await using api = new TestApi();
    expect(await refused(api, { ipFamilies: ["IPv6"] })).toContain("spec.ipFamilies[0]: Invalid value: \"IPv6\": not configured on this cluster");
    expect(await refused(api, { ipFamilyPolicy: "RequireDualStack" })).toContain("this cluster is not configured for dual-stack services");
  });
});

describe("node ports", () => {
  test("are allocated, one for each port, TCP and UDP of one number together", async () => {
    await using api = new TestApi();
    const { spec } = await created(api, "s", { type: "NodePort", ports: [{ name: "t", port: 53 }, { name: "u", port: 53, protocol: "UDP" }, { name: "w", port: 80 }] });
    const [tcp, udp, web] = spec!.ports!.map((port) => port.nodePort);
    expect(tcp).toBe(udp);
    expect(web).not.toBe(tcp);
    for (const port of [tcp, web]) expect(port).toBeGreaterThanOrEqual(30086);
  });

  test("may be asked for, once and in range", async () => {
    await using api = new TestApi();
    await created(api, "s", { type: "NodePort", ports: [{ port: 80, nodePort: 30080 }] });
    expect(await refused(api, { type: "NodePort", ports: [{ port: 80, nodePort: 30080 }] })).toContain("spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated");
    expect(await refused(api, { type: "NodePort", ports: [{ port: 80, nodePort: 80 }] })).toContain("The range of valid ports is 30000-32767");
  });

  test("stay through a new manifest, and go with the type", async () => {
    await using api = new TestApi();
    const service = await created(api, "s", { type: "NodePort" });
    const again = (await api.replace(aService("s", { type: "NodePort" }))) as Service;
    expect(again.spec?.ports?.[0]?.nodePort).toBe(service.spec?.ports?.[0]?.nodePort);
    const plain = (await api.replace({ ...again, spec: { ...again.spec, type: "ClusterIP" } })) as Service;
    expect(plain.spec?.ports).toEqual([{ port: 80, protocol: "TCP", targetPort: 80 }]);
    expect(plain.spec).not.toHaveProperty("externalTrafficPolicy");
  });

  test("a local load balancer gets one for its health check", async () => {
    await using api = new TestApi();
    const { spec } = await created(api, "s", { type: "LoadBalancer", externalTrafficPolicy: "Local" });
    expect(spec?.healthCheckNodePort).toBeGreaterThanOrEqual(30000);
    expect(spec?.healthCheckNodePort).not.toBe(spec?.ports?.[0]?.nodePort);
  });
});

test.each<[string, Loose, Loose]>([
  ["a node port", { type: "NodePort", ports: [{ port: 80, nodePort: 30007 }] }, { type: "ClusterIP" }],
  ["the port of its health check", { type: "LoadBalancer", externalTrafficPolicy: "Local", healthCheckNodePort: 30007 }, { externalTrafficPolicy: "Cluster" }],
])("%s is free again when the service no longer needs it", async (_name, spec, change) => {
  await using api = new TestApi();
  const service = await created(api, "s", spec);
  const other = { type: "NodePort", ports: [{ port: 80, nodePort: 30007 }] };
  expect(await refused(api, other)).toContain("provided port is already allocated");
  expect((await api.mergePatch(service, { spec: change })).status).toBe(200);
  expect((await created(api, "t", other)).spec?.ports?.[0]?.nodePort).toBe(30007);
});

test("a service that becomes external gives its address back", async () => {
  await using api = new TestApi();
  const service = await created(api, "s", { clusterIP: "10.96.0.20" });
  const external = (await api.replace({ ...service, spec: { ...service.spec, type: "ExternalName", externalName: "example.com" } })) as Service;
  expect(external.spec).not.toHaveProperty("clusterIP");
  expect((await created(api, "t", { clusterIP: "10.96.0.20" })).spec?.clusterIP).toBe("10.96.0.20");
});

test.each<[string, Loose, string]>([
  ["no ports", { ports: [] }, "spec.ports: Required value"],
  ["several ports without names", { ports: [{ port: 80 }, { port: 81 }] }, "spec.ports[0].name: Required value"],
  ["one port twice", { ports: [{ name: "a", port: 80 }, { name: "b", port: 80 }] }, "spec.ports[1]: Duplicate value"],
  ["a bad target", { ports: [{ port: 80, targetPort: "a--b" }] }, "spec.ports[0].targetPort: Invalid value"],
  ["an unknown type", { type: "Magic" }, 'spec.type: Unsupported value: "Magic"'],
  ["a headless node port", { type: "NodePort", clusterIP: "None" }, "may not be set to 'None' for NodePort services"],
  ["no external name", { type: "ExternalName" }, "spec.externalName: Required value"],
  ["a loopback address", { externalIPs: ["127.0.0.1"] }, "may not be in the loopback range"],
  ["an endless affinity", { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 90000 } } }, "must be greater than 0 and less than 86400"],
  ["source ranges of a plain service", { loadBalancerSourceRanges: ["10.0.0.0/8"] }, "may only be used when `type` is 'LoadBalancer'"],
  ["an odd policy", { internalTrafficPolicy: "Nearby" }, "spec.internalTrafficPolicy: Unsupported value"],
])("refuses %s", async (_name, spec, text) => {
  await using api = new TestApi();
  expect(await refused(api, spec)).toContain(text);
});

test.each<[Loose, Loose, (string | number)[]]>([
  [{ type: "ClusterIP", clusterIPs: ["10.96.0.1"], ports: [{ port: 443, protocol: "TCP" }] }, {}, ["ClusterIP", "10.96.0.1", "<none>", "443/TCP"]],
  [{ type: "NodePort", clusterIPs: ["10.96.0.1"], ports: [{ port: 80, nodePort: 30080, protocol: "TCP" }] }, {}, ["NodePort", "10.96.0.1", "<none>", "80:30080/TCP"]],
  [{ type: "LoadBalancer", clusterIPs: ["10.96.0.1"], ports: [] }, {}, ["LoadBalancer", "10.96.0.1", "<pending>", "<none>"]],
  [{ type: "LoadBalancer", clusterIPs: ["10.96.0.1"] }, { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } }, ["LoadBalancer", "10.96.0.1", "1.2.3.4", "<none>"]],
  [{ type: "ExternalName", externalName: "example.com" }, {}, ["ExternalName", "<none>", "example.com", "<none>"]],
])("is shown as kubectl shows it: %j", (spec, status, expected) => {
  const obj = { ...aService("s"), spec, status } as Service;
  expect(columns.slice(1, 5).map((column) => column.value(obj, 0))).toEqual(expected);
});

test("the proxy leads to a ready pod of the service", async () => {
  await using api = new TestApi();
  const service = await created(api, "web", { ports: [{ name: "http", port: 80 }] });
  const slice = {
    apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata: { name: "web-1", namespace: "default", labels: { "kubernetes.io/service-name": "web" } },
    addressType: "IPv4", ports: [{ name: "http", port: 8080 }],
    endpoints: [
      { addresses: ["10.1.1.1"], conditions: { ready: false }, nodeName: "n1", targetRef: { kind: "Pod", name: "a" } },
      { addresses: ["10.1.1.2"], conditions: { ready: true }, nodeName: "n2", targetRef: { kind: "Pod", name: "b" } },
      { addresses: ["10.1.1.3"], conditions: { ready: true }, nodeName: "n3", targetRef: { kind: "Pod", name: "c" } },
      { addresses: ["10.1.1.4"], conditions: { ready: true }, nodeName: "n2" },
    ],
  };
  await api.create(slice);
  if (serviceProxy.type !== "connect") throw new Error("no stream");
  const connect = serviceProxy.connect;
  const target = (name: string, connected: string[] = ["n2"], nowMs = 0) => api.transact((tx) => connect(service, new URLSearchParams(), { reader: tx, nowMs, cluster: { nodeHeartbeatMs: (node: string) => (connected.includes(node) ? 1 : undefined) }, kind: api.kind("v1", "Service"), path: "", method: "GET", name } as never));
  for (const name of ["web:http", "web:80", "https:web:http"]) expect(target(name)).toMatchObject({ node: "n2", open: { host: "10.1.1.2", port: 8080 } });
  const reached = (connected: string[]) => new Set([0, 1, 2, 3].map((nowMs) => target("web:80", connected, nowMs).node));
  expect([reached(["n3"]), reached(["n2", "n3"]), reached([])]).toEqual([new Set(["n3"]), new Set(["n2", "n3"]), new Set(["n2", "n3"])]);
  expect(() => target("web:81")).toThrow('no service port 81 found for service "web"');
  expect(() => target("web:other")).toThrow('no endpoints available for service "web:other"');
});
