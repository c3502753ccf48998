import { describe, expect, test } from "vitest";
import { builtinKinds } from "../src/kinds/index.ts";
import type { Kind } from "../src/kinds/kind.ts";
import type { KubeObject } from "../src/kinds/object.ts";
import { accepted, TestApi } from "./harness/test-api.ts";
import type { Authenticated } from "../src/api/request.ts";

/** What holds of every kind alike; a kind joins by its example. */
const NOBODY: Authenticated = { username: "nobody", groups: ["system:authenticated"], authenticator: "test" };
const stored = builtinKinds.filter((kind) => !kind.evaluate && (!kind.verbs || kind.verbs.includes("create")));
const named = (kinds: readonly Kind[]) => kinds.map((kind) => [`${kind.resource}${kind.group && `.${kind.group}`}`, kind] as const);
const can = (kind: Kind, verb: string) => !kind.verbs || (kind.verbs as readonly string[]).includes(verb);

/** With what examples refer to. */
async function apiFor(): Promise<TestApi> {
  const api = new TestApi();
  await api.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "default" } } as KubeObject);
  return api;
}

const exampleOf = (kind: Kind): KubeObject => structuredClone(kind.example!()) as KubeObject;
const annotation = { metadata: { annotations: { "example.com/note": "x" } } };

test("every kind has an example", () => {
  expect(builtinKinds.filter((kind) => !kind.example).map((kind) => kind.kind)).toEqual([]);
});

