import { expect, test } from "vitest";
import { TestApi } from "../../../../test/harness/test-api.ts";
import type { Namespace } from "../../types/core-v1.generated.ts";
import { validateNamespace } from "./validate.ts";

const aNamespace = (name: string): Namespace => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });

test("a new namespace is Active, carries its name as a label and waits for its contents at its end", async () => {
  await using api = new TestApi();
  const created = await api.create({ ...aNamespace("a"), status: { phase: "Terminating" } });
  expect(created).toMatchObject({ metadata: { labels: { "kubernetes.io/metadata.name": "a" } }, spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } });
});

test("a generated name becomes the label too", async () => {
  await using api = new TestApi();
  const created = await api.create({ apiVersion: "v1", kind: "Namespace", metadata: { generateName: "a-" } });
  expect(created.metadata.labels).toEqual({ "kubernetes.io/metadata.name": created.metadata.name });
});

test("a deleted namespace is Terminating until its finalizer goes by the finalize door", async () => {
  await using api = new TestApi();
  const created = (await api.create(aNamespace("a"))) as Namespace;
  expect((await api.delete(created)).body).toMatchObject({ metadata: { deletionTimestamp: expect.any(String) }, status: { phase: "Terminating" } });
  const standing = (await api.get(created)) as Namespace;
  await api.put({ ...standing, spec: {} } as Namespace);
  expect(((await api.get(created)) as Namespace).spec?.finalizers).toEqual(["kubernetes"]);
  await api.put({ ...standing, metadata: { name: "a" }, spec: { finalizers: [] } } as Namespace, { subresource: "finalize" });
  expect(await api.fetch(created)).toBeStatus(404, "NotFound");
});

test("its phase follows its deletion", async () => {
  await using api = new TestApi();
  const created = await api.create(aNamespace("a"));
  const answer = await api.mergePatch(created, { status: { phase: "Terminating" } }, { subresource: "status" });
  expect(answer.body.message).toContain("status.Phase: Invalid value: \"Terminating\": may only be 'Active' if `deletionTimestamp` is empty");
});

test.each([["kubernetes", 0], ["a.b/c", 0], ["a", 1], ["a b", 1]])("finalizer %j has %i errors", (name, count) => {
  expect(validateNamespace({ ...aNamespace("a"), spec: { finalizers: [name] } })).toHaveLength(count);
});

test("names are labels, without dots", async () => {
  await using api = new TestApi();
  expect((await api.post(aNamespace("a.b"))).body.message).toContain("must not contain dots");
});
