import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeProtobuf } from "../../src/api/protobuf/codec.ts";
import { schemaOf } from "../../src/kinds/facts/table.ts";
import { builtinKinds } from "../../src/kinds/index.ts";
import type { Kind } from "../../src/kinds/kind.ts";
import type { KubeObject } from "../../src/kinds/object.ts";
import { arbitraryStruct, overlaid } from "../harness/arbitrary-object.ts";
import { RawClient } from "./support/http.ts";
import { startTestControlPlane, type TestInstallation } from "./support/installation.ts";

/** Random input on the wire, against the real server: it always answers, never with a 500, and its refusals are Statuses. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 150);
let installation: TestInstallation;
let client: RawClient;

beforeAll(async () => {
  installation = await startTestControlPlane();
  client = new RawClient(installation);
});
afterAll(async () => {
  client?.[Symbol.dispose]();
  await installation?.stop();
});

const kinds = fc.constantFrom(...builtinKinds);
const methods = fc.constantFrom("POST", "PUT", "PATCH", "DELETE");
const noises = fc.array(fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }), cut: fc.boolean() }), { minLength: 1, maxLength: 4 });

function collectionOf(kind: Kind, example: KubeObject): string {
  const root = example.apiVersion.includes("/") ? `/apis/${example.apiVersion}` : `/api/${example.apiVersion}`;
  return `${root}${kind.scope === "Namespaced" ? "/namespaces/default" : ""}/${kind.resource}`;
}

async function check(method: string, path: string, body: Uint8Array | string, contentType: string): Promise<void> {
  const { status, text } = await client.send({ method, path, body, headers: { "content-type": contentType } });
  const what = `${method} ${path} ${contentType}: ${text.slice(0, 200)}`;
  expect(status, what).toBeLessThan(500);
  if (status >= 400) expect(JSON.parse(text), what).toMatchObject({ kind: "Status", code: status, reason: expect.stringMatching(/./) });
}

test("bytes of an object, some of them changed, in every encoding", async () => {
  const types = fc.constantFrom("application/json", "application/yaml", "application/vnd.kubernetes.protobuf", "application/merge-patch+json", "application/apply-patch+yaml");
  await fc.assert(fc.asyncProperty(kinds, methods, types, noises, async (kind, method, type, noise) => {
    const example = kind.example!() as KubeObject;
    const whole = type.endsWith("protobuf") ? encodeProtobuf(example) : Buffer.from(JSON.stringify(example));
    const path = collectionOf(kind, example) + (method === "POST" ? "" : `/${example.metadata?.name ?? "x"}`);
    await check(method, `${path}${type.includes("apply") ? "?fieldManager=m" : ""}`, noisy(whole, noise), type);
  }), { numRuns: RUNS });
}, 120_000);

test("objects of any shape, in the order in which they come", async () => {
  await fc.assert(fc.asyncProperty(kinds.chain((kind) => fc.tuple(fc.constant(kind), arbitraryStruct(schemaOf(kind.versions[0].type!), 6))), methods, async ([kind, change], method) => {
    const example = kind.example!() as KubeObject;
    const path = collectionOf(kind, example) + (method === "POST" ? "" : `/${example.metadata?.name ?? "x"}`);
    const body = JSON.stringify(method === "PATCH" ? change : method === "DELETE" ? {} : overlaid(example, change));
    await check(method, path, body, method === "PATCH" ? "application/strategic-merge-patch+json" : "application/json");
  }), { numRuns: RUNS });
}, 120_000);

test("paths and queries of any kind", async () => {
  const segment = fc.oneof(fc.constantFrom("api", "apis", "v1", "apps", "namespaces", "default", "pods", "configmaps", "status", "log", "proxy", "watch", "clusters", "openapi", "..", "", "%2e%2e", "%00", "a%2Fb"), fc.webSegment());
  const query = fc.dictionary(fc.constantFrom("limit", "continue", "labelSelector", "fieldSelector", "resourceVersion", "resourceVersionMatch", "timeoutSeconds", "pretty", "dryRun", "gracePeriodSeconds"), fc.string({ maxLength: 12 }), { maxKeys: 3 });
  await fc.assert(fc.asyncProperty(fc.array(segment, { minLength: 1, maxLength: 7 }), query, fc.constantFrom("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"), async (segments, parameters, method) => {
    const path = `/${segments.join("/")}?${new URLSearchParams(parameters)}`;
    const { status } = await client.send({ method, path });
    expect(status === 504 && "resourceVersion" in parameters ? 0 : status, `${method} ${path}`).toBeLessThan(500);
  }), { numRuns: RUNS });
}, 120_000);

test("after all this the server still runs, and has logged no error of its own", async () => {
  expect((await client.send({ path: "/api/v1/namespaces/default" })).status).toBeOneOf([200, 404]);
  expect(readFileSync(`${installation.dataDir}/workerd.log`, "utf8")).not.toMatch(/"level":"error"|uncaught exception|reconcile failed/i);
});

function noisy(whole: Uint8Array, noise: readonly { at: number; byte: number; cut: boolean }[]): Uint8Array {
  let bytes = Uint8Array.from(whole);
  for (const { at, byte, cut } of noise) {
    const position = at % Math.max(1, bytes.length);
    if (cut) bytes = bytes.slice(0, position);
    else bytes[position] = byte;
  }
  return bytes;
}
