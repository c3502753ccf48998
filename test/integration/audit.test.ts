import { describe, expect, test } from "vitest";
import type { AuditConfiguration } from "../../src/api/audit/configuration.ts";
import { compilePolicy, type AuditRule } from "../../src/api/audit/policy.ts";
import { parsePolicy } from "../../src/api/audit/validate-policy.ts";
import { textStream } from "../../src/durable/text-stream.ts";
import { ApiError } from "../../src/lib/errors.ts";
import type { OutboundCall } from "../../src/lib/outbound.ts";
import { testServer, type TestServer } from "../harness/test-server.ts";

const policy = (rules: AuditRule[], more: object = {}) => ({ apiVersion: "audit.k8s.io/v1", kind: "Policy", rules, ...more });
const configure = (server: TestServer, configuration: unknown, isAdministrator = true) => server.cluster.core.audit.configure(configuration, isAdministrator);

async function recording(rules: AuditRule[], more: object = {}): Promise<TestServer> {
  const server = await testServer();
  expect(configure(server, { policy: policy(rules, more), log: true }).status).toBe(200);
  return server;
}

async function eventsOf(server: TestServer): Promise<any[]> {
  await server.cluster.core.audit.log.flush();
  return server.cluster.audited.splice(0);
}

const MAPS = "/api/v1/namespaces/default/configmaps";
const configMap = (name: string, more: object = {}) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { key: "value" }, ...more });

describe("a policy", () => {
  const decide = (rule: Omit<AuditRule, "level">) => {
    const level = compilePolicy(policy([{ level: "Metadata", ...rule }]) as never);
    return (attributes: object, user = { username: "ann", groups: ["dev"] }) => level(user, attributes as never).level === "Metadata";
  };
  const secrets = { verb: "get", group: "", version: "v1", resource: "secrets", namespace: "a", name: "s" };
  const status = { verb: "patch", group: "apps", version: "v1", resource: "deployments", subresource: "status", namespace: "a", name: "d" };
  const path = { verb: "get", path: "/healthz/ping" };

  test.each([
    ["anything", {}, [true, true, true]],
    ["users", { users: ["bob"] }, [false, false, false]],
    ["groups", { userGroups: ["dev"] }, [true, true, true]],
    ["verbs", { verbs: ["get"] }, [true, false, true]],
    ["namespaces", { namespaces: ["a"] }, [true, true, false]],
    ["what has no namespace", { namespaces: [""] }, [false, false, false]],
    ["a group's resources", { resources: [{ group: "", resources: ["secrets"] }] }, [true, false, false]],
    ["a whole group", { resources: [{ group: "apps" }] }, [false, true, false]],
    ["resources without their subresources", { resources: [{ group: "apps", resources: ["deployments"] }] }, [false, false, false]],
    ["a subresource", { resources: [{ group: "apps", resources: ["deployments/status"] }] }, [false, true, false]],
    ["all subresources of one", { resources: [{ group: "apps", resources: ["deployments/*"] }] }, [false, true, false]],
    ["one subresource of all", { resources: [{ group: "*", resources: ["*/status"] }] }, [false, true, false]],
    ["names", { resources: [{ group: "", resources: ["*"], resourceNames: ["s"] }] }, [true, false, false]],
    ["other names", { resources: [{ group: "", resources: ["*"], resourceNames: ["t"] }] }, [false, false, false]],
    ["paths", { nonResourceURLs: ["/healthz*"] }, [false, false, true]],
    ["other paths", { nonResourceURLs: ["/healthz"] }, [false, false, false]],
  ])("matches %s", (_name, rule, expected) => expect([secrets, status, path].map((asked) => decide(rule)(asked))).toEqual(expected));

  test("the first rule decides, and what none matches is not recorded", () => {
    const level = compilePolicy(policy([{ level: "None", users: ["ann"] }, { level: "Request", verbs: ["get"] }]) as never);
    expect([level({ username: "ann", groups: [] }, secrets).level, level({ username: "bob", groups: [] }, secrets).level, level({ username: "bob", groups: [] }, status).level]).toEqual(["None", "Request", "None"]);
  });

  test("what is wrong with it is told in upstream's words", () => {
    const faults = (value: unknown) => {
      try { parsePolicy(value); return []; } catch (error) { return (error as ApiError).status.details!.causes!.map((cause) => `${cause.field}: ${cause.message}`); }
    };
    expect(faults(policy([{ level: "Metadata" }]))).toEqual([]);
    expect(faults(policy([]))).toEqual(["rules: Required value: loaded illegal policy with 0 rules"]);
    expect(faults({ ...policy([{ level: "Metadata" }]), apiVersion: "audit.k8s.io/v1beta1" })).toHaveLength(1);
    expect(faults(policy([{ level: "All" as never, omitStages: ["Never" as never], nonResourceURLs: ["healthz", "/a*b"], namespaces: ["x"], resources: [{ group: "A_b", resourceNames: ["x"] }] }]))).toEqual([
      'rules[0].level: Unsupported value: "All": supported values: "Metadata", "None", "Request", "RequestResponse"',
      `rules[0].nonResourceURLs[0]: Invalid value: "healthz": non-resource URL rules must begin with a '/' character`,
      `rules[0].nonResourceURLs[1]: Invalid value: "/a*b": non-resource URL wildcards '*' must be the final character of the rule`,
      expect.stringContaining("rules[0].resources.group: Invalid value"),
      expect.stringContaining("using resourceNames requires at least one resource"),
      'rules[0].omitStages[0]: Invalid value: "Never": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic',
      expect.stringContaining("rules cannot apply to both regular resources and non-resource URLs"),
    ]);
    for (const junk of [null, 1, "x", [], policy([null as never]), policy([{ level: "None", users: 1 as never }]), policy([{ level: "None", resources: [1 as never] }]), policy([{ level: "None" }], { omitStages: 1 })]) expect(faults(junk).length).toBeGreaterThan(0);
  });
});

