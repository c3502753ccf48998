import { expect, test } from "vitest";
import { aConfigMap, MASTER, NodeCluster } from "../../test/contract/node-cluster.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const types = (events: any[]) => events.map((event) => `${event.type} ${event.object.metadata?.name ?? ""}`);

test("a new cluster has its namespaces, policy and the service kubernetes, and comes to rest", async () => {
  using cluster = new NodeCluster();
  cluster.core.settle();
  const { body } = await cluster.send("GET", "/api/v1/namespaces");
  expect(body.items.map((item: any) => item.metadata.name)).toEqual(["default", "kube-node-lease", "kube-public", "kube-system"]);
  expect((await cluster.send("GET", "/api/v1/namespaces/default/services/kubernetes")).body.spec.clusterIP).toBe("10.96.0.1");
  expect(cluster.logged.filter((line) => line.level === "error")).toEqual([]);
});

test("a cluster that nobody initialized answers 401 and stays empty", async () => {
  using cluster = new NodeCluster({ initialize: false });
  expect((await cluster.send("GET", `${MAPS}/a`)).status).toBe(401);
  expect(cluster.core.identity.authentication()).toBeUndefined();
});

test("requests that arrive together are committed together, and one that fails touches no other", async () => {
  using cluster = new NodeCluster({ controllers: [] });
  const answers = await Promise.all([
    cluster.send("POST", MAPS, aConfigMap("a")),
    cluster.send("POST", MAPS, aConfigMap("a")),
    cluster.send("POST", MAPS, aConfigMap("b")),
  ]);
  expect(answers.map((answer) => answer.status)).toEqual([201, 409, 201]);
  expect(Number(answers[2]!.body.metadata.resourceVersion)).toBe(Number(answers[0]!.body.metadata.resourceVersion) + 1);
});

test("a cluster that was destroyed writes nothing more, and refuses what waits", async () => {
  using cluster = new NodeCluster();
  const revision = () => cluster.core.store.revision;
  const waiting = cluster.send("POST", MAPS, aConfigMap("a"));
  const before = revision();
  cluster.core.stop();
  expect((await waiting).status).toBe(401);
  await cluster.rest();
  expect((await cluster.send("POST", MAPS, aConfigMap("b"))).status).toBe(401);
  expect([revision(), cluster.core.queue.hasDue()]).toEqual([before, true]);
});

test("a watch sees each change once and in order, through hibernation", async () => {
  using cluster = new NodeCluster({ controllers: [] });
  const start = (await cluster.send("GET", MAPS)).body.metadata.resourceVersion;
  const socket = cluster.watch(`${MAPS}?watch=true&resourceVersion=${start}`);
  await cluster.send("POST", MAPS, aConfigMap("a"));
  await cluster.send("PATCH", `${MAPS}/a`, { data: { k: "1" } });
  expect(types(socket.events())).toEqual(["ADDED a", "MODIFIED a"]);
  cluster.evict();
  await cluster.send("DELETE", `${MAPS}/a`);
  await cluster.send("POST", "/api/v1/namespaces/kube-system/configmaps", aConfigMap("elsewhere"));
  cluster.evict();
  await cluster.send("POST", MAPS, aConfigMap("b"));
  expect(types(socket.events())).toEqual(["DELETED a", "ADDED b"]);
});

test("a watch resumes from an earlier revision with what happened since, selectors included", async () => {
  using cluster = new NodeCluster({ controllers: [] });
  const start = (await cluster.send("POST", MAPS, aConfigMap("a", {}, { app: "x" }))).body.metadata.resourceVersion;
  await cluster.send("PATCH", `${MAPS}/a`, { metadata: { labels: { app: "y" } } });
  await cluster.send("POST", MAPS, aConfigMap("b", {}, { app: "x" }));
  const socket = cluster.watch(`${MAPS}?watch=true&resourceVersion=${start}&labelSelector=app%3Dx`);
  expect(types(socket.events())).toEqual(["DELETED a", "ADDED b"]);
  await cluster.send("PATCH", `${MAPS}/a`, { metadata: { labels: { app: "x" } } });
  expect(types(socket.events())).toEqual(["ADDED a"]);
});

