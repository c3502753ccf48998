import { expect, test } from "vitest";
import type { KubeObject } from "../../src/kinds/object.ts";
import { aConfigMap, aNamespace, aPod, withData } from "../harness/builders.ts";
import { testApi, type TestApi } from "../harness/test-api.ts";

const map = aConfigMap();
const names = (list: { items: KubeObject[] }) => list.items.map((i) => i.metadata.name);

async function withMaps(api: TestApi, count: number): Promise<KubeObject[]> {
  const created = [];
  for (let i = 0; i < count; i++) created.push(await api.create(aConfigMap({ name: `m${i}`, labels: { parity: i % 2 ? "odd" : "even" } })));
  return created;
}

test("a list is in key order, at the revision of the cluster", async () => {
  await using api = await testApi({ namespaces: ["a", "b"] });
  await api.create(aConfigMap({ namespace: "b", name: "x" }));
  await api.create(aConfigMap({ namespace: "a", name: "y" }));
  const { body } = await api.send("GET", "/api/v1/configmaps");
  expect(body).toMatchObject({ kind: "ConfigMapList", apiVersion: "v1", metadata: { resourceVersion: `${api.store.revision}` } });
  expect(names(body)).toEqual(["y", "x"]);
});

test("chunks continue at the revision of the first, whatever is written meanwhile", async () => {
  await using api = await testApi();
  const created = await withMaps(api, 5);
  const first = (await api.list(map, { query: { limit: "2" } })).body;
  expect(first.metadata.remainingItemCount).toBe(3);
  await api.create(aConfigMap({ name: "m15" }));
  await api.replace(withData(created[2]!, { changed: "yes" }));
  await api.delete(created[4]!);
  const second = (await api.list(map, { query: { limit: "2", continue: first.metadata.continue } })).body;
  const third = (await api.list(map, { query: { limit: "2", continue: second.metadata.continue } })).body;
  expect([first, second, third].flatMap(names)).toEqual(["m0", "m1", "m2", "m3", "m4"]);
  expect(second.items[0].data).toEqual({ key: "value" });
  expect(new Set([first, second, third].map((l) => l.metadata.resourceVersion)).size).toBe(1);
  expect(third.metadata.continue).toBeUndefined();
});

test("labels select, and the rest is neither served nor counted", async () => {
  await using api = await testApi();
  await withMaps(api, 5);
  const select = async (labelSelector: string) => names((await api.list(map, { query: { labelSelector } })).body);
  expect(await select("parity=odd")).toEqual(["m1", "m3"]);
  expect(await select("parity in (even),parity")).toEqual(["m0", "m2", "m4"]);
  expect(await select("!parity")).toEqual([]);
  const page = (await api.list(map, { query: { labelSelector: "parity=even", limit: "2" } })).body;
  expect(names(page)).toEqual(["m0", "m2"]);
  expect(page.metadata.remainingItemCount).toBeUndefined();
  expect(page.metadata.continue).toBeDefined();
});

test("fields select by name, namespace and what the kind declares", async () => {
  await using api = await testApi({ namespaces: ["default", "other"] });
  await withMaps(api, 3);
  await api.create(aConfigMap({ namespace: "other", name: "m1" }));
  const select = async (path: string, fieldSelector: string) => names((await api.send("GET", path, { query: { fieldSelector } })).body);
  expect(await select("/api/v1/namespaces/default/configmaps", "metadata.name=m1")).toEqual(["m1"]);
  expect(await select("/api/v1/configmaps", "metadata.name=m1")).toEqual(["m1", "m1"]);
  expect(await select("/api/v1/configmaps", "metadata.name=m1,metadata.namespace=other")).toEqual(["m1"]);
  expect(await select("/api/v1/namespaces/default/configmaps", "metadata.namespace=other")).toEqual([]);
  expect(await select("/api/v1/namespaces/default/configmaps", "metadata.name!=m1")).toEqual(["m0", "m2"]);
  expect(await select("/api/v1/namespaces", "status.phase=Active")).toEqual(["default", "other"]);
});