describe("events", () => {
  test("tell who asked what, from where, and how it ended", async () => {
    await using server = await recording([{ level: "Metadata" }]);
    const headers = { "audit-id": "my-request", "user-agent": "tester/1", "x-forwarded-for": "192.0.2.7, 10.0.0.1, junk<>" };
    const answer = await server.fetch(`${MAPS}?dryRun=All`, { method: "POST", json: configMap("a"), headers });
    expect(answer.headers.get("audit-id")).toBe("my-request");
    const events = await eventsOf(server);
    expect(events.map(({ stage }) => stage)).toEqual(["RequestReceived", "ResponseComplete"]);
    expect(events[0].responseStatus).toBeUndefined();
    expect(events[1]).toEqual({
      kind: "Event", apiVersion: "audit.k8s.io/v1", level: "Metadata", auditID: "my-request", stage: "ResponseComplete", requestURI: `${MAPS}?dryRun=All`, verb: "create",
      user: { username: "kubernetes-admin", groups: ["system:masters", "system:authenticated"], extra: { "authentication.kubernetes.io/credential-id": [expect.stringMatching(/^JTI=/)] } }, sourceIPs: ["192.0.2.7", "10.0.0.1"], userAgent: "tester/1",
      objectRef: { resource: "configmaps", namespace: "default", name: "a", apiVersion: "v1" }, responseStatus: { metadata: {}, code: 201 },
      requestReceivedTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/), stageTimestamp: expect.stringMatching(/\.\d{6}Z$/),
      annotations: expect.objectContaining({ "authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": "" }),
    });
  });

  test("of refusals carry the Status and the decision", async () => {
    await using server = await recording([{ level: "Metadata", omitStages: ["RequestReceived"] }]);
    await server.fetch(`${MAPS}/none`);
    await server.fetch(MAPS, { headers: { "Impersonate-User": "jane" } });
    await server.fetch("/apis", { headers: { "Impersonate-User": "jane", "Impersonate-Group": "system:unauthenticated" } });
    const [missing, forbidden, path] = await eventsOf(server);
    expect(missing.responseStatus).toMatchObject({ status: "Failure", reason: "NotFound", code: 404, message: 'configmaps "none" not found' });
    expect(forbidden).toMatchObject({ user: { username: "kubernetes-admin" }, impersonatedUser: { username: "jane", groups: ["system:authenticated"] }, authenticationMetadata: { impersonationConstraint: "impersonate:user-info" } });
    expect(forbidden.responseStatus.code).toBe(403);
    expect(forbidden.annotations["authorization.k8s.io/decision"]).toBe("forbid");
    expect(path).toMatchObject({ verb: "get", requestURI: "/apis", responseStatus: { code: 403 } });
    expect(path.objectRef).toBeUndefined();
  });

  test("carry what the level says and no more: a secret's contents only where the policy asks for them", async () => {
    await using server = await recording([
      { level: "Metadata", resources: [{ group: "", resources: ["secrets"] }] },
      { level: "Request", resources: [{ group: "", resources: ["services"] }] },
      { level: "RequestResponse" },
    ], { omitStages: ["RequestReceived"] });
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, stringData: { password: "hunter2" } };
    await server.fetch("/api/v1/namespaces/default/secrets", { method: "POST", json: secret });
    await (await server.fetch("/api/v1/secrets")).arrayBuffer();
    const recorded = await eventsOf(server);
    expect(recorded).toHaveLength(2);
    expect(JSON.stringify(recorded)).not.toMatch(/hunter2|aHVudGVyMg/);

    await server.fetch("/api/v1/namespaces/default/services", { method: "POST", json: { apiVersion: "v1", kind: "Service", metadata: { name: "s" }, spec: { clusterIP: "None", ports: [{ port: 1 }] } } });
    const [service] = await eventsOf(server);
    expect([service.requestObject.spec.ports[0].port, service.responseObject]).toEqual([1, undefined]);

    await server.fetch(MAPS, { method: "POST", json: configMap("a") });
    await server.fetch(`${MAPS}/a`, { method: "PATCH", json: { data: { key: "other" } }, headers: { "content-type": "application/merge-patch+json" } });
    await (await server.fetch(MAPS)).arrayBuffer();
    const [created, patched, listed] = await eventsOf(server);
    expect([created.requestObject.data, created.responseObject.metadata.uid.length, created.responseObject.metadata.managedFields.length]).toEqual([{ key: "value" }, 36, 1]);
    expect([patched.requestObject, patched.responseObject.data]).toEqual([{ data: { key: "other" } }, { key: "other" }]);
    expect(listed.responseObject.items.map((item: any) => item.metadata.name)).toEqual(["a"]);
  });

  test("go without managed fields where the policy omits them", async () => {
    await using server = await recording([{ level: "RequestResponse", verbs: ["list"], omitManagedFields: false }, { level: "RequestResponse" }], { omitManagedFields: true, omitStages: ["RequestReceived"] });
    await server.fetch(MAPS, { method: "POST", json: configMap("a") });
    await (await server.fetch(MAPS)).arrayBuffer();
    const [created, listed] = await eventsOf(server);
    expect(created.responseObject.metadata.managedFields).toBeUndefined();
    expect(listed.responseObject.items[0].metadata.managedFields).toHaveLength(1);
  });

  test("that would be too long lose their objects and say so", async () => {
    await using server = await recording([{ level: "RequestResponse" }], { omitStages: ["RequestReceived"] });
    expect((await server.fetch(MAPS, { method: "POST", json: configMap("big", { data: { x: "x".repeat(600_000) } }) })).status).toBe(201);
    const [event] = await eventsOf(server);
    expect([event.requestObject, event.responseObject, event.annotations["audit.k8s.io/truncated"], event.objectRef.name]).toEqual([undefined, undefined, "true", "big"]);
  });

  test("of a watch tell its beginning and its end", async () => {
    await using server = await recording([{ level: "Metadata" }]);
    const { core } = server.cluster;
    const asked = { ...server.cluster.request("GET", "/api/v1/configmaps?watch=true"), auditId: "w", uri: "/api/v1/configmaps?watch=true" };
    const stream = await core.door.stream(asked, (admitted) => core.requests.initialEvents(admitted));
    if ("refused" in stream) throw new Error("refused");
    await new Response(textStream(stream.opened.texts)).text();
    server.cluster.watch("/api/v1/configmaps?watch=true"); // as the bridge does it
    expect((await eventsOf(server)).map(({ stage, auditID, responseStatus }) => [stage, auditID, responseStatus?.code])).toEqual([["RequestReceived", "w", undefined], ["ResponseStarted", "w", 200]]);
    core.door.ended({ ...asked, resumed: true });
    expect((await eventsOf(server)).map(({ stage, auditID }) => [stage, auditID])).toEqual([["ResponseComplete", "w"]]);
  });

  test("of an agent's requests have an id and a URI as well", async () => {
    await using server = await recording([{ level: "Metadata", omitStages: ["RequestReceived"] }]);
    const socket = server.cluster.agent({ username: "system:node:n1", groups: ["system:nodes", "system:authenticated"], authenticator: "node" }, "n1");
    server.cluster.core.message(socket, JSON.stringify({ id: 1, method: "GET", path: "/api/v1/nodes/n1" }));
    await server.cluster.rest();
    const [event] = await eventsOf(server);
    expect(event).toMatchObject({ auditID: expect.stringMatching(/^[0-9a-f-]{36}$/), requestURI: "/api/v1/nodes/n1", verb: "get", user: { username: "system:node:n1" }, responseStatus: { code: 404 } });
  });

  test("carry what admission has to tell", async () => {
    await using server = await recording([{ level: "Metadata", omitStages: ["RequestReceived"] }]);
    await server.fetch("/api/v1/namespaces", { method: "POST", json: { apiVersion: "v1", kind: "Namespace", metadata: { name: "safe", labels: { "pod-security.kubernetes.io/enforce": "baseline", "pod-security.kubernetes.io/audit": "restricted" } } } });
    await server.fetch("/api/v1/namespaces/safe/serviceaccounts", { method: "POST", json: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } } });
    expect((await server.fetch("/api/v1/namespaces/safe/pods", { method: "POST", json: { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "i" }] } } })).status).toBe(201);
    const { annotations } = (await eventsOf(server)).at(-1);
    expect(annotations["pod-security.kubernetes.io/enforce-policy"]).toBe("baseline:latest");
    expect(annotations["pod-security.kubernetes.io/audit-violations"]).toContain("would violate PodSecurity");
  });

  test("of what went wrong inside are told as a panic", async () => {
    await using server = await recording([{ level: "Metadata", omitStages: ["RequestReceived"] }]);
    server.cluster.db.run("ALTER TABLE revisions RENAME TO lost");
    expect((await server.fetch("/api/v1/namespaces/default")).status).toBe(500);
    expect((await eventsOf(server)).map(({ stage, responseStatus }) => [stage, responseStatus.code])).toEqual([["Panic", 500]]);
  });
});