test("a watch catches up with a long history in pages while writes go on", async () => {
  using cluster = new NodeCluster({ controllers: [] });
  for (let i = 0; i < 1200; i++) cluster.sendNow("POST", MAPS, aConfigMap(`m${i}`));
  const socket = cluster.watch(`${MAPS}?watch=true&resourceVersion=1`);
  expect(socket.events().length).toBe(500);
  cluster.sendNow("POST", MAPS, aConfigMap("meanwhile"));
  await cluster.rest();
  const events = socket.events();
  expect(events.length).toBe(701);
  expect(events.at(-1).object.metadata.name).toBe("meanwhile");
});

test("eviction in the middle of catching up loses and repeats nothing", async () => {
  using cluster = new NodeCluster({ controllers: [] });
  for (let i = 0; i < 1200; i++) cluster.sendNow("POST", MAPS, aConfigMap(`m${i}`));
  const socket = cluster.watch(`${MAPS}?watch=true&resourceVersion=1`);
  cluster.evict();
  cluster.sendNow("POST", MAPS, aConfigMap("last"));
  await cluster.rest();
  const revisions = socket.events().map((event) => Number(event.object.metadata.resourceVersion));
  expect(new Set(revisions).size).toBe(1201);
  expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
});

test("a slow client's watch falls back to its cursor and goes on when the backlog is gone", async () => {
  using cluster = new NodeCluster({ controllers: [] });
  const socket = cluster.watch(`${MAPS}?watch=true&resourceVersion=1`);
  socket.events();
  socket.backlog = 10_000_000;
  cluster.sendNow("POST", MAPS, aConfigMap("a"));
  cluster.sendNow("POST", MAPS, aConfigMap("b"));
  await cluster.rest();
  expect(socket.sent).toEqual([]);
  socket.backlog = 0;
  await cluster.rest();
  expect(types(socket.events())).toEqual(["ADDED a", "ADDED b"]);
});

test("initial events are the present state with the bookmark that ends them", async () => {
  using cluster = new NodeCluster({ controllers: [] });
  await cluster.send("POST", MAPS, aConfigMap("a"));
  const { revision, texts } = await cluster.core.requests.initialEvents(cluster.request("GET", `${MAPS}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`));
  const events = [...texts as Generator<string>].join("").trimEnd().split("\n").map((line) => JSON.parse(line));
  expect(types(events)).toEqual(["ADDED a", "BOOKMARK "]);
  expect(events[1].object.metadata.resourceVersion).toBe(String(revision));
  expect(events[1].object.metadata.annotations).toEqual({ "k8s.io/initial-events-end": "true" });
});

test("a bridged watch tells the present revision when it is asked for a bookmark", async () => {
  using cluster = new NodeCluster({ controllers: [] });
  const socket = cluster.watch(`${MAPS}?watch=true&resourceVersion=1&allowWatchBookmarks=true`);
  await cluster.send("POST", "/api/v1/namespaces/default/secrets", { apiVersion: "v1", kind: "Secret", metadata: { name: "s" } });
  socket.events();
  cluster.evict();
  cluster.core.message(socket, "bookmark");
  expect(socket.events()[0]).toMatchObject({ type: "BOOKMARK", object: { metadata: { resourceVersion: String(cluster.core.store.revision) } } });
});

