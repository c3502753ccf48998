import { expect, test } from "vitest";
import { NodeCluster } from "../../../../test/contract/node-cluster.ts";
import type { Controller } from "../../../controllers/controller.ts";
import type { Outbound, OutboundCall } from "../../../lib/outbound.ts";
import { customResourceDefinitionController } from "./controller.ts";

const root = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const at = (version: string) => `/apis/example.com/${version}/namespaces/default/hosts`;
type Json = Record<string, any>;

const schema = (properties: Json): Json => ({ openAPIV3Schema: { type: "object", properties: { ...properties, metadata: { type: "object" } } } });
const text = { type: "string" };
const definition = (more: Json = {}): Json => ({
  apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "hosts.example.com" },
  spec: {
    group: "example.com", scope: "Namespaced", names: { plural: "hosts", kind: "Host" },
    versions: [
      { name: "v1", served: true, storage: true, schema: schema({ hostPort: text }) },
      { name: "v2", served: true, storage: false, schema: schema({ host: text, port: { ...text, default: "80" } }), selectableFields: [{ jsonPath: ".port" }] },
    ],
    conversion: { strategy: "Webhook", webhook: { clientConfig: { service: { namespace: "default", name: "hook", path: "/convert" } }, conversionReviewVersions: ["v1", "v1beta1"] } },
    ...more,
  },
});
const v1 = (name: string, hostPort: string): Json => ({ apiVersion: "example.com/v1", kind: "Host", metadata: { name, labels: { a: name } }, hostPort });
const v2 = (name: string, host: string, port?: string): Json => ({ apiVersion: "example.com/v2", kind: "Host", metadata: { name }, host, ...(port && { port }) });

/** As upstream's example: one field or two. */
function convert(object: Json, to: string): Json {
  const { hostPort, host, port, ...rest } = object;
  if (to.endsWith("v2")) { const [h, p] = String(hostPort).split(":"); return { ...rest, apiVersion: to, host: h, ...(p && { port: p }), zzz: "unknown" }; }
  return { ...rest, apiVersion: to, hostPort: port ? `${host}:${port}` : host };
}

interface Hook { calls: Json[]; outbound: Outbound; answer?: (request: Json, review: Json) => Json | { error: string }; held?: Promise<void> | undefined }

function hook(): Hook {
  const it: Hook = {
    calls: [],
    async outbound(call: OutboundCall) {
      const review = JSON.parse(call.body!) as Json;
      it.calls.push({ ...review["request"], endpoint: call.endpoint, apiVersion: review["apiVersion"] });
      await it.held;
      const request = review["request"] as Json;
      const given = it.answer?.(request, review);
      if (given && "error" in given) return given as { error: string };
      const response = { uid: request["uid"], result: { status: "Success" }, convertedObjects: request["objects"].map((o: Json) => convert(o, request["desiredAPIVersion"])) };
      return { status: 200, body: JSON.stringify({ apiVersion: review["apiVersion"], kind: "ConversionReview", response: { ...response, ...given } }) };
    },
  };
  return it;
}

async function withHosts(it: Hook, more: Json = {}, controllers: readonly Controller[] = []): Promise<NodeCluster> {
  const cluster = new NodeCluster({ controllers, outbound: (call) => it.outbound(call) });
  expect((await cluster.send("POST", root, definition(more))).status).toBe(201);
  return cluster;
}

const stored = (cluster: NodeCluster, name: string) => JSON.parse(cluster.core.store.transaction.get({ resource: "example.com/hosts", namespace: "default", name })!.json) as Json;

async function textOf(texts: Iterator<string> | AsyncIterator<string>): Promise<string> {
  let all = "";
  for (let next = await texts.next(); !next.done; next = await texts.next()) all += next.value;
  return all;
}

test("objects are converted on the way in and out, and what was converted once is remembered", async () => {
  const it = hook();
  using cluster = await withHosts(it);
  expect((await cluster.send("POST", at("v1"), v1("a", "localhost:1234"))).status).toBe(201);
  expect(it.calls).toHaveLength(0);
  const read = (await cluster.send("GET", `${at("v2")}/a`)).body;
  expect(read).toMatchObject({ apiVersion: "example.com/v2", host: "localhost", port: "1234", metadata: { labels: { a: "a" } } });
  expect(read.zzz).toBeUndefined();
  expect(it.calls[0]).toMatchObject({ desiredAPIVersion: "example.com/v2", apiVersion: "apiextensions.k8s.io/v1", objects: [{ apiVersion: "example.com/v1", hostPort: "localhost:1234" }], endpoint: { service: { namespace: "default", name: "hook", port: 443, path: "/convert" } } });
  await cluster.send("GET", `${at("v2")}/a`);
  expect(it.calls).toHaveLength(1);

  const made = await cluster.send("POST", at("v2"), v2("b", "example.org"));
  expect([made.status, made.body]).toMatchObject([201, { apiVersion: "example.com/v2", host: "example.org", port: "80" }]);
  expect(stored(cluster, "b")).toMatchObject({ apiVersion: "example.com/v1", hostPort: "example.org:80", metadata: { resourceVersion: made.body.metadata.resourceVersion, uid: made.body.metadata.uid } });
  expect((await cluster.send("PATCH", `${at("v2")}/b`, { port: "81" })).body).toMatchObject({ host: "example.org", port: "81" });
  expect(stored(cluster, "b").hostPort).toBe("example.org:81");
  expect((await cluster.send("DELETE", `${at("v2")}/b`)).status).toBe(200);
});

