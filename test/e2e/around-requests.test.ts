/** What is around every request, with real clients: its class in the answer's headers, turns that are fair, metrics that parse, an audit log in a file and at a webhook. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { servingCertificates } from "../../cli/certificates.ts";
import { eventually } from "./support/eventually.ts";
import { RawClient } from "./support/http.ts";
import { startTestControlPlane, type TestInstallation } from "./support/installation.ts";

const POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: ["RequestReceived"]
rules:
- level: Metadata
  resources: [{group: "", resources: ["secrets"]}]
- level: RequestResponse
  namespaces: ["audited"]
- level: Metadata
  namespaces: ["watched"]
- level: None
`;

let installation: TestInstallation;
let raw: RawClient;
let webhook: Server;
let refusals = 1;
const received: { authorization: string | undefined; list: any }[] = [];
const dir = mkdtempSync("/tmp/isa-");
const logPath = join(dir, "audit.log");

beforeAll(async () => {
  const policyFile = join(dir, "policy.yaml");
  const webhookConfigFile = join(dir, "webhook.yaml");
  writeFileSync(policyFile, POLICY);
  const certificates = await servingCertificates(dir, { dns: ["localhost"], ips: ["127.0.0.1"] });
  webhook = createServer({ cert: certificates.certificatePem, key: certificates.keyPem }, (request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (part: string) => { text += part; }).on("end", () => {
      if (refusals-- > 0) return void response.writeHead(503).end();
      received.push({ authorization: request.headers.authorization, list: JSON.parse(text) });
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
  const { port } = webhook.address() as AddressInfo;
  writeFileSync(webhookConfigFile, `apiVersion: v1
kind: Config
clusters: [{name: sink, cluster: {server: "https://127.0.0.1:${port}/events", certificate-authority: ca.crt}}]
users: [{name: us, user: {token: webhook-token}}]
contexts: [{name: c, context: {cluster: sink, user: us}}]
current-context: c
`);
  installation = await startTestControlPlane({ audit: { policyFile, logPath, webhookConfigFile } });
  raw = new RawClient(installation);
});
afterAll(async () => {
  raw?.[Symbol.dispose]();
  await installation?.stop();
  webhook.closeAllConnections();
  webhook.close();
  rmSync(dir, { recursive: true, force: true });
});

const lines = (): any[] => readFileSync(logPath, "utf8").trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));

describe("the audit log", () => {
  test("has in the file what the policy says, of kubectl's requests", async () => {
    const { kubectl, tryKubectl } = installation;
    for (const name of ["audited", "watched", "unheard"]) await kubectl(["create", "namespace", name]);
    for (const name of ["audited", "watched", "unheard"]) await kubectl(["-n", name, "create", "configmap", "a", "--from-literal=key=value-of-it"]);
    await kubectl(["-n", "audited", "create", "secret", "generic", "s", "--from-literal=password=hunter2"]);
    expect((await tryKubectl(["-n", "audited", "get", "configmap", "a", "--as", "jane", "--as-group", "dev"])).stderr).toContain("Forbidden");
    const found = await eventually(() => {
      const events = lines();
      expect(events.some((event) => event.impersonatedUser?.username === "jane")).toBe(true);
      return events;
    });
    const of = (namespace: string, verb: string, resource: string) => found.find(({ objectRef, verb: done }) => objectRef?.namespace === namespace && objectRef.resource === resource && done === verb);
    expect(of("audited", "create", "configmaps")).toMatchObject({
      level: "RequestResponse", stage: "ResponseComplete", user: { username: "kubernetes-admin" }, userAgent: expect.stringContaining("kubectl"),
      requestObject: { data: { key: "value-of-it" } }, responseObject: { metadata: { uid: expect.any(String) } }, responseStatus: { code: 201 },
    });
    expect(of("watched", "create", "configmaps")).toMatchObject({ level: "Metadata", responseStatus: { code: 201 } });
    expect(of("audited", "create", "secrets")).toMatchObject({ level: "Metadata" });
    expect(of("audited", "get", "configmaps")).toMatchObject({ impersonatedUser: { username: "jane", groups: ["dev", "system:authenticated"] }, responseStatus: { reason: "Forbidden", code: 403 }, annotations: { "authorization.k8s.io/decision": "forbid" } });
    const text = readFileSync(logPath, "utf8");
    expect(text).not.toMatch(/hunter2|aHVudGVyMg|"namespace":"unheard"/);
  });

  test("reaches the webhook in batches, though it refused one at first", async () => {
    const written = lines().map(({ auditID }) => auditID);
    await eventually(() => {
      const ids = received.flatMap(({ list }) => list.items.map((event: any) => event.auditID));
      expect(ids).toEqual(expect.arrayContaining(written));
    });
    expect(received[0]).toMatchObject({ authorization: "Bearer webhook-token", list: { kind: "EventList", apiVersion: "audit.k8s.io/v1" } });
  });

  test("is the cluster's until it is ended through the platform API", async () => {
    const { platform } = installation.controlPlane;
    expect(await platform("GET", "/clusters/default/audit")).toMatchObject({ log: true, webhook: "launcher", policy: { kind: "Policy" } });
    await expect(platform("PUT", "/clusters/default/audit", { policy: { apiVersion: "audit.k8s.io/v1", kind: "Policy", rules: [{ level: "All" }] }, log: true })).rejects.toThrow("Unsupported value");
    await platform("DELETE", "/clusters/default/audit");
    const before = lines().length;
    await installation.kubectl(["-n", "audited", "create", "configmap", "later"]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(lines()).toHaveLength(before);
  });
});

describe("priority and fairness", () => {
  const shared = (name: string, queuing: object) => JSON.stringify({
    apiVersion: "v1", kind: "List", items: [
      { apiVersion: "flowcontrol.apiserver.k8s.io/v1", kind: "PriorityLevelConfiguration", metadata: { name }, spec: { type: "Limited", limited: { nominalConcurrencyShares: 1, borrowingLimitPercent: 0, limitResponse: { type: "Queue", queuing } } } },
      { apiVersion: "flowcontrol.apiserver.k8s.io/v1", kind: "FlowSchema", metadata: { name }, spec: {
        matchingPrecedence: 700, priorityLevelConfiguration: { name }, distinguisherMethod: { type: "ByUser" },
        rules: [{ subjects: [{ kind: "Group", group: { name: "tenants" } }], resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], namespaces: ["*"], clusterScope: true }], nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }] }],
      } },
      { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name }, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edit" }, subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "tenants" }] },
    ],
  });
  const as = (user: string) => ({ "impersonate-user": user, "impersonate-group": "tenants" });

  test("kubectl shows how a request was classified", async () => {
    await installation.kubectl(["apply", "-f", "-"], shared("tenants", { queues: 32, handSize: 2, queueLengthLimit: 200 }));
    const uid = async (kind: string, name: string) => await installation.kubectl(["get", kind, name, "-o", "jsonpath={.metadata.uid}"]);
    const verbose = await installation.tryKubectl(["get", "--raw", "/version", "--as", "jane", "--as-group", "tenants", "-v=8"]);
    expect(verbose.stderr.toLowerCase()).toContain(`x-kubernetes-pf-flowschema-uid: ${await uid("flowschema", "tenants")}`);
    expect(verbose.stderr.toLowerCase()).toContain(`x-kubernetes-pf-prioritylevel-uid: ${await uid("prioritylevelconfiguration", "tenants")}`);
    const { headers } = await raw.send({ path: "/api/v1/namespaces?limit=1" });
    expect(headers["x-kubernetes-pf-flowschema-uid"]).toBe(await uid("flowschema", "exempt"));
    expect(await installation.kubectl(["get", "flowschemas", "--no-headers"])).toMatch(/^tenants +tenants +700 +ByUser +\S+ +False/m);
  });

  test("a tenant with a few requests does not wait for another's flood", async () => {
    const create = async (user: string, i: number): Promise<{ status: number; ms: number }> => {
      const begunMs = performance.now();
      const body = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: `${user}-${i}` } });
      const { status } = await raw.send({ method: "POST", path: "/api/v1/namespaces/default/configmaps", body, headers: { "content-type": "application/json", ...as(user) } });
      return { status, ms: performance.now() - begunMs };
    };
    using others = new RawClient(installation); // the quiet one has connections of its own
    const flood = Promise.all(Array.from({ length: 400 }, (_, i) => create("flood", i)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const quiet: number[] = [];
    for (let i = 0; i < 5; i++) {
      const begunMs = performance.now();
      const body = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: `quiet-${i}` } });
      expect((await others.send({ method: "POST", path: "/api/v1/namespaces/default/configmaps", body, headers: { "content-type": "application/json", ...as("quiet") } })).status).toBe(201);
      quiet.push(performance.now() - begunMs);
    }
    const flooded = await flood;
    expect(flooded.every(({ status }) => status === 201)).toBe(true);
    const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
    expect(median(quiet)).toBeLessThan(median(flooded.map(({ ms }) => ms)));
  });

  test("what is too much is refused with a time to come back", async () => {
    await installation.kubectl(["patch", "prioritylevelconfiguration", "tenants", "--type=merge", "-p", `{"spec":{"limited":{"limitResponse":{"type":"Reject","queuing":null}}}}`]);
    const answers = await Promise.all(Array.from({ length: 32 }, (_, i) => raw.send({ method: "POST", path: "/api/v1/namespaces/default/configmaps", body: JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: `more-${i}` } }), headers: { "content-type": "application/json", ...as("flood") } })));
    const refused = answers.find(({ status }) => status === 429)!;
    expect(refused.headers["retry-after"]).toMatch(/^\d+$/);
    expect(JSON.parse(refused.text)).toMatchObject({ reason: "TooManyRequests", message: "Too many requests, please try again later." });
    // client-go waits and tries again by itself
    await installation.kubectl(["-n", "default", "get", "configmap", "flood-1", "--as", "flood", "--as-group", "tenants"]);
  });
});

test("metrics are scraped, parse, and tell what has happened", async () => {
  const text = await installation.kubectl(["get", "--raw", "/metrics"]);
  const samples = text.split("\n").filter((line) => line && !line.startsWith("#")).map((line) => /^([a-z_:]+)(?:\{(.*)\})? (\S+)$/.exec(line)!);
  expect(samples.every(Boolean)).toBe(true);
  const sum = (name: string, labels: string) => samples.filter(([, found, of = ""]) => found === name && of.includes(labels)).reduce((all, [, , , value]) => all + Number(value), 0);
  expect(sum("apiserver_request_total", 'resource="configmaps"')).toBeGreaterThan(400);
  expect(sum("apiserver_request_duration_seconds_count", 'verb="POST"')).toBeGreaterThan(400);
  expect(sum("apiserver_flowcontrol_dispatched_requests_total", 'flow_schema="tenants"')).toBeGreaterThan(400);
  expect(sum("apiserver_flowcontrol_rejected_requests_total", 'reason="concurrency-limit"')).toBeGreaterThan(0);
  expect(sum("apiserver_storage_objects", 'resource="configmaps"')).toBeGreaterThan(400);
  expect(sum("apiserver_storage_size_bytes", "")).toBeGreaterThan(100_000);
  expect(sum("workqueue_adds_total", "")).toBeGreaterThan(0);
});

test("a cluster's metrics are its own", async () => {
  const { platform } = installation.controlPlane;
  const made = await platform("POST", "/clusters", { name: "other" }) as { id: string; kubeconfig: string };
  const token = /token: "?([^\s"]+)/.exec(made.kubeconfig)![1]!;
  const { status, text } = await raw.send({ path: `/clusters/${made.id}/metrics`, headers: { authorization: `Bearer ${token}` } });
  expect(status).toBe(200);
  expect(text).not.toMatch(/tenants|resource="configmaps",subresource="",scope="resource"/);
});
