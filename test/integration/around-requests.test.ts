import { describe, expect, test } from "vitest";
import { flowControlDefaultsController } from "../../src/controllers/flow-control-defaults/controller.ts";
import { testServer, type TestServer } from "../harness/test-server.ts";

// What is around a request: priority and fairness, metrics, health. Through the real application.

const FLOWCONTROL = "/apis/flowcontrol.apiserver.k8s.io/v1";
const as = (user: string, ...groups: string[]) => ({ "Impersonate-User": user, ...(groups.length > 0 && { "Impersonate-Group": groups.join(",") }) });
const uidOf = async (server: TestServer, path: string): Promise<string> => (await (await server.fetch(FLOWCONTROL + path)).json() as { metadata: { uid: string } }).metadata.uid;
const flowOf = (response: Response) => [response.headers.get("x-kubernetes-pf-flowschema-uid"), response.headers.get("x-kubernetes-pf-prioritylevel-uid")];

async function addLevel(server: TestServer, name: string, limited: object, user: string): Promise<void> {
  const level = { apiVersion: "flowcontrol.apiserver.k8s.io/v1", kind: "PriorityLevelConfiguration", metadata: { name }, spec: { type: "Limited", limited } };
  const rules = [{
    subjects: [{ kind: "User", user: { name: user } }],
    resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], namespaces: ["*"], clusterScope: true }], nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
  }];
  const schema = { apiVersion: "flowcontrol.apiserver.k8s.io/v1", kind: "FlowSchema", metadata: { name }, spec: { matchingPrecedence: 1000, priorityLevelConfiguration: { name }, distinguisherMethod: { type: "ByUser" }, rules } };
  expect((await server.fetch(`${FLOWCONTROL}/prioritylevelconfigurations`, { method: "POST", json: level })).status).toBe(201);
  expect((await server.fetch(`${FLOWCONTROL}/flowschemas`, { method: "POST", json: schema })).status).toBe(201);
}

const configMap = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } });
const metricsOf = async (server: TestServer): Promise<string> => await (await server.fetch("/metrics")).text();