test("a page of a list is one call, whether it is streamed or not, and selectors see the version that is asked for", async () => {
  const it = hook();
  using cluster = await withHosts(it);
  for (let i = 0; i < 200; i++) await cluster.send("POST", at("v1"), v1(`h${String(i).padStart(3, "0")}`, `x:${i % 2}`));
  const list = async (path: string) => JSON.parse(await textOf((await cluster.core.requests.list(cluster.request("GET", path))).texts)).items as Json[];
  const all = await list(at("v2"));
  expect(all.map((o) => o["port"])).toEqual(Array.from({ length: 200 }, (_, i) => String(i % 2)));
  expect(it.calls.map((call) => call["objects"].length)).toEqual([128, 72]);
  expect(await list(`${at("v2")}?fieldSelector=port%3D1`)).toHaveLength(100);
  expect((await cluster.send("GET", `${at("v2")}?limit=3&fieldSelector=port%3D1`)).body.items.map((o: Json) => o["metadata"].name)).toEqual(["h001", "h003", "h005"]);
  expect(it.calls).toHaveLength(2);
});

test("watchers wait for the conversion, in order, while others go on", async () => {
  const it = hook();
  using cluster = await withHosts(it);
  const start = cluster.core.store.revision;
  const [one, two] = [cluster.watch(`${at("v1")}?watch=true&resourceVersion=${start}`), cluster.watch(`${at("v2")}?watch=true&resourceVersion=${start}`)];
  let release = () => {};
  it.held = new Promise((resolve) => { release = resolve; });
  await cluster.send("POST", at("v1"), v1("a", "x:1"));
  await cluster.send("POST", at("v1"), v1("b", "x:2"));
  await cluster.rest();
  expect(one.events().map((e) => e.object.hostPort)).toEqual(["x:1", "x:2"]);
  expect(two.events()).toEqual([]);
  await cluster.send("POST", at("v1"), v1("c", "x:3"));
  release();
  it.held = undefined;
  await cluster.rest();
  expect(two.events().map((e) => [e.type, e.object.apiVersion, e.object.port])).toEqual([["ADDED", "example.com/v2", "1"], ["ADDED", "example.com/v2", "2"], ["ADDED", "example.com/v2", "3"]]);
  await cluster.send("POST", at("v1"), v1("d", "x:4"));
  await cluster.rest();
  expect(two.events().map((e) => e.object.port)).toEqual(["4"]);

  const { texts } = await cluster.core.requests.initialEvents(cluster.request("GET", `${at("v2")}?watch=true`));
  expect((await textOf(texts)).trim().split("\n").map((line) => JSON.parse(line).object.port)).toEqual(["1", "2", "3", "4"]);
});

test("when the definition goes, what a webhook still has to convert is told before the watch ends", async () => {
  const it = hook();
  using cluster = await withHosts(it, {}, [customResourceDefinitionController]);
  const socket = cluster.watch(`${at("v2")}?watch=true&resourceVersion=${cluster.core.store.revision}`);
  await cluster.send("POST", at("v1"), v1("a", "x:1"));
  await cluster.send("POST", at("v1"), v1("b", "x:2"));
  await cluster.send("DELETE", `${root}/hosts.example.com`);
  await cluster.rest();
  expect((await cluster.send("GET", `${root}/hosts.example.com`)).status).toBe(404);
  expect(socket.events().map((e) => [e.type, e.object.port])).toEqual([["ADDED", "1"], ["ADDED", "2"], ["DELETED", "1"], ["DELETED", "2"]]);
  expect(socket.closedWith).toBeTruthy();
});

test("a watch whose conversion fails ends with the error, and goes on from there when it is opened again", async () => {
  const it = hook();
  using cluster = await withHosts(it);
  const start = cluster.core.store.revision;
  const socket = cluster.watch(`${at("v2")}?watch=true&resourceVersion=${start}`);
  it.answer = () => ({ error: "connection refused" });
  await cluster.send("POST", at("v1"), v1("a", "x:1"));
  await cluster.rest();
  expect(socket.events()).toMatchObject([{ type: "ERROR", object: { code: 500, message: 'conversion webhook for example.com/v1, Kind=Host failed: Post "https://hook.default.svc:443/convert?timeout=30s": connection refused' } }]);
  delete it.answer;
  const again = cluster.watch(`${at("v2")}?watch=true&resourceVersion=${start}`);
  await cluster.rest();
  expect(again.events().map((e) => e.object.port)).toEqual(["1"]);
});