test("an indexed field finds pods of a node", async () => {
  await using api = await testApi();
  await api.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } } as KubeObject);
  await api.create(aPod({ name: "here", spec: { nodeName: "n1" } }));
  await api.create(aPod({ name: "there", spec: { nodeName: "n2" } }));
  const select = async (fieldSelector: string) => names((await api.list(aPod(), { query: { fieldSelector } })).body);
  expect(await select("spec.nodeName=n1")).toEqual(["here"]);
  expect(await select("spec.nodeName=n1,metadata.name=there")).toEqual([]);
  expect(await select("spec.nodeName!=n1")).toEqual(["there"]);
});

test("bad selectors, tokens and versions are refused in upstream's words", async () => {
  await using api = await testApi();
  const refused = async (query: Record<string, string>, ref: KubeObject = map) => {
    const answer = await api.list(ref, { query });
    return [answer.status, answer.body.reason, answer.body.message];
  };
  expect(await refused({ fieldSelector: "spec.x=1" })).toEqual([400, "BadRequest", '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"']);
  expect(await refused({ fieldSelector: "spec.x=1" }, aPod())).toEqual([400, "BadRequest", "field label not supported: spec.x"]);
  expect((await refused({ fieldSelector: "nonsense" }))[0]).toBe(400);
  expect((await refused({ labelSelector: "a in" }))[0]).toBe(400);
  expect((await refused({ continue: "garbage" }))[2]).toBe("invalid continue token: continue key is not valid");
  expect((await refused({ limit: "many" }))[2]).toBe('strconv.ParseInt: parsing "many": invalid syntax');
  expect((await refused({ resourceVersion: "abc" }))[0]).toBe(400);
  expect(await refused({ resourceVersionMatch: "Exact" })).toEqual([422, "Invalid", 'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided']);
  expect((await refused({ sendInitialEvents: "true" }))[0]).toBe(422);
  expect((await refused({ resourceVersion: "999999" })).slice(0, 2)).toEqual([504, "Timeout"]);
});

test("an exact resourceVersion reads the past, any other the present", async () => {
  await using api = await testApi();
  const [first] = await withMaps(api, 1);
  const past = first!.metadata.resourceVersion!;
  await api.replace(withData(first!, { now: "changed" }));
  await api.create(aConfigMap({ name: "later" }));
  const exact = (await api.list(map, { query: { resourceVersion: past, resourceVersionMatch: "Exact" } })).body;
  expect(exact.items).toEqual([first]);
  expect(exact.metadata.resourceVersion).toBe(past);
  expect(names((await api.list(map, { query: { resourceVersion: past, resourceVersionMatch: "NotOlderThan" } })).body)).toEqual(["later", "m0"]);
  expect(names((await api.list(map, { query: { resourceVersion: "0" } })).body)).toEqual(["later", "m0"]);
});

test("a token from before the compaction is told how to go on inconsistently", async () => {
  await using api = await testApi();
  const [first] = await withMaps(api, 3);
  const token = (await api.list(map, { query: { limit: "1" } })).body.metadata.continue;
  const day = 24 * 3600 * 1000;
  for (let i = 0; i < 40; i++) {
    api.clock.nowMs += day;
    await api.mergePatch(first!, { data: { day: `${i}` } });
    while (api.store.compact({ nowMs: api.clock.nowMs })) { /* one bounded pass after the other */ }
  }
  const answer = await api.list(map, { query: { limit: "1", continue: token } });
  expect(answer).toBeStatus(410, "Expired");
  const next = await api.list(map, { query: { continue: answer.body.metadata.continue } });
  expect(names(next.body)).toEqual(["m1", "m2"]);
  expect(() => api.watch(map, { query: { resourceVersion: "1" } })).toThrow(/^too old resource version: 1/);
});

test("namespaces are listed without one", async () => {
  await using api = await testApi();
  await api.create(aNamespace("zoo"));
  expect(names((await api.list(aNamespace("zoo"))).body)).toEqual(["default", "zoo"]);
  expect(await api.send("GET", "/api/v1/namespaces/zoo/namespaces")).toBeStatus(404);
});