describe("priority and fairness", () => {
  test("every answer tells how it was classified", async () => {
    await using server = await testServer();
    const exempt = [await uidOf(server, "/flowschemas/exempt"), await uidOf(server, "/prioritylevelconfigurations/exempt")];
    for (const path of ["/api/v1/namespaces/default", "/api/v1/namespaces", "/apis", "/version", "/readyz", "/metrics", "/api/v1/namespaces/default/configmaps/none"]) {
      expect(flowOf(await server.fetch(path)), path).toEqual(exempt);
    }
    await addLevel(server, "testing", { nominalConcurrencyShares: 1, limitResponse: { type: "Reject" } }, "noxu");
    const testing = [await uidOf(server, "/flowschemas/testing"), await uidOf(server, "/prioritylevelconfigurations/testing")];
    for (const path of ["/version", "/apis", "/api/v1/pods"]) expect(flowOf(await server.fetch(path, { headers: as("noxu") })), path).toEqual(testing);
    const other = await server.fetch("/version", { headers: as("foo") });
    expect([other.status, ...flowOf(other)]).toEqual([200, await uidOf(server, "/flowschemas/global-default"), await uidOf(server, "/prioritylevelconfigurations/global-default")]);
    expect(flowOf(await server.fetch("/version", { token: "" }))).toEqual([null, null]);
  });

  test("too many at once are refused in words that clients know, and others are served", async () => {
    await using server = await testServer();
    await addLevel(server, "strict", { nominalConcurrencyShares: 1, borrowingLimitPercent: 0, limitResponse: { type: "Reject" } }, "flood");
    const post = (user: string, name: string) => server.fetch("/api/v1/namespaces/default/configmaps", { method: "POST", json: configMap(name), headers: as(user, "system:masters-of-none") });
    const flood = await Promise.all(Array.from({ length: 20 }, (_, i) => post("flood", `f-${i}`)));
    const refused = flood.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(10);
    expect(refused[0]!.headers.get("retry-after")).toBe("1");
    expect(flowOf(refused[0]!)).toEqual([await uidOf(server, "/flowschemas/strict"), await uidOf(server, "/prioritylevelconfigurations/strict")]);
    expect(await refused[0]!.json()).toMatchObject({ kind: "Status", reason: "TooManyRequests", message: "Too many requests, please try again later.", code: 429, details: { retryAfterSeconds: 1 } });
    expect((await post("quiet", "q")).status).toBe(403); // his own right is asked, in his turn
    const metrics = await metricsOf(server);
    expect(metrics).toContain(`apiserver_flowcontrol_rejected_requests_total{priority_level="strict",flow_schema="strict",reason="concurrency-limit"} ${refused.length}`);
    expect(metrics).toContain('apiserver_flowcontrol_nominal_limit_seats{priority_level="strict"} 2');
    expect(metrics).toMatch(/apiserver_request_terminations_total\{verb="POST",.*resource="configmaps".*code="429"\} \d+/);
  });

  test("a tenant who floods its queue leaves another's requests their turn", async () => {
    await using server = await testServer();
    await addLevel(server, "shared", { nominalConcurrencyShares: 1, borrowingLimitPercent: 0, limitResponse: { type: "Queue", queuing: { queues: 32, handSize: 2, queueLengthLimit: 200 } } }, "*");
    const finished: string[] = [];
    const ask = async (user: string, i: number) => {
      const response = await server.fetch("/api/v1/namespaces/default/configmaps", { method: "POST", json: configMap(`${user}-${i}`), headers: as(user) });
      await response.arrayBuffer();
      if (response.status !== 429) finished.push(user);
    };
    await Promise.all([...Array.from({ length: 200 }, (_, i) => ask("flood", i)), ...Array.from({ length: 5 }, (_, i) => ask("quiet", i))]);
    const last = finished.lastIndexOf("quiet");
    expect(finished.filter((user) => user === "quiet")).toHaveLength(5);
    expect(last).toBeLessThan(40);
  });

  test("a list holds its seat until it is read, and gives it back when the reader leaves", async () => {
    await using server = await testServer();
    await addLevel(server, "strict", { nominalConcurrencyShares: 1, borrowingLimitPercent: 0, limitResponse: { type: "Reject" } }, "reader");
    await server.fetch("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", { method: "POST", json: {
      apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name: "reader" }, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" }, subjects: [{ kind: "User", name: "reader", apiGroup: "rbac.authorization.k8s.io" }],
    } });
    for (let i = 0; i < 90; i++) server.cluster.sendNow("POST", "/api/v1/namespaces/default/configmaps", { ...configMap(`c-${i}`), data: { x: "x".repeat(30_000) } });
    const list = () => server.fetch("/api/v1/configmaps", { headers: as("reader") });
    const held = [await list(), await list()];
    expect(held.map(({ status }) => status)).toEqual([200, 200]);
    expect((await list()).status).toBe(429);
    await held[0]!.body!.cancel();
    await new Promise((resolve) => setImmediate(resolve));
    const next = await list();
    expect(next.status).toBe(200);
    await next.arrayBuffer();
    await held[1]!.arrayBuffer();
    expect(await metricsOf(server)).toContain('apiserver_flowcontrol_current_limit_seats{priority_level="strict"} 2');
  });

  test("the debug tables show levels, queues and requests to those who may see them", async () => {
    await using server = await testServer();
    const table = (name: string, headers = {}) => server.fetch(`/debug/api_priority_and_fairness/${name}`, { headers });
    const levels = await (await table("dump_priority_levels")).text();
    expect(levels.split("\n")[0]).toMatch(/^PriorityLevelName, +ActiveQueues, +IsIdle, +IsQuiescing, +WaitingRequests, +ExecutingRequests, +DispatchedRequests, +RejectedRequests, +TimedoutRequests, +CancelledRequests$/);
    expect(levels).toMatch(/^exempt, +0, +false, +false, +0, +1, +\d+, +0, +0, +0$/m);
    expect(await (await table("dump_queues")).text()).toContain("NextDispatchR");
    expect(await (await table("dump_requests?includeRequestDetails=1")).text()).toMatch(/^exempt, +exempt, .*kubernetes-admin, +get \/debug/m);
    expect((await table("dump_priority_levels", as("jane"))).status).toBe(403);
    expect((await table("nothing")).status).toBe(404);
  });

  test("a configuration that cannot be read is an error of the request, and is read again for the next", async () => {
    await using server = await testServer();
    server.cluster.db.run("ALTER TABLE revisions RENAME TO lost");
    server.cluster.core.door.flowControl.changed();
    expect((await server.fetch("/api/v1/namespaces/default")).status).toBe(500);
    server.cluster.db.run("ALTER TABLE lost RENAME TO revisions");
    expect((await server.fetch("/api/v1/namespaces/default")).status).toBe(200);
  });

  test("a cluster of an older version gets its defaults when it is next asked", async () => {
    await using server = await testServer({ controllers: [flowControlDefaultsController] });
    for (const table of ["objects", "index_entries"]) server.cluster.db.run(`DELETE FROM ${table} WHERE resource IN (SELECT number FROM resources WHERE name LIKE 'flowcontrol%')`);
    server.cluster.evict();
    expect((await server.fetch("/api/v1/namespaces")).status).toBe(200);
    await server.cluster.rest();
    expect((await (await server.fetch(`${FLOWCONTROL}/flowschemas`)).json() as { items: unknown[] }).items).toHaveLength(11);
  });
});

