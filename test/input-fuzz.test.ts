import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestServer } from "./harness/test-server.ts";

/**
 * Random text wherever a request has room for text: paths, queries, continue tokens, headers, JSON pointers, JSON paths. The
 * server always answers, never with a 500, and its refusals are Statuses. FUZZ_RUNS makes it longer.
 */
const parameters = { numRuns: Number(process.env.FUZZ_RUNS ?? 300), seed: Number(process.env.FUZZ_SEED ?? 1) };
const server = new TestServer();
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
let token = "";

beforeAll(async () => {
  for (const name of ["a", "b", "c"]) await server.fetch(CONFIG_MAPS, { method: "POST", json: { metadata: { name, labels: { app: name }, annotations: { "example.com/x": "y" } }, data: { k: "v" } } });
  token = ((await (await server.fetch(`${CONFIG_MAPS}?limit=1`)).json()) as { metadata: { continue: string } }).metadata.continue;
});
afterAll(() => server[Symbol.asyncDispose]());

async function check(path: string, init: Parameters<TestServer["fetch"]>[1] = {}): Promise<void> {
  const response = await server.fetch(path, init);
  const text = await response.text();
  const what = `${init.method ?? "GET"} ${path} ${JSON.stringify(init)}: ${response.status} ${text.slice(0, 300)}`;
  // A resourceVersion of the future is waited for in vain.
  if (response.status === 504) expect(text, what).toContain("Too large resource version");
  else expect(response.status, what).toBeLessThan(500);
  if (response.status >= 400) expect(JSON.parse(text), what).toMatchObject({ kind: "Status", code: response.status, message: expect.any(String) });
}

const pieces = (...values: string[]) => fc.array(fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: fc.string({ maxLength: 6 }) }), { maxLength: 8 }).map((parts) => parts.join(""));
/** A well-formed text with some of its characters changed, or cut. */
const damaged = (whole: () => string) => fc.array(fc.record({ at: fc.nat(500), to: fc.constantFrom("", "A", "=", "{", "\"", "-", "\u0000", "é", "9".repeat(30)) }), { maxLength: 3 })
  .map((changes) => changes.reduce((text, { at, to }) => { const i = at % Math.max(1, text.length); return text.slice(0, i) + to + text.slice(i + 1); }, whole()));

const selectors = pieces("a", "app", "=", "==", "!=", ",", " in ", " notin ", "(", ")", "!", "metadata.name", "metadata.namespace", ">", "<", "1", "\\", " ", "example.com/x");
const values: Record<string, fc.Arbitrary<string>> = {
  labelSelector: selectors, fieldSelector: selectors, continue: damaged(() => token),
  limit: pieces("1", "0", "-", "e", "9".repeat(25), "."), resourceVersion: pieces("1", "0", "-", "9".repeat(25), "x"),
  resourceVersionMatch: pieces("Exact", "NotOlderThan", "exact", ""), sendInitialEvents: pieces("true", "false", "1"), timeoutSeconds: pieces("1", "-", "x"), timeout: pieces("1", "s", "-", "h"),
  pretty: pieces("true", "1", "x"), dryRun: pieces("All", "all", ","), fieldValidation: pieces("Strict", "x"), fieldManager: pieces("m", "\n", "x".repeat(200)), gracePeriodSeconds: pieces("1", "-", "x"), propagationPolicy: pieces("Orphan", "x"), includeObject: pieces("None", "Object", "x"),
};
const queries = fc.subarray(Object.keys(values), { maxLength: 4 }).chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, values[name]!])))).map((query) => new URLSearchParams(query as Record<string, string>).toString());

test("any query of any verb", async () => {
  await fc.assert(fc.asyncProperty(queries, fc.constantFrom("GET", "POST", "PUT", "DELETE"), fc.boolean(), async (query, method, one) => {
    const path = `${CONFIG_MAPS}${one || method === "PUT" ? "/zzz" : ""}?${query}`;
    await check(path, method === "GET" || method === "DELETE" ? { method } : { method, json: { metadata: { name: "zzz" } } });
  }), parameters);
}, 120_000);