describe("the configuration", () => {
  test("outlives the object's memory, and its end is the end of recording", async () => {
    await using server = await recording([{ level: "Metadata", omitStages: ["RequestReceived"] }]);
    server.cluster.evict();
    await server.fetch("/api/v1/namespaces/default");
    expect(await eventsOf(server)).toHaveLength(1);
    expect(await (await server.fetch("/metrics")).text()).toMatch(/apiserver_audit_event_total 1\n/);
    expect(configure(server, null).status).toBe(200);
    await eventsOf(server);
    await server.fetch("/api/v1/namespaces/default");
    server.cluster.evict();
    await server.fetch("/api/v1/namespaces/default");
    expect(await eventsOf(server)).toEqual([]);
  });

  test("is checked, and an organization gets no hold of the installation's own", async () => {
    await using server = await testServer();
    const rules = policy([{ level: "Metadata" }]);
    const webhook = { url: "https://audit.example.com/events", token: "t" };
    const codes = (values: unknown[], isAdministrator: boolean) => values.map((value) => configure(server, value, isAdministrator).status);
    expect(codes([1, {}, { policy: rules }, { policy: rules, webhook: { url: "http://x" } }, { policy: rules, webhook: { url: "https://x", token: 1 } }, { policy: policy([]), log: true }], true)).toEqual([400, 400, 400, 400, 400, 422]);
    expect(codes([{ policy: rules, log: true }, { policy: rules, webhook: "launcher" }, { policy: rules, webhook }, null], false)).toEqual([403, 400, 200, 200]);
    expect(codes([{ policy: rules, log: true }], true)).toEqual([200]);
    expect(codes([{ policy: rules, webhook }, null], false)).toEqual([403, 403]);
  });
});

