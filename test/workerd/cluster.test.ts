/// <reference types="@cloudflare/vitest-plugin/types" />
import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { encodeHeader, INTERNAL_ORIGIN, LIST_PATH, REQUEST_HEADER, REVISION_HEADER, SOCKET_INTERNAL_PATH, USER_HEADER, WATCH_PATH } from "../../src/api/cluster-stub.ts";
import { parsePath } from "../../src/api/path.ts";
import type { ApiRequest, Authenticated } from "../../src/api/request.ts";
import type { Cluster } from "../../src/durable/cluster.ts";

const { CLUSTER } = env as unknown as { CLUSTER: DurableObjectNamespace<Cluster> };
const ADMIN: Authenticated = { username: "admin", groups: ["system:masters", "system:authenticated"], authenticator: "test" };
const MAPS = "/api/v1/namespaces/default/configmaps";

type Stub = DurableObjectStub<Cluster>;

async function aCluster(name: string): Promise<Stub> {
  const stub = CLUSTER.get(CLUSTER.idFromName(name));
  await stub.initialize({ id: name, url: `https://test.example/clusters/${name}` });
  return stub;
}

function requestOf(method: string, path: string, body?: unknown): ApiRequest {
  const [pathname = "", query = ""] = path.split("?");
  const parsed = parsePath(method, pathname, query);
  if (parsed.type !== "resource") throw new Error("not a resource");
  const { type: _, ...fields } = parsed;
  return { ...fields, user: ADMIN, userAgent: "test", ...(body !== undefined && { body: JSON.stringify(body) }) };
}

async function send(stub: Stub, method: string, path: string, body?: unknown): Promise<{ status: number; body: any }> {
  const answer = await stub.handle(requestOf(method, path, body));
  return { status: answer.status, body: JSON.parse(answer.body) };
}

const aConfigMap = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { k: "v" } });

async function open(stub: Stub, path: string, headers: Record<string, string>): Promise<{ messages: string[]; socket: WebSocket; response: Response }> {
  const response = await stub.fetch(INTERNAL_ORIGIN + path, { headers: { upgrade: "websocket", ...headers } }) as unknown as Response;
  const socket = response.webSocket!;
  const messages: string[] = [];
  socket.addEventListener("message", ({ data }) => { messages.push(data as string); });
  socket.accept();
  return { messages, socket, response };
}

async function arrival(messages: string[], count: number): Promise<string[]> {
  for (let i = 0; i < 200 && messages.length < count; i++) await scheduler.wait(5);
  return messages;
}

test("an id that nobody initialized answers 401 and writes nothing", async () => {
  const stub = CLUSTER.get(CLUSTER.idFromName("nobody"));
  expect((await send(stub, "GET", MAPS)).status).toBe(401);
  expect(await stub.authentication()).toBeUndefined();
  expect((await stub.fetch(INTERNAL_ORIGIN + LIST_PATH)).status).toBe(401);
  expect(await runInDurableObject(stub, (_, { storage }) => storage.sql.exec("SELECT COUNT(*) AS n FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").one()["n"])).toBe(0);
});

test("a cluster is made, answers, is evicted and answers on", async () => {
  const stub = await aCluster("made");
  expect((await send(stub, "POST", MAPS, aConfigMap("a"))).status).toBe(201);
  await evictDurableObject(stub);
  expect((await send(stub, "GET", `${MAPS}/a`)).body.data).toEqual({ k: "v" });
  expect(await stub.authentication()).toMatchObject({ issuer: "https://test.example/clusters/made", jwks: { keys: [{ kty: "EC", alg: "ES256" }] } });
  expect((await stub.statistics())!.databaseBytes).toBeGreaterThan(0);
});

test("a list comes as a stream, a refusal as its Status", async () => {
  const stub = await aCluster("lists");
  await Promise.all(["a", "b", "c"].map((name) => send(stub, "POST", MAPS, aConfigMap(name))));
  const get = (path: string) => stub.fetch(INTERNAL_ORIGIN + LIST_PATH, { headers: { [REQUEST_HEADER]: encodeHeader(requestOf("GET", path)) } });
  const list = await (await get(MAPS)).json() as { items: { metadata: { name: string } }[] };
  expect(list.items.map((item) => item.metadata.name)).toEqual(expect.arrayContaining(["a", "b", "c"]));
  const refused = await get("/api/v1/nonsense");
  expect([refused.status, (await refused.json() as { reason: string }).reason]).toEqual([404, "NotFound"]);
});

