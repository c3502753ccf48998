import { describe, expect, test } from "vitest";
import { builtinKinds } from "../src/kinds/index.ts";
import type { Kind } from "../src/kinds/kind.ts";
import type { KubeObject } from "../src/kinds/object.ts";
import { apiForExamples, can, named, storedKinds } from "./harness/kinds-under-test.ts";
import { accepted } from "./harness/test-api.ts";
import type { Authenticated } from "../src/api/request.ts";

/** What holds of every kind alike; a kind joins by its example. */
const NOBODY: Authenticated = { username: "nobody", groups: ["system:authenticated"], authenticator: "test" };

/** Of what a name says more than a name: it cannot be given by the server. */
const nameSaysMore = new Set(["customresourcedefinitions", "apiservices", "ipaddresses"]);

const exampleOf = (kind: Kind): KubeObject => structuredClone(kind.example!()) as KubeObject;
const annotation = { metadata: { annotations: { "example.com/note": "x" } } };

test("every kind has an example", () => {
  expect(builtinKinds.filter((kind) => !kind.example).map((kind) => kind.kind)).toEqual([]);
});

describe.each(named(storedKinds))("%s", (_name, kind) => {
  test("creates its example and serves what it answered", async () => {
    await using api = await apiForExamples();
    const created = await api.create(exampleOf(kind));
    expect(created).toMatchObject({ kind: kind.kind, metadata: { uid: expect.any(String), resourceVersion: expect.any(String), creationTimestamp: expect.any(String) } });
    expect(await api.get(created)).toEqual(created);
  });

  test("has defaults that change nothing the second time", async () => {
    await using api = await apiForExamples();
    const created = await api.create(exampleOf(kind));
    expect(await api.replace(created)).toEqual(created);
  });

  test("is listed and watched alike", async () => {
    await using api = await apiForExamples();
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
    await using api = await apiForExamples();
    const created = await api.create(exampleOf(kind));
    const add = [{ op: "add", path: "/metadata/annotations", value: annotation.metadata.annotations }];
    const patched = accepted(await api[method](created, method === "jsonPatch" ? add : annotation));
    expect(patched.metadata.annotations).toMatchObject(annotation.metadata.annotations);
    expect({ ...patched, metadata: 0 }).toEqual({ ...created, metadata: 0 });
  });

  test("is applied: created, then unchanged, then shared between two managers", async () => {
    await using api = await apiForExamples();
    const example = exampleOf(kind);
    const created = accepted(await api.apply(example));
    expect(accepted(await api.apply(example))).toEqual(created);
    const shared = accepted(await api.apply({ apiVersion: example.apiVersion, kind: example.kind, metadata: { ...addressOf(example), ...annotation.metadata } } as KubeObject, { manager: "other" }));
    expect(shared.metadata.managedFields).toContainEqual(expect.objectContaining({ manager: "other", operation: "Apply" }));
    expect(shared.metadata.managedFields).toEqual(expect.arrayContaining(created.metadata.managedFields ?? []));
  });

  test("leaves no trace of dry runs", async () => {
    await using api = await apiForExamples();
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
    await using api = await apiForExamples();
    const created = await api.create(exampleOf(kind));
    const patched = accepted(await api.mergePatch(created, { ...annotation, status: { observedGeneration: 77, phase: "Odd", replicas: 9 } }));
    expect(patched.status).toEqual(created.status);
    const viaStatus = accepted(await api.mergePatch(created, { spec: null }, { subresource: "status" }));
    expect(viaStatus.spec).toEqual(created.spec);
  });

  test("is held by a finalizer", async () => {
    await using api = await apiForExamples();
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
    await using api = await apiForExamples();
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
    await using api = await apiForExamples();
    const created = await api.create(exampleOf(kind));
    const answer = await api.send("DELETE", api.path(created));
    if (!can(kind, "deletecollection")) return expect(answer).toBeStatus(405, "MethodNotAllowed");
    expect(answer.body.items.map((i: KubeObject) => i.metadata.name)).toContain(created.metadata.name);
  });

  test("is found by field selectors, and not by fields that it has none of", async () => {
    await using api = await apiForExamples();
    const created = await api.create(exampleOf(kind));
    const found = async (fieldSelector: string) => (await api.list(created, { query: { fieldSelector } })).body.items?.map((i: KubeObject) => i.metadata.name);
    expect(await found(`metadata.name=${created.metadata.name}`)).toEqual([created.metadata.name]);
    expect(await found(`metadata.name!=${created.metadata.name}`)).not.toContain(created.metadata.name);
    for (const [path, value] of Object.entries(kind.selectableFields ?? {})) {
      if (/[,=\\]/.test(value(created))) continue; // would have to be escaped
      expect(await found(`${path}=${value(created)}`), path).toContain(created.metadata.name);
      expect(await found(`${path}=${value(created)}-other`), path).not.toContain(created.metadata.name);
    }
    expect(await api.list(created, { query: { fieldSelector: "metadata.bogus=a" } })).toBeStatus(400, "BadRequest");
  });

  test("refuses a replacement that is stale, and changes nothing", async () => {
    if (!can(kind, "update")) return;
    await using api = await apiForExamples();
    const first = await api.create(exampleOf(kind));
    const second = accepted(await api.mergePatch(first, annotation));
    expect(await api.put({ ...first, metadata: { ...first.metadata, annotations: { a: "stale" } } } as KubeObject)).toBeStatus(409, "Conflict");
    expect(await api.mergePatch(first, { metadata: { resourceVersion: first.metadata.resourceVersion, annotations: { a: "stale" } } })).toBeStatus(409, "Conflict");
    expect(await api.delete(first, { body: { preconditions: { resourceVersion: first.metadata.resourceVersion } } })).toBeStatus(409, "Conflict");
    expect(await api.get(first)).toEqual(second);
  });

  test.skipIf(nameSaysMore.has(kind.resource))("is given a name, and listed page by page", async () => {
    await using api = await apiForExamples();
    const names: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { metadata: { name: _, ...metadata }, ...example } = exampleOf(kind);
      const { metadata: { name, generateName } } = accepted(await api.post({ ...example, metadata: { ...metadata, generateName: "given-" } } as KubeObject));
      expect([generateName, name]).toEqual(["given-", expect.stringMatching(/^given-[a-z0-9]{5}$/)]);
      names.push(name!);
    }
    const pages: string[] = [];
    for (let query: Record<string, string> | undefined = { limit: "1" }; query;) {
      const { status, body } = await api.list(exampleOf(kind), { query });
      expect([status, body.items.length]).toEqual([200, 1]);
      pages.push(body.items[0].metadata.name);
      query = body.metadata.continue ? { limit: "1", continue: body.metadata.continue } : undefined;
      expect(body.metadata.remainingItemCount ?? 0).toBe((await api.list(exampleOf(kind))).body.items.length - pages.length);
    }
    expect(pages).toEqual(expect.arrayContaining(names));
    expect(new Set(pages).size).toBe(pages.length);
  });

  test("has its subresources: the status to read and write, the scale to turn", async () => {
    await using api = await apiForExamples();
    const created = await api.create(exampleOf(kind));
    for (const [subresource, { type, ...more }] of Object.entries(kind.subresources ?? {})) {
      const verbs = type === "scale" ? ["get", "update", "patch"] : "verbs" in more ? more.verbs : [];
      if (type === "connect" || type === "action" || !verbs.includes("get")) continue;
      const fetched = accepted(await api.fetch(created, { subresource }));
      expect(fetched.metadata.uid, subresource).toBe(created.metadata.uid);
      if (type === "view") expect(fetched, subresource).toEqual(created);
      else expect(fetched, subresource).toMatchObject({ apiVersion: "autoscaling/v1", kind: "Scale" });
      const path = api.path(created, created.metadata.name, subresource);
      if (verbs.includes("update")) expect((await api.send("PUT", path, { body: fetched })).body, subresource).toMatchObject({ kind: fetched.kind });
      if (verbs.includes("patch")) expect((await api.send("PATCH", path, { body: {}, patchType: "application/merge-patch+json" })).status, subresource).toBe(200);
      expect(await api.send("GET", path, { user: NOBODY })).toBeStatus(403, "Forbidden");
    }
    if (kind.subresources?.scale) {
      accepted(await api.mergePatch(created, { spec: { replicas: 7 } }, { subresource: "scale" }));
      expect(((await api.get(created)) as { spec?: { replicas?: number } }).spec?.replicas).toBe(7);
    }
    expect((await api.fetch(created, { subresource: "bogus" })).status).toBe(404);
  });

  test("refuses unknown fields when asked to be strict, and names them", async () => {
    await using api = await apiForExamples();
    const answer = await api.post({ ...exampleOf(kind), bogus: 1 } as KubeObject, { query: { fieldValidation: "Strict" } });
    expect(answer).toBeStatus(400, "BadRequest");
    expect(answer.body.message).toContain('unknown field "bogus"');
    const warned = await api.post({ ...exampleOf(kind), bogus: 1 } as KubeObject);
    expect(warned.warnings).toContain('unknown field "bogus"');
  });

  test("answers bad input with a Status of the client's fault", async () => {
    await using api = await apiForExamples();
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
    await using api = await apiForExamples();
    const revision = api.store.revision;
    const answer = accepted(await api.post(exampleOf(kind)));
    expect(answer.kind).toBe(kind.kind);
    expect(answer.status).toBeDefined();
    expect(api.store.revision).toBe(revision);
    expect(await api.list(exampleOf(kind))).toBeStatus(405, "MethodNotAllowed");
  });
});

const addressOf = ({ metadata }: KubeObject) => ({ name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) });
