import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { schemaOf } from "../src/kinds/facts/table.ts";
import { builtinKinds } from "../src/kinds/index.ts";
import type { KubeObject } from "../src/kinds/object.ts";
import { arbitraryStruct, overlaid } from "./harness/arbitrary-object.ts";
import { TestApi, type Answer } from "./harness/test-api.ts";

/**
 * Whatever a client sends, it gets an answer with a reason: nothing in decoding, defaulting, validation, patching or
 * field tracking throws. (In this harness an error that is no ApiError fails the test with its stack.)
 */
const RUNS = Number(process.env.FUZZ_RUNS ?? 60);
const PATCH_TYPES = { merge: "application/merge-patch+json", strategic: "application/strategic-merge-patch+json", apply: "application/apply-patch+yaml" } as const;

test.each(builtinKinds.filter((kind) => !kind.verbs || kind.verbs.includes("create")).map((kind) => [kind.resource, kind] as const))("%s: any object is taken or refused with a reason", async (_name, kind) => {
  await using api = new TestApi();
  await api.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "default" } } as KubeObject);
  const schema = schemaOf(kind.versions[0].type!);
  const example = kind.example!() as KubeObject;
  const stored = !kind.evaluate;
  if (stored) await api.create(structuredClone(example));
  const ways = stored ? (["create", "replace", "merge", "strategic", "apply", "status"] as const) : (["create"] as const);
  let count = 0;
  await fc.assert(fc.asyncProperty(arbitraryStruct(schema, 6), fc.constantFrom(...ways), async (change, way) => {
    const body = overlaid(structuredClone(example), change) as KubeObject;
    if (way === "create" && body.metadata && typeof body.metadata === "object") body.metadata.name = `n-${count++}`;
    const path = api.path(example, way === "create" ? undefined : example.metadata.name, way === "status" && kind.subresources?.status ? "status" : undefined);
    const answer = await sent(api, way, path, way === "create" || way === "replace" || way === "status" ? body : change, example);
    if (answer.status >= 400) expect(answer.body).toMatchObject({ kind: "Status", status: "Failure", code: answer.status, reason: expect.stringMatching(/./), message: expect.stringMatching(/./) });
    expect(answer.status).not.toBe(500);
  }), { numRuns: RUNS });
}, 600_000);

async function sent(api: TestApi, way: string, path: string, body: unknown, example: KubeObject): Promise<Answer> {
  if (way === "create") return await api.send("POST", path, { body });
  if (way === "replace" || way === "status") return await api.send("PUT", path, { body });
  const patchType = PATCH_TYPES[way as keyof typeof PATCH_TYPES];
  const { apiVersion, kind } = example;
  const named = way === "apply" ? { apiVersion, kind, ...(body as object) } : body;
  return await api.send("PATCH", path, { body: named, patchType, query: way === "apply" ? "fieldManager=m&force=true" : "" });
}

afterAll(() => { expect(({} as Record<string, unknown>).polluted).toBeUndefined(); });