test.each<[string, Json | { error: string }, string]>([
  ["is not there", { error: "dial tcp: connection refused" }, 'failed: Post "https://hook.default.svc:443/convert?timeout=30s": dial tcp: connection refused'],
  ["says why it cannot", { result: { status: "Failure", message: "no such host" } }, "failed: no such host"],
  ["fails without a word", { result: { status: "Failed" } }, "failed: response.result.status was 'Failed', not 'Success'"],
  ["answers another question", { uid: "x" }, "failed: expected response.uid="],
  ["loses objects", { convertedObjects: [] }, "returned 0 objects, expected 1"],
  ["converts to another version", { convertedObjects: [{ apiVersion: "example.com/v3", kind: "Host", metadata: { name: "a" } }] }, "returned invalid object at index 0: invalid groupVersion (expected example.com/v2, received example.com/v3)"],
  ["makes another kind of it", { convertedObjects: [{ apiVersion: "example.com/v2", kind: "Guest", metadata: { name: "a" } }] }, "returned invalid object at index 0: invalid kind (expected Host, received Guest)"],
  ["renames", { convertedObjects: [{ apiVersion: "example.com/v2", kind: "Host", metadata: { name: "b" } }] }, "returned invalid object: must have the same name: a != b"],
])("a webhook that %s is not believed", async (_what, answer, words) => {
  const it = hook();
  using cluster = await withHosts(it);
  await cluster.send("POST", at("v1"), v1("a", "x:1"));
  it.answer = () => answer;
  const { status, body } = await cluster.send("GET", `${at("v2")}/a`);
  expect(status).toBe(500);
  expect(body.message).toContain(`conversion webhook for example.com/v1, Kind=Host ${words}`);
  await expect(cluster.core.requests.list(cluster.request("GET", at("v2")))).rejects.toMatchObject({ code: 500 });
});

test("of metadata, a webhook may change labels and annotations alone", async () => {
  const it = hook();
  using cluster = await withHosts(it);
  const made = (await cluster.send("POST", at("v1"), v1("a", "x:1"))).body;
  it.answer = ({ objects }) => ({ convertedObjects: [{ ...convert(objects[0], "example.com/v2"), metadata: { name: "a", namespace: "default", uid: objects[0].metadata.uid, labels: { b: "c" }, finalizers: ["x.io/y"], resourceVersion: "1" } }] });
  const { metadata } = (await cluster.send("GET", `${at("v2")}/a`)).body;
  expect(metadata).toMatchObject({ labels: { b: "c" }, resourceVersion: made.metadata.resourceVersion });
  expect(metadata.finalizers).toBeUndefined();
});

test("v1beta1 reviews are spoken where they come first, and are not asked for their uid", async () => {
  const it = hook();
  const conversion = { ...definition()["spec"].conversion };
  using cluster = await withHosts(it, { conversion: { ...conversion, webhook: { ...conversion.webhook, conversionReviewVersions: ["v1beta1", "v1"] } } });
  await cluster.send("POST", at("v1"), v1("a", "x:1"));
  it.answer = () => ({ uid: "other" });
  expect((await cluster.send("GET", `${at("v2")}/a`)).body.port).toBe("1");
  expect(it.calls[0]).toMatchObject({ apiVersion: "apiextensions.k8s.io/v1beta1" });
});

test("when the storage version moves, old objects are converted when they are read and stored anew when they are written", async () => {
  const it = hook();
  using cluster = await withHosts(it);
  await cluster.send("POST", at("v1"), v1("a", "x:1"));
  const crd = (await cluster.send("GET", `${root}/hosts.example.com`)).body;
  crd.spec.versions[0].storage = false;
  crd.spec.versions[1].storage = true;
  expect((await cluster.send("PUT", `${root}/hosts.example.com`, crd)).body.status.storedVersions).toEqual(["v1", "v2"]);
  expect((await cluster.send("GET", `${at("v1")}/a`)).body).toMatchObject({ apiVersion: "example.com/v1", hostPort: "x:1" });
  expect(it.calls).toHaveLength(0);
  await cluster.send("PATCH", `${at("v1")}/a`, { hostPort: "y:2" });
  expect(stored(cluster, "a")).toMatchObject({ apiVersion: "example.com/v2", host: "y", port: "2" });
  expect((await cluster.send("GET", `${at("v1")}/a`)).body.hostPort).toBe("y:2");
});

test("a definition's deletion empties it whatever its webhook says", async () => {
  const it = hook();
  using cluster = new NodeCluster({ outbound: (call) => it.outbound(call) });
  await cluster.send("POST", root, definition());
  await cluster.send("POST", at("v1"), v1("a", "x:1"));
  await cluster.send("POST", at("v2"), v2("b", "y"));
  it.answer = () => ({ error: "gone" });
  await cluster.send("DELETE", `${root}/hosts.example.com`);
  await cluster.pass(1_000);
  expect((await cluster.send("GET", `${root}/hosts.example.com`)).status).toBe(404);
});