test("any path", async () => {
  const segment = fc.oneof(fc.constantFrom("api", "apis", "v1", "apps", "namespaces", "default", "pods", "configmaps", "a", "status", "log", "proxy", "scale", "openapi", "v2", "v3", "clusters", "healthz", "..", "", "%2e%2e", "%00", "a%2Fb", "%", "%zz", "é", "openid", "jwks", ".well-known"), fc.webSegment());
  await fc.assert(fc.asyncProperty(fc.array(segment, { minLength: 1, maxLength: 7 }), fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"), async (segments, method) => {
    if (segments.includes("watch")) return;
    const response = await server.fetch(`/${segments.join("/")}`, { method });
    expect(response.status, `${method} /${segments.join("/")}`).toBeLessThan(500);
  }), parameters);
}, 120_000);

test("any header that is read", async () => {
  const accept = pieces("application/json", "application/yaml", "application/vnd.kubernetes.protobuf", "*/*", ";as=Table", ";v=v1", ";g=meta.k8s.io", ";q=0.5", ",", ";", "=", "\"", "text/", ";as=PartialObjectMetadata", ";as=PartialObjectMetadataList");
  const latin = (text: string) => text.replaceAll(/[^\u0020-\u007e]/g, "");
  await fc.assert(fc.asyncProperty(accept, pieces("\"A\"", ",", "W/", "*", "\"", " "), pieces("a", "-", "\"", "{}"), fc.constantFrom("", "/a", "/nope"), async (type, etag, audit, name) => {
    await check(CONFIG_MAPS + name, { headers: { accept: latin(type), "audit-id": latin(audit) } });
    await check("/apis", { headers: { accept: latin(type), "if-none-match": latin(etag) } });
    await check("/openapi/v3/api/v1", { headers: { "if-none-match": latin(etag) } });
  }), { ...parameters, numRuns: parameters.numRuns / 5 });
}, 120_000);

test("any JSON pointer", async () => {
  const pointer = pieces("/", "/data", "/metadata", "/k", "~0", "~1", "~", "-", "0", "01", "-1", "/labels", "/annotations", "/finalizers", "__proto__", "constructor", "9".repeat(20));
  const operation = fc.record({ op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test", "x"), path: pointer, from: pointer, value: fc.jsonValue({ maxDepth: 2 }) }, { requiredKeys: ["op"] });
  await fc.assert(fc.asyncProperty(fc.array(operation, { maxLength: 5 }), async (operations) => {
    await check(`${CONFIG_MAPS}/a?dryRun=All`, { method: "PATCH", body: JSON.stringify(operations), headers: { "content-type": "application/json-patch+json" } });
  }), parameters);
}, 120_000);

test("any JSON path of a column, any pattern, any rule of a definition", async () => {
  const jsonPath = pieces(".", "a", "[", "]", "*", "..", "'b'", "\"", "0", ":", "@", "?(@.a=='b')", "{", "}", "\\.", "metadata", "-1", "$");
  const pattern = pieces("a", "(", ")", "[", "]", "*", "+", "?", "{1,3}", "{", "\\", "\\d", "\\p{L}", "|", "^", "$", "(?i)", "(?=", ".", "-");
  const rule = pieces("self", ".", "a", "==", "1", "(", ")", "'", "oldSelf", "&&", "has(self.a)", "[", "]", "matches", "?", ":");
  await fc.assert(fc.asyncProperty(jsonPath, pattern, rule, async (column, regex, cel) => {
    const schema = { type: "object", properties: { a: { type: "string", pattern: regex } }, "x-kubernetes-validations": [{ rule: cel }] };
    await check("/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All", { method: "POST", json: {
      apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "things.example.com" },
      spec: { group: "example.com", scope: "Namespaced", names: { plural: "things", kind: "Thing" }, versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema }, additionalPrinterColumns: [{ name: "A", type: "string", jsonPath: column }], selectableFields: [{ jsonPath: column }] }] },
    } });
  }), parameters);
}, 120_000);
