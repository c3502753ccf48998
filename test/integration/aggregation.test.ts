import { once } from "node:events";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { pair, type End } from "../../src/api/testing/web-socket-pair.ts";
import { issueServingPair } from "../../src/auth/certificates.ts";
import { createClusterKeys } from "../../src/auth/keys.ts";
import { extensionAuthenticationController } from "../../src/controllers/extension-authentication/controller.ts";
import { namespaceController } from "../../src/kinds/core/namespace/controller.ts";
import { availabilityController } from "../../src/kinds/apiregistration/api-service/availability.ts";
import { textToBase64 } from "../../src/lib/base64.ts";
import { agentTunnel } from "../harness/agent-tunnel.ts";
import { createExtensionServer, GROUP } from "../harness/extension-server.ts";
import { testServer, type TestServer } from "../harness/test-server.ts";

/** A real extension API server behind the real Worker, Cluster and agent's dialling. */
const GADGETS = `/apis/${GROUP}/v1/namespaces/default/gadgets`;
const DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const authority = createClusterKeys({ nowMs: Date.now() }).ca;

let api: TestServer;
let extension: Server;

const published = async () => ((await (await api.fetch("/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication")).json()) as any).data;

async function listen(clientCa: string): Promise<number> {
  const { certificatePem: cert, privateKeyPem: key } = issueServingPair(authority, { commonName: "api", days: 1, dnsNames: ["api.default.svc"] }, Date.now());
  extension = createExtensionServer({ cert, key, clientCa });
  extension.listen(0, "127.0.0.1");
  await once(extension, "listening");
  return (extension.address() as AddressInfo).port;
}

async function post(path: string, json: object): Promise<void> {
  expect((await api.fetch(path, { method: "POST", json })).status).toBe(201);
  await api.cluster.rest();
}

const anApiService = (more: object = {}) => ({
  apiVersion: "apiregistration.k8s.io/v1", kind: "APIService", metadata: { name: `v1.${GROUP}` },
  spec: { group: GROUP, version: "v1", groupPriorityMinimum: 2000, versionPriority: 15, service: { namespace: "default", name: "api" }, caBundle: textToBase64(authority.certificatePem), ...more },
});

const condition = async () => ((await (await api.fetch(`/apis/apiregistration.k8s.io/v1/apiservices/v1.${GROUP}`)).json()) as any).status.conditions[0];
const until = (status: string) => vi.waitFor(async () => { await api.cluster.rest(); expect(await condition()).toMatchObject({ status }); }, 5_000);

beforeEach(async () => {
  api = await testServer({ controllers: [availabilityController, extensionAuthenticationController, namespaceController], tunnel: agentTunnel({ host: "127.0.0.1" }) });
  await api.cluster.rest();
  const port = await listen((await published())["requestheader-client-ca-file"]);
  await post("/api/v1/namespaces/default/services", { apiVersion: "v1", kind: "Service", metadata: { name: "api" }, spec: { ports: [{ port: 443 }] } });
  await post("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", {
    apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata: { name: "api-1", labels: { "kubernetes.io/service-name": "api" } }, addressType: "IPv4",
    ports: [{ name: "", port }], endpoints: [{ addresses: ["10.1.0.1"], nodeName: "n1" }],
  });
});

afterEach(async () => {
  vi.unstubAllGlobals();
  extension.closeAllConnections();
  extension.close();
  await api[Symbol.asyncDispose]();
});

async function registered(more?: object): Promise<void> {
  await post("/apis/apiregistration.k8s.io/v1/apiservices", anApiService(more));
  await until("True");
}

const json = async (path: string, init?: Parameters<TestServer["fetch"]>[1]): Promise<any> => (await api.fetch(path, init)).json();
const aGadget = (name: string) => ({ apiVersion: `${GROUP}/v1`, kind: "Gadget", metadata: { name }, size: 1 });

