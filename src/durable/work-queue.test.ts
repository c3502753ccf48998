import { expect, test } from "vitest";
import { aConfigMap, MASTER, NodeCluster } from "../../test/contract/node-cluster.ts";
import { itself, splitKey, TerminalError, type Controller } from "../controllers/controller.ts";
import { configMap } from "../kinds/core/config-map/kind.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const queued = (cluster: NodeCluster) => cluster.db.all("SELECT controller, key, due, attempts FROM queue ORDER BY key");

function recorder(reconcile: (key: string, tx: Parameters<Controller["reconcile"]>[0]) => ReturnType<Controller["reconcile"]>, name = "recorder", priority = 0): Controller & { keys: string[] } {
  const keys: string[] = [];
  return { name, priority, keys, watches: [itself(configMap)], reconcile: (tx, key) => { keys.push(key); return reconcile(key, tx); } };
}

test("a change wakes its controller in the same transaction, and a key that is done writes no row", async () => {
  const controller = recorder(() => {});
  using cluster = new NodeCluster({ controllers: [controller] });
  await cluster.send("POST", MAPS, aConfigMap("warm-up"));
  const before = cluster.db.rowsWritten;
  await cluster.send("POST", MAPS, aConfigMap("a"));
  expect(controller.keys).toEqual(["default/warm-up", "default/a"]);
  expect(cluster.db.rowsWritten - before).toBe(2);
});

test("what a refused request would have woken stays asleep", async () => {
  const controller = recorder(() => {});
  using cluster = new NodeCluster({ controllers: [controller] });
  await cluster.send("POST", `${MAPS}?dryRun=All`, aConfigMap("dry"));
  expect(controller.keys).toEqual([]);
});

test("a controller's own write wakes controllers, until all is at rest", async () => {
  const controller = recorder((key, tx) => {
    const { namespace, name } = splitKey(key);
    const next = Number(name.slice(1)) + 1;
    if (next < 5) tx.create(configMap, { metadata: { name: `m${next}`, namespace } });
  });
  using cluster = new NodeCluster({ controllers: [controller] });
  await cluster.send("POST", MAPS, aConfigMap("m0"));
  expect(controller.keys.map((key) => splitKey(key).name)).toEqual(["m0", "m1", "m2", "m3", "m4"]);
});

test("a failed reconcile undoes its writes and comes back after 5 ms, 10 ms, 20 ms", async () => {
  let failures = 3;
  const controller = recorder((key, tx) => {
    if (key !== "default/a") return;
    tx.create(configMap, { metadata: { name: "made", namespace: "default" } });
    if (failures-- > 0) throw new Error("not yet");
  });
  using cluster = new NodeCluster({ controllers: [controller] });
  await cluster.send("POST", MAPS, aConfigMap("a"));
  const start = cluster.clock.nowMs;
  expect(queued(cluster)).toEqual([{ controller: "recorder", key: "default/a", due: start + 5, attempts: 1 }]);
  expect((await cluster.send("GET", `${MAPS}/made`)).status).toBe(404);
  expect(cluster.alarmMs).toBe(start + 5);
  cluster.evict();
  await cluster.pass(5);
  expect(queued(cluster)[0]).toMatchObject({ due: start + 15, attempts: 2 });
  await cluster.pass(10);
  await cluster.pass(20);
  expect(queued(cluster)).toEqual([]);
  expect((await cluster.send("GET", `${MAPS}/made`)).status).toBe(200);
  expect(cluster.logged.filter((line) => line.message.includes("tried again")).length).toBe(3);
});

test("a TerminalError is logged and not tried again", async () => {
  const controller = recorder(() => { throw new TerminalError("hopeless"); });
  using cluster = new NodeCluster({ controllers: [controller] });
  await cluster.send("POST", MAPS, aConfigMap("a"));
  expect(queued(cluster)).toEqual([]);
  expect(cluster.logged.map((line) => line.message)).toEqual(["reconcile gave up"]);
});

test("a key to be looked at later is a row and the alarm, and survives eviction", async () => {
  let later = true;
  const controller = recorder(() => (later ? { requeueAfterMs: 60_000 } : undefined));
  using cluster = new NodeCluster({ controllers: [controller] });
  await cluster.send("POST", MAPS, aConfigMap("a"));
  const due = cluster.clock.nowMs + 60_000;
  expect([queued(cluster)[0]!.due, cluster.alarmMs]).toEqual([due, due]);
  cluster.evict();
  await cluster.pass(59_000);
  expect(controller.keys.length).toBe(1);
  later = false;
  await cluster.pass(1_000);
  expect(controller.keys.length).toBe(2);
  expect(queued(cluster)).toEqual([]);
});