describe.each(named(stored))("%s", (_name, kind) => {
  test("creates its example and serves what it answered", async () => {
    await using api = await apiFor();
    const created = await api.create(exampleOf(kind));
    expect(created).toMatchObject({ kind: kind.kind, metadata: { uid: expect.any(String), resourceVersion: expect.any(String), creationTimestamp: expect.any(String) } });
    expect(await api.get(created)).toEqual(created);
  });

  test("has defaults that change nothing the second time", async () => {
    await using api = await apiFor();
    const created = await api.create(exampleOf(kind));
    expect(await api.replace(created)).toEqual(created);
  });

  test("is listed and watched alike", async () => {
    await using api = await apiFor();
    const watch = api.watch(exampleOf(kind), { query: { resourceVersion: `${api.store.revision}` } });
    const created = await api.create(exampleOf(kind));
    const list = (await api.list(created)).body;
    expect(list.kind).toBe(`${kind.kind}List`);
    expect(list.items).toContainEqual(created);
    expect(watch.events).toEqual([{ type: "ADDED", object: created }]);
    const initial = api.watch(created).events;
    expect(initial.map((e) => e.object)).toEqual(list.items);
  });

  test.each(["mergePatch", "strategicPatch", "jsonPatch"] as const)("takes a %s of its metadata", async (method) => {
    await using api = await apiFor();
    const created = await api.create(exampleOf(kind));
    const add = [{ op: "add", path: "/metadata/annotations", value: annotation.metadata.annotations }];
    const patched = accepted(await api[method](created, method === "jsonPatch" ? add : annotation));
    expect(patched.metadata.annotations).toMatchObject(annotation.metadata.annotations);
    expect({ ...patched, metadata: 0 }).toEqual({ ...created, metadata: 0 });
  });

  test("is applied: created, then unchanged, then shared between two managers", async () => {
    await using api = await apiFor();
    const example = exampleOf(kind);
    const created = accepted(await api.apply(example));
    expect(accepted(await api.apply(example))).toEqual(created);
    const shared = accepted(await api.apply({ apiVersion: example.apiVersion, kind: example.kind, metadata: { ...addressOf(example), ...annotation.metadata } } as KubeObject, { manager: "other" }));
    expect(shared.metadata.managedFields).toContainEqual(expect.objectContaining({ manager: "other", operation: "Apply" }));
    expect(shared.metadata.managedFields).toEqual(expect.arrayContaining(created.metadata.managedFields ?? []));
  });

  test("leaves no trace of dry runs", async () => {
    await using api = await apiFor();
    const revision = api.store.revision;
    const query = { dryRun: "All" };
    accepted(await api.post(exampleOf(kind), { query }));
    expect(api.store.revision).toBe(revision);
    const created = await api.create(exampleOf(kind));
    accepted(await api.mergePatch(created, annotation, { query }));
    accepted(await api.delete(created, { query }));
    expect(await api.get(created)).toEqual(created);
  });

  test("keeps its status when written through the main door", async () => {
    if (!kind.subresources?.status || !can(kind, "update")) return;
    await using api = await apiFor();
    const created = await api.create(exampleOf(kind));
    const patched = accepted(await api.mergePatch(created, { ...annotation, status: { observedGeneration: 77, phase: "Odd", replicas: 9 } }));
    expect(patched.status).toEqual(created.status);
    const viaStatus = accepted(await api.mergePatch(created, { spec: null }, { subresource: "status" }));
    expect(viaStatus.spec).toEqual(created.spec);
  });

  test("is held by a finalizer", async () => {
    await using api = await apiFor();
    const example = exampleOf(kind);
    const created = await api.create({ ...example, metadata: { ...example.metadata, finalizers: ["example.com/hold"] } });
    const held = accepted(await api.delete(created, { body: { gracePeriodSeconds: 0 } }));
    expect(held.metadata.deletionTimestamp).toBeDefined();
    expect((await api.get(created)).metadata.finalizers).toContain("example.com/hold");
    accepted(await api.mergePatch(created, { metadata: { finalizers: null } }));
    if (kind.strategy?.hasFurtherFinalizers?.(created)) return;
    expect(await api.fetch(created)).toBeStatus(404, "NotFound");
  });

  test("is refused to whoever has no permission, whatever the verb", async () => {
    await using api = await apiFor();
    const created = await api.create(exampleOf(kind));
    const user = NOBODY;
    const answers = await Promise.all([
      api.fetch(created, { user }), api.list(created, { user }), api.post(exampleOf(kind), { user }), api.put(created, { user }),
      api.mergePatch(created, annotation, { user }), api.apply(exampleOf(kind), { user }), api.delete(created, { user }),
      api.send("DELETE", api.path(created), { user }),
    ]);
    for (const answer of answers) expect(answer).toBeStatus(403, "Forbidden");
    expect(() => api.watch(created, { user })).toThrow(/cannot watch resource/);
    expect(await api.get(created)).toEqual(created);
  });

  test("is deleted with its collection", async () => {
    await using api = await apiFor();
    const created = await api.create(exampleOf(kind));
    const answer = await api.send("DELETE", api.path(created));
    if (!can(kind, "deletecollection")) return expect(answer).toBeStatus(405, "MethodNotAllowed");
    expect(answer.body.items.map((i: KubeObject) => i.metadata.name)).toContain(created.metadata.name);
  });

  test("refuses unknown fields when asked to be strict, and names them", async () => {
    await using api = await apiFor();
    const answer = await api.post({ ...exampleOf(kind), bogus: 1 } as KubeObject, { query: { fieldValidation: "Strict" } });
    expect(answer).toBeStatus(400, "BadRequest");
    expect(answer.body.message).toContain('unknown field "bogus"');
    const warned = await api.post({ ...exampleOf(kind), bogus: 1 } as KubeObject);
    expect(warned.warnings).toContain('unknown field "bogus"');
  });

  test("answers bad input with a Status of the client's fault", async () => {
    await using api = await apiFor();
    const path = api.path(exampleOf(kind));
    const sends = [
      api.send("POST", path, { body: "{" }), api.send("POST", path, { body: "[]" }), api.send("POST", path, { body: "null" }),
      api.send("POST", path, { body: { ...exampleOf(kind), metadata: { name: 7 } } }), api.send("POST", path, { body: { ...exampleOf(kind), metadata: { name: "No Good/" } } }),
      api.send("POST", path, { body: { ...exampleOf(kind), metadata: {} } }), api.send("POST", path, { body: { ...exampleOf(kind), metadata: 4 } }),
      api.send("POST", path, { body: { ...exampleOf(kind), kind: "Nonsense" } }),
    ];
    for (const answer of await Promise.all(sends)) {
      expect(answer.status, JSON.stringify(answer.body)).toBeGreaterThanOrEqual(400);
      expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(500);
    }
  });
});

/** A Binding places a pod: src/kinds/core/binding/binding.test.ts. */
describe.each(named(builtinKinds.filter((kind) => kind.evaluate && kind.resource !== "bindings")))("%s", (_name, kind) => {
  test("answers a create and stores nothing", async () => {
    await using api = await apiFor();
    const revision = api.store.revision;
    const answer = accepted(await api.post(exampleOf(kind)));
    expect(answer.kind).toBe(kind.kind);
    expect(answer.status).toBeDefined();
    expect(api.store.revision).toBe(revision);
    expect(await api.list(exampleOf(kind))).toBeStatus(405, "MethodNotAllowed");
  });
});

const addressOf = ({ metadata }: KubeObject) => ({ name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) });