describe("metrics", () => {
  test("are in Prometheus' format, and count what was asked", async () => {
    await using server = await testServer();
    await server.fetch("/api/v1/namespaces/default/configmaps?dryRun=All", { method: "POST", json: configMap("a") });
    await server.fetch("/api/v1/namespaces/default/configmaps/none");
    await (await server.fetch("/api/v1/pods")).arrayBuffer();
    await server.fetch("/api/v1/namespaces/default/madeup/none");
    await server.fetch("/apis");
    const text = await metricsOf(server);
    const lines = text.split("\n").filter((line) => line && !line.startsWith("#"));
    for (const line of lines) expect(line).toMatch(/^[a-z_]+(\{([a-z_]+="[^"\n]*",?)*\})? -?[\d.e+-]+$/);
    const total = (labels: string) => lines.find((line) => line.startsWith(`apiserver_request_total{${labels}`))?.split(" ").at(-1);
    expect(total('verb="POST",dry_run="All",group="",version="v1",resource="configmaps",subresource="",scope="resource",component="apiserver",code="201"')).toBe("1");
    expect(total('verb="GET",dry_run="",group="",version="v1",resource="configmaps",subresource="",scope="resource",component="apiserver",code="404"')).toBe("1");
    expect(total('verb="LIST",dry_run="",group="",version="v1",resource="pods",subresource="",scope="cluster",component="apiserver",code="200"')).toBe("1");
    expect(total('verb="GET",dry_run="",group="",version="",resource="",subresource="",scope="resource",component="apiserver",code="404"')).toBe("1");
    expect(total('verb="GET",dry_run="",group="",version="",resource="",subresource="apis"')).toBe("1");
    expect(text).not.toContain("madeup");
    expect(text).toContain('apiserver_request_duration_seconds_bucket{verb="LIST",dry_run="",group="",version="v1",resource="pods",subresource="",scope="cluster",component="apiserver",le="0.005"}');
    expect(text).toMatch(/apiserver_storage_objects\{resource="namespaces"\} 4\n/);
    expect(text).toMatch(/apiserver_storage_objects\{resource="clusterroles\.rbac\.authorization\.k8s\.io"\} \d+\n/);
    expect(text).toMatch(/process_start_time_seconds 1\d{9}/);
    expect(text).toContain('kubernetes_build_info{major="1",minor="36"');
    expect(text).toContain('apiserver_current_inflight_requests{request_kind="mutating"} 1');
  });

  const ENDPOINTS = '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"';

  test("tell which deprecated APIs are asked for, and every answer warns of them", async () => {
    await using server = await testServer();
    expect(await metricsOf(server)).not.toContain("requested_deprecated_apis{");
    const answers = [await server.fetch("/api/v1/namespaces/default/endpoints"), await server.fetch("/api/v1/namespaces/default/endpoints/none"), await server.fetch("/api/v1/componentstatuses")];
    expect(answers.map(({ headers }) => headers.get("warning"))).toEqual([
      ENDPOINTS, ENDPOINTS, '299 - "v1 ComponentStatus is deprecated in v1.19+"',
    ]);
    for (const answer of answers) await answer.arrayBuffer(); // a list is counted when it is read
    const metrics = await metricsOf(server);
    for (const resource of ["endpoints", "componentstatuses"]) expect(metrics).toContain(`apiserver_requested_deprecated_apis{group="",version="v1",resource="${resource}",subresource="",removed_release=""} 1`);
  });

  test("are only for those who may see them", async () => {
    await using server = await testServer();
    expect((await server.fetch("/metrics", { token: "" })).status).toBe(401);
    expect((await server.fetch("/metrics", { headers: as("jane") })).status).toBe(403);
    expect((await server.fetch("/metrics", { headers: as("prometheus", "system:monitoring") })).status).toBe(200);
  });
});

describe("health", () => {
  const required = ["ping", "log", "etcd", ...[
    "start-kube-apiserver-admission-initializer", "generic-apiserver-start-informers", "start-apiextensions-informers", "start-apiextensions-controllers", "crd-informer-synced",
    "bootstrap-controller", "start-system-namespaces-controller", "scheduling/bootstrap-system-priority-classes", "start-cluster-authentication-info-controller",
    "start-kube-aggregator-informers", "apiservice-registration-controller", "apiservice-status-available-controller", "kube-apiserver-autoregistration", "apiservice-openapi-controller",
  ].map((name) => `poststarthook/${name}`), "autoregister-completion"];

  test.each(["healthz", "livez", "readyz"])("/%s tells each check that clients look for", async (endpoint) => {
    await using server = await testServer();
    for (const token of [server.adminToken, ""]) {
      const lines = (await (await server.fetch(`/${endpoint}?verbose=1`, { token })).text()).split("\n");
      expect(lines).toEqual(expect.arrayContaining(required.map((name) => `[+]${name} ok`)));
      expect(lines.at(-2)).toBe(`${endpoint} check passed`);
      expect(await (await server.fetch(`/${endpoint}`, { token })).text()).toBe("ok");
    }
    expect((await server.fetch("/readyz/informer-sync")).status).toBe(200);
    expect((await server.fetch("/livez/informer-sync")).status).toBe(404);
  });

  test("a check that fails is named, alone or among others, unless it is excluded", async () => {
    await using server = await testServer();
    server.cluster.db.run("ALTER TABLE meta RENAME TO lost");
    const all = await server.fetch("/readyz?exclude=informer-sync&exclude=nothing");
    expect(all.status).toBe(500);
    const text = await all.text();
    expect(text).toContain("[+]ping ok\n[+]log ok\n[-]etcd failed: reason withheld\n");
    expect(text).toContain("[+]informer-sync excluded: ok\n");
    expect(text).toContain('warn: some health checks cannot be excluded: no matches for "nothing"\n');
    expect(text.endsWith("readyz check failed\n")).toBe(true);
    expect((await server.fetch("/readyz/etcd")).status).toBe(500);
    expect((await server.fetch("/readyz/ping")).status).toBe(200);
  });

  test("a token that does not hold is not taken for a stranger's silence", async () => {
    await using server = await testServer();
    expect((await server.fetch("/readyz", { token: "wrong" })).status).toBe(401);
  });
});