test("a list in pages is of one revision whatever is written between them", async () => {
  using cluster = new NodeCluster({ controllers: [] });
  for (const name of ["a", "b", "c", "d", "e"]) cluster.sendNow("POST", MAPS, aConfigMap(name));
  const first = cluster.sendNow("GET", `${MAPS}?limit=2`).body;
  expect(first.metadata.remainingItemCount).toBe(3);
  cluster.sendNow("DELETE", `${MAPS}/d`);
  cluster.sendNow("POST", MAPS, aConfigMap("bb"));
  const names: string[] = first.items.map((item: any) => item.metadata.name);
  for (let token = first.metadata.continue; token;) {
    const page = cluster.sendNow("GET", `${MAPS}?limit=2&continue=${encodeURIComponent(token)}`).body;
    names.push(...page.items.map((item: any) => item.metadata.name));
    expect(page.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    token = page.metadata.continue;
  }
  expect(names).toEqual(["a", "b", "c", "d", "e"]);
});

test("a list of everything is streamed with its metadata first", async () => {
  using cluster = new NodeCluster({ controllers: [] });
  for (let i = 0; i < 1100; i++) cluster.sendNow("POST", MAPS, aConfigMap(`m${String(i).padStart(4, "0")}`));
  const texts = [...(await cluster.core.requests.list(cluster.request("GET", MAPS))).texts as Generator<string>];
  expect(texts[0]).toMatch(/^\{"kind":"ConfigMapList","apiVersion":"v1","metadata":\{"resourceVersion":"\d+"\},"items":\[\n$/);
  expect(texts.length).toBeGreaterThan(3);
  expect(JSON.parse(texts.join("")).items.length).toBe(1100);
});

test("an API socket carries requests and watches, and both survive hibernation", async () => {
  using cluster = new NodeCluster({ controllers: [] });
  const socket = cluster.agent(MASTER);
  cluster.core.message(socket, JSON.stringify({ id: 1, watch: `${MAPS}?watch=true` }));
  cluster.core.message(socket, JSON.stringify({ id: 2, method: "POST", path: MAPS, body: JSON.stringify(aConfigMap("a")) }));
  await cluster.rest();
  const frames = socket.frames();
  expect(frames.map((frame) => [frame.id, frame.status ?? JSON.parse(frame.event).type])).toEqual([[1, "ADDED"], [2, 201]]);
  cluster.evict();
  await cluster.send("DELETE", `${MAPS}/a`);
  expect(socket.frames().map((frame) => [frame.id, JSON.parse(frame.event).type])).toEqual([[1, "DELETED"]]);
  cluster.evict();
  cluster.core.message(socket, JSON.stringify({ id: 3, method: "GET", path: MAPS }));
  cluster.core.message(socket, JSON.stringify({ id: 1, cancel: true }));
  await cluster.send("POST", MAPS, aConfigMap("b"));
  await cluster.rest();
  expect(socket.frames().map((frame) => [frame.id, frame.status ?? frame.end])).toEqual([[1, true], [3, 200]]);
});

test("an API socket refuses what is wrong with the Status that HTTP would give", async () => {
  using cluster = new NodeCluster({ controllers: [] });
  const socket = cluster.agent(MASTER);
  const send = (frame: object) => cluster.core.message(socket, JSON.stringify(frame));
  send({ id: 1, method: "GET", path: `${MAPS}/none` });
  send({ id: 2, method: "PUT", path: MAPS, body: "{}" });
  send({ id: 3, method: "PATCH", path: `${MAPS}/none`, body: "{}" });
  send({ id: 4, method: "GET", path: "/healthz" });
  send({ id: 5, watch: "/api/v1/nonsense?watch=true" });
  await cluster.rest();
  const codes = Object.fromEntries(socket.frames().map((frame) => [frame.id, frame.status && (frame.end ? JSON.parse(frame.status).code : frame.status)]));
  expect(codes).toEqual({ 1: 404, 2: 405, 3: 415, 4: 404, 5: 404 });
  cluster.core.message(socket, "{nonsense");
  expect(socket.closedWith?.code).toBe(1007);
});

test("an expired identity loses its socket at the next event", async () => {
  using cluster = new NodeCluster({ controllers: [] });
  const socket = cluster.agent({ ...MASTER, expiresMs: cluster.clock.nowMs + 1000 });
  cluster.clock.nowMs += 2000;
  cluster.core.message(socket, JSON.stringify({ id: 1, method: "GET", path: MAPS }));
  expect(socket.closedWith?.code).toBe(1008);
  expect(socket.sent).toEqual([]);
});

test("an attachment too big for the socket is kept in the database until the socket closes", async () => {
  using cluster = new NodeCluster({ controllers: [] });
  const socket = cluster.agent({ ...MASTER, extra: { long: ["x".repeat(20_000)] } });
  expect(socket.readAttachment()).toMatchObject({ type: "stored" });
  cluster.core.message(socket, JSON.stringify({ id: 1, watch: `${MAPS}?watch=true` }));
  cluster.evict();
  await cluster.send("POST", MAPS, aConfigMap("a"));
  expect(socket.frames().map((frame) => frame.id)).toEqual([1]);
  cluster.disconnect(socket);
  expect(cluster.db.all("SELECT * FROM subscriptions")).toEqual([]);
});

test("a watch below the compaction mark is refused with 410", async () => {
  using cluster = new NodeCluster({ controllers: [] });
  cluster.sendNow("POST", MAPS, aConfigMap("a"));
  cluster.clock.nowMs += 400_000;
  cluster.sendNow("POST", MAPS, aConfigMap("b"));
  cluster.clock.nowMs += 90_000_000;
  cluster.sendNow("POST", MAPS, aConfigMap("c"));
  cluster.sendNow("POST", MAPS, aConfigMap("d"));
  expect(cluster.core.store.compacted).toBeGreaterThan(0);
  expect(() => cluster.watch(`${MAPS}?watch=true&resourceVersion=1`)).toThrow(expect.objectContaining({ code: 410 }));
});

test("a watch on an API socket gets a bookmark each minute that the cluster is awake, and ends when its time is over", async () => {
  using cluster = new NodeCluster({ controllers: [] });
  const socket = cluster.agent(MASTER);
  cluster.core.message(socket, JSON.stringify({ id: 1, watch: `${MAPS}?watch=true&resourceVersion=1&allowWatchBookmarks=true&timeoutSeconds=300` }));
  await cluster.rest();
  socket.frames();
  const endMs = cluster.clock.nowMs + 300_000;
  await cluster.send("POST", "/api/v1/namespaces/default/secrets", { apiVersion: "v1", kind: "Secret", metadata: { name: "s" } });
  expect(cluster.alarmMs).toBe(endMs);
  cluster.clock.nowMs += 61_000;
  await cluster.send("GET", MAPS);
  expect(JSON.parse(socket.frames()[0].event)).toMatchObject({ type: "BOOKMARK", object: { metadata: { resourceVersion: String(cluster.core.store.revision) } } });
  cluster.evict();
  await cluster.pass(240_000);
  expect(socket.frames()).toEqual([{ id: 1, end: true }]);
});

test("a node whose agent was there when the process died is given up after its grace, and one that never left is not touched", async () => {
  using cluster = new NodeCluster();
  const nodes = "/api/v1/nodes";
  const status = { conditions: [{ type: "Ready", status: "True", reason: "KubeletReady", message: "" }] };
  for (const name of ["gone", "here"]) {
    await cluster.send("POST", nodes, { apiVersion: "v1", kind: "Node", metadata: { name } });
    await cluster.send("PATCH", `${nodes}/${name}/status`, { status });
    cluster.agent({ username: `system:node:${name}`, groups: ["system:nodes", "system:authenticated"], authenticator: "test" }, name);
  }
  await cluster.rest();
  const ready = async (name: string) => (await cluster.send("GET", `${nodes}/${name}`)).body.status.conditions.find((c: any) => c.type === "Ready").status;
  cluster.sockets.splice(0, 1);
  cluster.evict();
  await cluster.rest();
  cluster.clock.nowMs += 60_000;
  cluster.sockets[0]!.pingMs = cluster.clock.nowMs;
  cluster.core.alarm();
  await cluster.rest();
  cluster.core.settle();
  expect([await ready("gone"), await ready("here")]).toEqual(["Unknown", "True"]);
});

test("a cluster that an older version made gets what its policy lacks, and keeps what its administrator changed", async () => {
  using cluster = new NodeCluster();
  const roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
  const bindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
  const basic = await cluster.send("GET", `${roles}/system:basic-user`);
  await cluster.send("DELETE", `${roles}/system:discovery`);
  await cluster.send("PATCH", `${roles}/system:basic-user`, { rules: [{ apiGroups: ["example.com"], resources: ["own"], verbs: ["get"] }] });
  await cluster.send("PATCH", `${roles}/system:monitoring`, { metadata: { annotations: { "rbac.authorization.kubernetes.io/autoupdate": "false" } }, rules: [] });
  await cluster.send("PATCH", `${bindings}/system:basic-user`, { subjects: [{ kind: "User", name: "jane", apiGroup: "rbac.authorization.k8s.io" }] });
  cluster.db.run("UPDATE meta SET value = 'old' WHERE key = 'defaults'");
  cluster.evict();
  await cluster.rest();
  expect((await cluster.send("GET", `${roles}/system:discovery`)).status).toBe(200);
  expect((await cluster.send("GET", `${roles}/system:basic-user`)).body.rules).toEqual([{ apiGroups: ["example.com"], resources: ["own"], verbs: ["get"] }, ...basic.body.rules]);
  expect((await cluster.send("GET", `${roles}/system:monitoring`)).body.rules ?? []).toEqual([]);
  expect((await cluster.send("GET", `${bindings}/system:basic-user`)).body.subjects.map((s: any) => s.name)).toEqual(["jane", "system:authenticated"]);
  expect(cluster.logged.filter((line) => line.level === "error")).toEqual([]);
  const { revision } = cluster.core.store;
  cluster.evict();
  await cluster.rest();
  expect(cluster.core.store.revision).toBe(revision);
});