test("the alarm is not set again while an earlier one stands", async () => {
  const controller = recorder(() => ({ requeueAfterMs: 60_000 }));
  using cluster = new NodeCluster({ controllers: [controller] });
  for (const name of ["a", "b", "c"]) {
    await cluster.send("POST", MAPS, aConfigMap(name));
    cluster.clock.nowMs += 1000;
  }
  expect(cluster.alarms.length).toBe(1);
});

test("a burst is cut into slices: rows hold what is left, requests run in between, all gets done", async () => {
  const controller = recorder(() => {});
  using cluster = new NodeCluster({ controllers: [controller] });
  cluster.core.transact<void>(((tx: any) => {
    for (let i = 0; i < 300; i++) tx.create(configMap, { metadata: { name: `m${i}`, namespace: "default" } });
  }) as () => never);
  expect(controller.keys.length).toBeLessThan(64);
  expect(queued(cluster).length).toBe(300 - controller.keys.length);
  cluster.evict();
  const done = controller.keys.length;
  expect((await cluster.send("PATCH", `${MAPS}/m299`, { data: { k: "v" } })).status).toBe(200);
  expect(controller.keys.length).toBeLessThan(done + 64);
  await cluster.rest(50);
  expect(new Set(controller.keys).size).toBe(300);
  expect(queued(cluster)).toEqual([]);
});

test("higher priority goes first, and an earlier due time wins", async () => {
  const order: string[] = [];
  const low = recorder((key) => { order.push(`low ${key}`); }, "low", 0);
  const high = recorder((key) => { order.push(`high ${key}`); }, "high", 10);
  using cluster = new NodeCluster({ controllers: [low, high] });
  await cluster.send("POST", MAPS, aConfigMap("a"));
  expect(order).toEqual(["high default/a", "low default/a"]);
  const { nowMs } = cluster.clock;
  cluster.core.transact<void>(((tx: any) => { tx.enqueue("low", "x", nowMs + 9000); tx.enqueue("low", "x", nowMs + 3000); tx.enqueue("low", "x", nowMs + 5000); }) as () => never);
  expect(queued(cluster)).toEqual([{ controller: "low", key: "x", due: nowMs + 3000, attempts: 0 }]);
});

test("a node's agent that connects, leaves or falls silent wakes node-lifecycle", async () => {
  const lifecycle = { name: "node-lifecycle", watches: [], keys: [] as string[], reconcile(_tx: unknown, key: string) { this.keys.push(key); } };
  using cluster = new NodeCluster({ controllers: [lifecycle] });
  const user = { ...MASTER, username: "system:node:n1", groups: ["system:nodes", "system:authenticated"] };
  const socket = cluster.agent(user, "n1");
  await cluster.rest();
  expect(lifecycle.keys).toEqual(["n1"]);
  expect(cluster.core.facts.nodeHeartbeatMs("n1")).toBe(cluster.clock.nowMs);
  expect(cluster.alarmMs).toBe(cluster.clock.nowMs + 300_000);

  socket.pingMs = cluster.clock.nowMs + 200_000;
  await cluster.pass(300_000); // the alarm finds it silent for 100 s
  expect(lifecycle.keys).toEqual(["n1", "n1"]);
  expect(cluster.alarmMs).toBe(cluster.clock.nowMs + 300_000);
  socket.pingMs = cluster.clock.nowMs + 20_000;
  cluster.clock.nowMs += 20_000;
  await cluster.send("GET", MAPS); // any request finds it back
  await cluster.rest();
  expect(lifecycle.keys.length).toBe(3);

  cluster.disconnect(socket);
  await cluster.rest();
  expect(lifecycle.keys.length).toBe(4);
  expect(cluster.core.facts.nodeHeartbeatMs("n1")).toBeUndefined();
});

test("after a crash the alarm finds the nodes whose agents did not come back", async () => {
  const lifecycle = { name: "node-lifecycle", watches: [], keys: [] as string[], reconcile(_tx: unknown, key: string) { this.keys.push(key); } };
  using cluster = new NodeCluster({ controllers: [lifecycle] });
  cluster.sendNow("POST", "/api/v1/nodes", { apiVersion: "v1", kind: "Node", metadata: { name: "n1" } });
  cluster.agent({ ...MASTER, username: "system:node:n1", groups: ["system:nodes", "system:authenticated"] }, "n1");
  await cluster.rest();
  cluster.sockets.length = 0;
  cluster.evict();
  await cluster.pass(300_000);
  expect(lifecycle.keys).toEqual(["n1", "n1"]);
});