test("every verb reaches the extension server, with its answers and refusals", async () => {
  await registered();
  const created = await api.fetch(GADGETS, { method: "POST", json: aGadget("a") });
  expect(created.status).toBe(201);
  expect(await created.json()).toMatchObject({ metadata: { name: "a", namespace: "default", uid: expect.any(String) }, size: 1 });
  expect((await api.fetch(GADGETS, { method: "POST", json: aGadget("a") })).status).toBe(409);
  expect(await json(`${GADGETS}/a`, { method: "PATCH", json: { size: 2 }, headers: { "content-type": "application/merge-patch+json" } })).toMatchObject({ size: 2 });
  expect(await json(`${GADGETS}/a`, { method: "PUT", json: { ...aGadget("a"), size: 3 } })).toMatchObject({ size: 3 });
  expect((await json(GADGETS)).items).toHaveLength(1);
  expect((await json(`/apis/${GROUP}/v1/gadgets`)).items).toHaveLength(1);
  expect((await api.fetch(`${GADGETS}/b`)).status).toBe(404);
  expect((await api.fetch(`${GADGETS}/a`, { method: "DELETE" })).status).toBe(200);
  expect((await json(GADGETS)).items).toEqual([]);
});

test("a watch streams until the client goes", async () => {
  await registered();
  const reader = (await api.fetch(`${GADGETS}?watch=true`)).body!.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  await api.fetch(GADGETS, { method: "POST", json: aGadget("a") });
  expect(JSON.parse((await reader.read()).value!)).toMatchObject({ type: "ADDED", object: { metadata: { name: "a" } } });
  const connections = () => new Promise<number>((resolve) => extension.getConnections((_, count) => resolve(count)));
  expect(await connections()).toBeGreaterThan(0);
  await reader.cancel();
  await vi.waitFor(async () => expect(await connections()).toBe(0));
});

test("the user is told in headers that nobody else can set", async () => {
  await registered();
  const whoami = `/apis/${GROUP}/v1/whoami`;
  const forged = { "x-remote-user": "root", "x-remote-group": "system:masters", "X-Remote-Extra-Scopes": "all", "x-remote-uid": "0", "x-own": "1" };
  const admin = await json(whoami, { headers: forged });
  expect(admin).toMatchObject({ "x-remote-user": "kubernetes-admin", "x-own": "1" });
  expect(admin["x-remote-group"]).toContain("system:masters"); // his own
  expect(admin["x-remote-uid"]).not.toBe("0");
  expect(Object.keys(admin)).not.toEqual(expect.arrayContaining(["authorization"]));
  expect(Object.keys(admin)).not.toContain("x-remote-extra-scopes");
});

test("who may not is refused here, and who may is asked for himself", async () => {
  await registered();
  const jane = { "impersonate-user": "jane", "impersonate-extra-example.com%2fteam": "ops" };
  const refused = await json(GADGETS, { headers: jane });
  expect(refused).toMatchObject({ code: 403, message: `gadgets.${GROUP} is forbidden: User "jane" cannot list resource "gadgets" in API group "${GROUP}" in the namespace "default"` });
  await post("/apis/rbac.authorization.k8s.io/v1/clusterroles", { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "gadgets" }, rules: [{ apiGroups: [GROUP], resources: ["gadgets"], verbs: ["*"] }, { nonResourceURLs: ["/apis/*"], verbs: ["get"] }, { apiGroups: [GROUP], resources: ["whoami"], verbs: ["list"] }] });
  await post("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name: "jane" }, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "gadgets" }, subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "jane" }] });
  expect((await json(GADGETS, { headers: jane })).items).toEqual([]);
  const seen = await json(`/apis/${GROUP}/v1/whoami`, { headers: jane });
  expect(seen).toMatchObject({ "x-remote-user": "jane", "x-remote-group": "system:authenticated", "x-remote-extra-example.com%2fteam": "ops" });
});