test("a bridged watch goes on through eviction, each event once", async () => {
  const stub = await aCluster("watches");
  const list = await send(stub, "GET", MAPS);
  const request = requestOf("GET", `${MAPS}?watch=true&resourceVersion=${list.body.metadata.resourceVersion}`);
  const { messages, response } = await open(stub, WATCH_PATH, { [REQUEST_HEADER]: encodeHeader(request) });
  expect(response.headers.get(REVISION_HEADER)).toBe(list.body.metadata.resourceVersion);
  for (let i = 0; i < 5; i++) {
    await send(stub, "POST", MAPS, aConfigMap(`m${i}`));
    await evictDurableObject(stub);
  }
  await arrival(messages, 5);
  expect(messages.flatMap((message) => message.split("\n")).map((line) => JSON.parse(line).object.metadata.name).filter((name) => name.startsWith("m"))).toEqual(["m0", "m1", "m2", "m3", "m4"]);
});

test("initial events come as lines, with the revision to go on from", async () => {
  const stub = await aCluster("initial");
  await send(stub, "POST", MAPS, aConfigMap("a"));
  const request = requestOf("GET", `${MAPS}?watch=true`);
  const response = await stub.fetch(INTERNAL_ORIGIN + WATCH_PATH, { headers: { [REQUEST_HEADER]: encodeHeader(request) } });
  const events = (await response.text()).trimEnd().split("\n").map((line) => JSON.parse(line));
  expect(events.map((event) => event.object.metadata.name)).toContain("a");
  expect(Number(response.headers.get(REVISION_HEADER))).toBeGreaterThan(0);
});

test("an agent's socket lives through eviction; its end wakes node-lifecycle", async () => {
  const stub = await aCluster("agents");
  const user = { ...ADMIN, username: "system:node:n1", groups: ["system:nodes", "system:masters", "system:authenticated"] };
  const { messages, socket } = await open(stub, SOCKET_INTERNAL_PATH, { [USER_HEADER]: encodeHeader(user) });
  socket.send(JSON.stringify({ id: 1, watch: `${MAPS}?watch=true&resourceVersion=1` }));
  await arrival(messages, 1);
  await evictDurableObject(stub);
  messages.length = 0;
  await send(stub, "POST", MAPS, aConfigMap("a"));
  const [frame] = await arrival(messages, 1);
  expect(JSON.parse(JSON.parse(frame!).event).object.metadata.name).toBe("a");
  await evictDurableObject(stub);
  socket.send("ping");
  socket.send(JSON.stringify({ id: 2, method: "GET", path: `${MAPS}/a` }));
  await arrival(messages, 3);
  expect(messages.slice(1).map((text) => (text === "pong" ? text : JSON.parse(text).status)).toSorted()).toEqual([200, "pong"].toSorted());
  socket.close(1000);
});

test("timed work is an alarm that an evicted cluster answers", async () => {
  const stub = await aCluster("alarms");
  await runInDurableObject(stub, async (_, { storage }) => {
    storage.sql.exec("INSERT INTO queue (controller, key, due, attempts) VALUES ('namespace-controller', 'default', ?, 0)", Date.now() - 1);
    await storage.setAlarm(Date.now() + 60_000);
  });
  await evictDurableObject(stub);
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  for (let i = 0; i < 100; i++) {
    const left = await runInDurableObject(stub, (_, { storage }) => storage.sql.exec("SELECT COUNT(*) AS n FROM queue WHERE due <= ?", Date.now()).one()["n"]);
    if (left === 0) return;
    await scheduler.wait(5);
  }
  expect.unreachable();
});

test("a destroyed cluster is as if it had never been", async () => {
  const stub = await aCluster("doomed");
  await send(stub, "POST", MAPS, aConfigMap("a"));
  await stub.destroy();
  expect(await stub.authentication()).toBeUndefined();
  await stub.initialize({ id: "doomed", url: "https://test.example/clusters/doomed" });
  expect((await send(stub, "GET", `${MAPS}/a`)).status).toBe(404);
});