describe("the webhook", () => {
  async function calling(answer: (call: OutboundCall, n: number) => { status: number; body: string } | { error: string }): Promise<{ server: TestServer; calls: OutboundCall[] }> {
    const calls: OutboundCall[] = [];
    const server = await testServer({ outbound: async (call) => answer(call, calls.push(call)) });
    const configuration: AuditConfiguration = { policy: policy([{ level: "Metadata", omitStages: ["RequestReceived"] }]) as never, log: false, webhook: { url: "https://audit.example.com/events", token: "t", caBundle: "Q0E=" } };
    expect(configure(server, configuration, false).status).toBe(200);
    return { server, calls };
  }

  test("gets events in batches, with its credentials, and again when it did not take them", async () => {
    const { server, calls } = await calling((_, n) => (n === 1 ? { error: "no route" } : n === 2 ? { status: 503, body: "" } : { status: 200, body: "" }));
    await using _ = server;
    for (let i = 0; i < 3; i++) await server.fetch("/api/v1/namespaces/default");
    await server.cluster.core.audit.log.flush();
    const sent = calls.map((call) => JSON.parse(call.body!));
    expect(calls[0]).toMatchObject({ endpoint: { url: "https://audit.example.com/events", caBundle: "Q0E=" }, method: "POST", headers: { authorization: "Bearer t", "content-type": "application/json" } });
    expect(sent[0]).toMatchObject({ kind: "EventList", apiVersion: "audit.k8s.io/v1", items: expect.any(Array) });
    expect(sent[1]).toEqual(sent[0]);
    expect(new Set(sent.slice(2).flatMap(({ items }) => items.map((item: any) => item.auditID))).size).toBe(3);
  });

  test("that never answers costs events, which are counted, and keeps no request waiting", async () => {
    const { server, calls } = await calling(() => ({ error: "no route" }));
    await using _ = server;
    expect((await server.fetch("/api/v1/namespaces/default")).status).toBe(200);
    await server.cluster.core.audit.log.flush();
    expect(calls).toHaveLength(5);
    expect(await (await server.fetch("/metrics")).text()).toContain('apiserver_audit_error_total{plugin="webhook"} 1');
  });
});