test("a server that goes is 503, then unavailable; when it is back it is served again", async () => {
  await registered();
  const { port } = extension.address() as AddressInfo;
  extension.closeAllConnections();
  extension.close();
  const response = await api.fetch(GADGETS);
  expect([response.status, await response.text()]).toEqual([503, `error trying to reach service: dial tcp 127.0.0.1:${port}: connect: connection refused\n`]);
  await until("False");
  expect(await condition()).toMatchObject({ reason: "FailedDiscoveryCheck", message: expect.stringContaining("connection refused") });
  const unavailable = await api.fetch(GADGETS);
  expect([unavailable.status, await unavailable.text()]).toEqual([503, "service unavailable\n"]);

  await listen((await published())["requestheader-client-ca-file"]);
  await api.fetch("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/api-1", { method: "PATCH", json: { ports: [{ name: "", port: (extension.address() as AddressInfo).port }] }, headers: { "content-type": "application/merge-patch+json" } });
  await until("True");
  expect((await api.fetch(GADGETS)).status).toBe(200);
});

test("a server that cannot prove who it is gets no request, unless nobody cares", async () => {
  await registered({ caBundle: textToBase64(createClusterKeys({ nowMs: Date.now() }).ca.certificatePem) });
  expect(await (await api.fetch(GADGETS)).text()).toContain("x509: certificate signed by unknown authority");
  await api.fetch(`/apis/apiregistration.k8s.io/v1/apiservices/v1.${GROUP}`, { method: "PATCH", json: { spec: { caBundle: null, insecureSkipTLSVerify: true } }, headers: { "content-type": "application/merge-patch+json" } });
  await until("True");
  expect((await api.fetch(GADGETS)).status).toBe(200);
});

test("a namespace takes along what the extension server keeps in it, and waits for a server that does not tell", async () => {
  await registered();
  const team = "/api/v1/namespaces/team";
  const gadgets = `/apis/${GROUP}/v1/namespaces/team/gadgets`;
  const left = async () => Object.fromEntries(((await json(team)).status.conditions as any[]).filter((c) => c.status === "True").map((c) => [c.type, c.message]));
  const pass = async () => { api.cluster.clock.nowMs += 600_000; await api.cluster.core.alarm(); await api.cluster.rest(); };
  await post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "team" } });
  expect((await api.fetch(gadgets, { method: "POST", json: aGadget("a") })).status).toBe(201);
  expect((await api.fetch(gadgets, { method: "POST", json: { ...aGadget("held"), metadata: { name: "held", finalizers: ["example.dev/hold"] } } })).status).toBe(201);
  await api.fetch(team, { method: "DELETE" });
  await vi.waitFor(async () => expect(await left()).toEqual({
    NamespaceContentRemaining: `Some resources are remaining: gadgets.${GROUP} has 1 resource instances`,
    NamespaceFinalizersRemaining: "Some content in the namespace has finalizers remaining: example.dev/hold in 1 resource instances",
  }));
  await api.fetch(`${gadgets}/held`, { method: "DELETE" });

  extension.closeAllConnections();
  extension.close();
  await api.fetch(gadgets);
  await until("False");
  await vi.waitFor(async () => { await pass(); expect(await left()).toEqual({ NamespaceDeletionDiscoveryFailure: expect.stringContaining(`stale GroupVersion discovery: ${GROUP}/v1`) }); });

  await api.fetch(`/apis/apiregistration.k8s.io/v1/apiservices/v1.${GROUP}`, { method: "DELETE" });
  await vi.waitFor(async () => { await pass(); expect((await api.fetch(team)).status).toBe(404); });
});

test("a WebSocket goes through", async () => {
  let client!: End;
  vi.stubGlobal("WebSocketPair", class { constructor() { const [a, b] = pair(); client = a; return { 0: a, 1: b } as never; } });
  const RealResponse = Response;
  vi.stubGlobal("Response", class extends RealResponse { constructor(body?: BodyInit | null, init?: ResponseInit) { super(body, init?.status === 101 ? { ...init, status: 200 } : init); } });
  await registered();
  await api.fetch(`${GADGETS}/a/echo`, { headers: { upgrade: "websocket", connection: "Upgrade" } });
  const got = new Promise<any>((resolve) => client.addEventListener("message", resolve, { once: true }));
  client.send("hello");
  expect((await got).data).toBe("kubernetes-admin: hello");
});

