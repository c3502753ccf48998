import { expect, test } from "vitest";
import { aConfigMap, MASTER, NodeCluster } from "../../test/contract/node-cluster.ts";
import { createRegistry } from "../api/registry/cluster-registry.ts";
import type { Controller } from "../controllers/controller.ts";
import { Pace } from "../controllers/pace.ts";
import { configMap } from "../kinds/core/config-map/kind.ts";
import { builtinKinds } from "../kinds/index.ts";
import type { Kind, WriteContext } from "../kinds/kind.ts";
import type { KubeObject } from "../kinds/object.ts";
import type { ConfigMap } from "../kinds/types/core-v1.generated.ts";
import type { Outbound, OutboundAnswer, OutboundCall } from "../lib/outbound.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";

/** A server outside that answers when the test says so. */
class Outside {
  readonly calls: OutboundCall[] = [];
  readonly #waiting: { call: OutboundCall; answer(answer: OutboundAnswer): void }[] = [];
  readonly outbound: Outbound = (call) => {
    this.calls.push(call);
    return new Promise((resolve) => this.#waiting.push({ call, answer: resolve }));
  };

  get waiting(): number { return this.#waiting.length; }
  answerAll(answer: (call: OutboundCall) => OutboundAnswer = ({ body }) => ({ status: 200, body: `seen ${body}` })): void {
    for (const { call, answer: settle } of this.#waiting.splice(0)) settle(answer(call));
  }
}

const ask = (body: string): OutboundCall => ({ endpoint: { url: "https://elsewhere.example.com" }, method: "POST", body, timeoutMs: 1000 });
const text = (answer: OutboundAnswer): string => ("body" in answer ? answer.body : answer.error);

/** ConfigMaps ask outside, once for each key of `data.ask`, before they are stored. */
function askingMaps(question: (obj: ConfigMap, ctx: WriteContext) => string): Kind<ConfigMap> {
  const prepare = (obj: ConfigMap, ctx: WriteContext): void => {
    if (obj.data?.["ask"] !== undefined) obj.data["answer"] = text(ctx.tx.outbound([ask(question(obj, ctx))])[0]!);
  };
  return { ...configMap, strategy: { ...configMap.strategy, prepareForCreate: prepare, prepareForUpdate: (obj, _old, ctx) => prepare(obj, ctx) } };
}

function askingCluster(outside: Outside, question: Parameters<typeof askingMaps>[0], controllers: readonly Controller[] = []): NodeCluster {
  const kinds = builtinKinds.map((kind) => (kind === configMap ? askingMaps(question) : kind));
  return new NodeCluster({ controllers, outbound: outside.outbound, createRegistry: (host) => createRegistry(host, { kinds }) });
}

test("a request that needs an answer from outside is run again as the same request, while others go on", async () => {
  const outside = new Outside();
  using cluster = askingCluster(outside, ({ metadata, data }) => JSON.stringify([metadata.uid, metadata.name, metadata.creationTimestamp, data?.["ask"]]));
  const answer = cluster.send("POST", MAPS, { ...aConfigMap(""), metadata: { generateName: "a-" }, data: { ask: "q" } });
  await cluster.rest();
  expect(outside.calls).toHaveLength(1);
  expect((await cluster.send("POST", MAPS, aConfigMap("other"))).status).toBe(201);
  expect((await cluster.send("GET", MAPS)).body.items).toHaveLength(1);
  cluster.clock.nowMs += 5_000;
  outside.answerAll();
  const { status, body } = await answer;
  expect(status).toBe(201);
  expect(body.data.answer).toBe(`seen ${JSON.stringify([body.metadata.uid, body.metadata.name, body.metadata.creationTimestamp, "q"])}`);
  expect(outside.calls).toHaveLength(1);
});

test("if the state changed meanwhile the question is asked anew", async () => {
  const outside = new Outside();
  using cluster = askingCluster(outside, ({ data }) => JSON.stringify(data));
  await cluster.send("POST", MAPS, aConfigMap("a", { n: "1" }));
  const answer = cluster.send("PATCH", `${MAPS}/a`, { data: { ask: "q" } });
  await cluster.rest();
  await cluster.send("PATCH", `${MAPS}/a`, { data: { n: "2" } });
  outside.answerAll();
  await cluster.rest();
  expect(outside.waiting).toBe(1);
  outside.answerAll();
  expect((await answer).body.data).toEqual({ n: "2", ask: "q", answer: 'seen {"n":"2","ask":"q"}' });
});

test("an object that never stands still ends in a conflict", async () => {
  const outside = new Outside();
  using cluster = askingCluster(outside, ({ data }) => JSON.stringify(data));
  await cluster.send("POST", MAPS, aConfigMap("a", { n: "0" }));
  const answer = cluster.send("PATCH", `${MAPS}/a`, { data: { ask: "q" } });
  for (let n = 1; n < 10; n++) {
    await cluster.rest();
    await cluster.send("PATCH", `${MAPS}/a`, { data: { n: `${n}` } });
    outside.answerAll();
  }
  const { status, body } = await answer;
  expect([status, body.reason]).toEqual([409, "Conflict"]);
  expect(body.message).toBe('Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again');
  expect(outside.calls).toHaveLength(6);
});

test("a request with a resourceVersion that is no longer the newest conflicts without a further question", async () => {
  const outside = new Outside();
  using cluster = askingCluster(outside, ({ data }) => JSON.stringify(data));
  const { body } = await cluster.send("POST", MAPS, aConfigMap("a"));
  const answer = cluster.send("PUT", `${MAPS}/a`, { ...body, data: { ask: "q" } });
  await cluster.rest();
  await cluster.send("PATCH", `${MAPS}/a`, { data: { n: "2" } });
  outside.answerAll();
  expect((await answer).status).toBe(409);
  expect(outside.calls).toHaveLength(1);
});

test("a call that fails is an answer as well", async () => {
  using broken = new NodeCluster({ controllers: [], outbound: () => Promise.reject(new Error("cable cut")), createRegistry: (host) => createRegistry(host, { kinds: builtinKinds.map((kind) => (kind === configMap ? askingMaps(() => "") : kind)) }) });
  expect((await broken.send("POST", MAPS, aConfigMap("a", { ask: "q" }))).body.data.answer).toBe("cable cut");
});

const COPIES = 20;

/** Makes twenty asking copies of every map labelled so, all of which may be under way at once. */
function copier(): Controller & { runs: number } {
  return {
    name: "copier", runs: 0, watches: [{ kind: configMap, keys: (change) => (change.object.metadata.labels?.["copy"] ? [change.object.metadata.name!] : []) }],
    reconcile(tx, key) {
      this.runs++;
      const kind = tx.kindFor("", "configmaps")!;
      for (let i = 0; i < COPIES; i++) {
        const copies = tx.list<KubeObject>(kind, { namespace: "default" }).filter((map) => map.metadata.generateName === `${key}-`);
        if (copies.length < COPIES) tx.create(kind, { metadata: { generateName: `${key}-`, namespace: "default" }, data: { ask: `${copies.length}` } });
      }
    },
  };
}

const later = (obj: ConfigMap, ctx: WriteContext): void => {
  if (obj.data?.["ask"] === undefined) return;
  const answers = ctx.tx.outboundIfKnown([ask(JSON.stringify([ctx.tx.uuid(obj.data["ask"]), obj.data["ask"]]))], obj);
  if (answers) obj.data["answer"] = text(answers[0]!);
};

function copyingCluster(outside: Outside, controllers: readonly Controller[]): NodeCluster {
  const maps: Kind<ConfigMap> = { ...configMap, strategy: { ...configMap.strategy, prepareForCreate: later } };
  return new NodeCluster({ controllers, outbound: outside.outbound, createRegistry: (host) => createRegistry(host, { kinds: builtinKinds.map((kind) => (kind === configMap ? maps : kind)) }) });
}

test("a controller's writes that need answers wait for them together, and happen once", async () => {
  const outside = new Outside();
  const controller = copier();
  using cluster = copyingCluster(outside, [controller]);
  await cluster.send("POST", MAPS, aConfigMap("a", {}, { copy: "yes" }));
  await cluster.rest();
  expect(outside.waiting).toBe(COPIES);
  // It need not be looked at while it waits.
  await cluster.send("PATCH", `${MAPS}/a`, { data: { n: "2" } });
  await cluster.rest();
  expect(controller.runs).toBe(1);
  outside.answerAll();
  await cluster.rest();
  expect(controller.runs).toBe(2);
  const copies = (await cluster.send("GET", MAPS)).body.items.filter((map: KubeObject) => map.metadata.generateName);
  expect(copies).toHaveLength(COPIES);
  expect(copies.every((map: { data: Record<string, string> }) => map.data["answer"]?.includes(`"${map.data["ask"]}"`))).toBe(true);
  expect(outside.calls).toHaveLength(COPIES);
  expect(cluster.core.queue.size).toBe(0);
});

test("a big key rests after it was looked at, but not between the runs of one look", async () => {
  const outside = new Outside();
  const pace = new Pace({ restful: 10, msPerObject: 1 });
  const asker: Controller & { runs: number } = {
    name: "asker", runs: 0, watches: [{ kind: configMap, keys: () => ["all"] }],
    reconcile(tx, key) {
      const restMs = pace.restMs(tx, key);
      if (restMs > 0) return { requeueAfterMs: restMs };
      this.runs++;
      pace.looked(tx, key, 100);
      tx.outbound([ask("how many")]);
    },
  };
  using cluster = new NodeCluster({ controllers: [asker], outbound: outside.outbound });
  await cluster.send("POST", MAPS, aConfigMap("a"));
  await cluster.rest();
  cluster.clock.nowMs += 50;
  outside.answerAll();
  await cluster.rest();
  expect([asker.runs, outside.calls.length]).toEqual([2, 1]);
  expect(cluster.core.queue.size).toBe(0);
  await cluster.send("POST", MAPS, aConfigMap("b"));
  await cluster.rest();
  expect(asker.runs).toBe(2);
});

test("an evicted controller asks again when its time comes", async () => {
  const outside = new Outside();
  using cluster = copyingCluster(outside, [copier()]);
  await cluster.send("POST", MAPS, aConfigMap("a", {}, { copy: "yes" }));
  await cluster.rest();
  cluster.evict();
  outside.answerAll();
  await cluster.rest();
  expect((await cluster.send("GET", MAPS)).body.items).toHaveLength(1);
  await cluster.pass(60_000);
  expect(outside.waiting).toBe(COPIES);
  outside.answerAll();
  await cluster.rest();
  expect((await cluster.send("GET", MAPS)).body.items).toHaveLength(1 + COPIES);
});

test("very many keys that wait for answers do not fill the memory: the others have their turn later", async () => {
  const outside = new Outside();
  const KEYS = 30;
  const asker: Controller = {
    name: "asker", watches: [{ kind: configMap, keys: (change) => [change.object.metadata.name!] }],
    reconcile(tx, key) {
      tx.outbound([ask(`${key} ${"x".repeat(1_000_000)}`)]);
      tx.update(tx.kindFor("", "configmaps")!, "default", key, (draft: KubeObject) => { draft["data"] = { asked: "yes" }; });
    },
  };
  using cluster = new NodeCluster({ controllers: [asker], outbound: outside.outbound });
  for (let i = 0; i < KEYS; i++) await cluster.send("POST", MAPS, aConfigMap(`m${i}`));
  await cluster.rest();
  expect(outside.waiting).toBe(16);
  const isDone = async () => (await cluster.send("GET", MAPS)).body.items.every((map: { data?: object }) => map.data && "asked" in map.data);
  for (let rounds = 0; rounds < 10 && !await isDone(); rounds++) {
    outside.answerAll();
    await cluster.rest();
    await cluster.pass(5_000);
  }
  expect(await isDone()).toBe(true);
});

test("very many requests that wait for answers are refused beyond what fits into memory", async () => {
  const outside = new Outside();
  using cluster = askingCluster(outside, ({ metadata, data }) => `${metadata.name} ${data?.["ask"]}`);
  const big = "x".repeat(1_000_000);
  const answers = Array.from({ length: 50 }, (_, i) => cluster.send("POST", MAPS, aConfigMap(`m${i}`, { ask: big })));
  await cluster.rest();
  expect(outside.waiting).toBeLessThan(50);
  outside.answerAll(() => ({ status: 200, body: "fine" }));
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([201, 429]));
  expect((await cluster.send("POST", MAPS, aConfigMap("after"))).status).toBe(201);
});

test("reads wait for answers too", async () => {
  const outside = new Outside();
  const maps: Kind<ConfigMap> = { ...configMap, strategy: { ...configMap.strategy, decorate: (obj, { reader }) => ({ ...obj, data: { seen: text(reader.outbound([ask(obj.metadata.name!)])[0]!) } }) } };
  using cluster = new NodeCluster({ controllers: [], outbound: outside.outbound, createRegistry: (host) => createRegistry(host, { kinds: builtinKinds.map((kind) => (kind === configMap ? maps : kind)) }) });
  const made = cluster.send("POST", MAPS, aConfigMap("a"), MASTER);
  await cluster.rest();
  outside.answerAll();
  expect((await made).status).toBe(201);
  const got = cluster.send("GET", `${MAPS}/a`);
  await cluster.rest();
  outside.answerAll();
  expect((await got).body.data).toEqual({ seen: "seen a" });
  const listed = cluster.send("GET", MAPS);
  await cluster.rest();
  outside.answerAll();
  expect((await listed).body.items[0].data).toEqual({ seen: "seen a" });
});