describe("discovery", () => {
  const groups = async () => (await json("/apis")).groups.map((g: any) => g.name) as string[];
  const aggregated = async () => (await json("/apis", { headers: { accept: DISCOVERY } })).items as any[];

  test("lists the group where its priority puts it, and its resources", async () => {
    await post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "as.aaa.dev" }, spec: { group: "aaa.dev", scope: "Cluster", names: { plural: "as", kind: "A" }, versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }] } });
    expect(await groups()).not.toContain(GROUP);
    await registered();
    const all = await groups();
    expect(all.indexOf(GROUP)).toBeGreaterThan(all.indexOf("apps"));
    expect(all.at(-1) === GROUP || all.indexOf(GROUP) < all.indexOf("aaa.dev")).toBe(true);
    expect(await json(`/apis/${GROUP}`)).toMatchObject({ kind: "APIGroup", name: GROUP, preferredVersion: { version: "v1" } });
    expect(await json(`/apis/${GROUP}/v1`)).toMatchObject({ kind: "APIResourceList", resources: [{ name: "gadgets" }, { name: "gadgets/status" }] });
    const item = (await aggregated()).find((g) => g.metadata.name === GROUP);
    expect(item.versions).toEqual([{ version: "v1", freshness: "Current", resources: [{
      resource: "gadgets", singularResource: "gadget", scope: "Namespaced", responseKind: { group: GROUP, version: "v1", kind: "Gadget" }, shortNames: ["gd"], verbs: expect.arrayContaining(["watch"]),
      subresources: [{ subresource: "status", responseKind: { group: GROUP, version: "v1", kind: "Gadget" }, verbs: ["get"] }],
    }] }]);
  });

  test("OpenAPI of the extension server is part of the cluster's", async () => {
    await registered();
    const path = `apis/${GROUP}/v1`;
    const { paths } = await json("/openapi/v3");
    expect(paths[path]).toEqual({ serverRelativeURL: `/openapi/v3/${path}?hash=ABC` });
    const document = await api.fetch(paths[path].serverRelativeURL);
    expect(document.headers.get("cache-control")).toContain("immutable");
    expect(await document.json()).toMatchObject({ components: { schemas: { "dev.example.v1.Gadget": { properties: { size: { description: "How big it is." } } } } } });
    expect((await api.fetch(`/openapi/v3/${path}?hash=OLD`, { redirect: "manual" })).headers.get("location")).toBe(`/openapi/v3/${path}?hash=ABC`);
    const v2 = await json("/openapi/v2");
    expect(v2.definitions["dev.example.v1.Gadget"].properties.size).toEqual({ type: "integer", description: "How big it is." });
    expect(Object.keys(v2.paths)).toEqual(expect.arrayContaining([`/${path}/namespaces/{namespace}/gadgets/{name}`, "/api/v1/pods"]));
    const packed = new TextDecoder().decode(await (await api.fetch("/openapi/v2", { headers: { accept: "application/com.github.proto-openapi.spec.v2@v1.0+protobuf" } })).arrayBuffer());
    expect(packed).toContain("Gadget is a thing that another server keeps.");
  });

  test("tells of one that does not answer what was known, as stale; and nothing of one that was taken away", async () => {
    await registered();
    await aggregated();
    extension.closeAllConnections();
    extension.close();
    await api.fetch(GADGETS);
    await until("False");
    expect(await groups()).toContain(GROUP);
    expect((await aggregated()).find((g) => g.metadata.name === GROUP).versions).toMatchObject([{ freshness: "Stale", resources: [{ resource: "gadgets" }] }]);
    await api.fetch(`/apis/apiregistration.k8s.io/v1/apiservices/v1.${GROUP}`, { method: "DELETE" });
    expect(await groups()).not.toContain(GROUP);
    expect((await aggregated()).map((g) => g.metadata.name)).not.toContain(GROUP);
    expect((await api.fetch(GADGETS)).status).toBe(404);
    expect((await api.fetch(`/apis/${GROUP}/v1`)).status).toBe(404);
  });
});
