import { afterAll, beforeAll, expect, test } from "vitest";
import { TestServer } from "../harness/test-server.ts";
import { apiClientOperations } from "../harness/client-operations.ts";

/** What is published under /openapi, as a tool finds it that was made for any OpenAPI: valid, complete, without contradictions. */
const server = new TestServer();
afterAll(() => server[Symbol.asyncDispose]());

const METHODS = ["get", "put", "post", "delete", "patch", "options", "head"];
const crd = {
  apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com", scope: "Namespaced", names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
    versions: ["v1", "v1beta1"].map((name) => ({
      name, served: true, storage: name === "v1", subresources: { status: {}, scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" } },
      schema: { openAPIV3Schema: { type: "object", description: "A widget.", properties: {
        spec: { type: "object", required: ["size"], properties: {
          size: { type: "integer", format: "int32", minimum: 1, maximum: 9, exclusiveMaximum: true }, replicas: { type: "integer", default: 1 }, port: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] },
          note: { type: "string", nullable: true, pattern: "^[a-z]*$" }, pod: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true }, free: { "x-kubernetes-preserve-unknown-fields": true },
          parts: { type: "array", maxItems: 10, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"], items: { type: "object", required: ["id"], properties: { id: { type: "string" } } } },
          labels: { type: "object", additionalProperties: { type: "string", enum: ["a", "b"] } },
        }, "x-kubernetes-validations": [{ rule: "self.size > 0", message: "must be positive" }] },
        status: { type: "object", properties: { replicas: { type: "integer" } } },
      } } },
    })),
  },
};

const json = async (path: string): Promise<any> => {
  const response = await server.fetch(path, { headers: { accept: "application/json" } });
  expect(response.status, path).toBe(200);
  return await response.json();
};

/** Parsed anew for each use: the validator replaces references in it. */
let v3: Map<string, string>;
beforeAll(async () => {
  expect((await server.fetch("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", { method: "POST", json: crd })).status).toBe(201);
  const { paths } = await json("/openapi/v3");
  v3 = new Map();
  for (const [name, { serverRelativeURL }] of Object.entries<any>(paths)) v3.set(name, JSON.stringify(await json(serverRelativeURL)));
});

// Loaded where it is used: nothing else needs it, and its types want a package of their own.
const { default: SwaggerParser } = await import("@apidevtools/swagger-parser" as string) as { default: { validate(document: object): Promise<unknown> } };

test("every document that the index of v3 names is valid OpenAPI, custom resources included", async () => {
  expect([...v3.keys()]).toEqual(expect.arrayContaining(["api", "api/v1", "apis", "apis/apps", "apis/apps/v1", "apis/example.com/v1", "apis/example.com/v1beta1", "version"]));
  for (const [name, text] of v3) await expect(SwaggerParser.validate(JSON.parse(text)), name).resolves.toBeDefined();
}, 120_000);

test("the v2 document is valid Swagger", async () => {
  await expect(SwaggerParser.validate(await json("/openapi/v2"))).resolves.toBeDefined();
}, 120_000);

test("operations have ids of their own, say what they do, and declare every part of their path", async () => {
  const seen = new Map<string, string>();
  for (const text of v3.values()) {
    for (const [path, item] of Object.entries<any>(JSON.parse(text).paths)) {
      for (const method of METHODS.filter((m) => item[m])) {
        const operation = item[method];
        expect(seen.get(operation.operationId), operation.operationId).toBeUndefined();
        seen.set(operation.operationId, path);
        const declared = [...(item.parameters ?? []), ...(operation.parameters ?? [])];
        const inPath = declared.filter((p: any) => p.in === "path").map((p: any) => p.name).sort();
        expect(inPath, path).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort());
        expect(new Set(declared.map((p: any) => `${p.in} ${p.name}`)).size, `${method} ${path}`).toBe(declared.length);
        if (!path.endsWith("/")) expect(operation, `${method} ${path}`).toMatchObject({ "x-kubernetes-action": expect.any(String), "x-kubernetes-group-version-kind": { kind: expect.any(String) } });
      }
    }
  }
});

test("what is published is served: no path is unknown to the server", async () => {
  for (const text of v3.values()) {
    for (const [path, item] of Object.entries<any>(JSON.parse(text).paths)) {
      if (!item.get || path.includes("/watch/")) continue;
      const asked = path.replaceAll("{namespace}", "default").replaceAll("{name}", "absent").replaceAll("{path}", "x");
      const response = await server.fetch(asked);
      if (response.status !== 404) expect(response.status, asked).toBe(200);
      else expect(await response.json(), asked).toMatchObject({ reason: "NotFound", details: { name: "absent" } });
    }
  }
}, 60_000);

/** Of features that are off by default upstream as well. */
const QUERIES_NOT_OFFERED = new Set(["shardSelector", "ignoreStoreReadErrorWithClusterBreakingPotential"]);
/** No files of logs on a control plane without files. */
const NOT_OFFERED = /^get \/logs/;

test("whatever the official client can call is published, under its name and with its queries", async () => {
  const { paths, info } = await json("/openapi/v2");
  expect(info.version).toMatch(/^v1\.36\./);
  const missing: string[] = [];
  for (const { method, path, name, queries } of apiClientOperations()) {
    const item = paths[path] ?? paths[`${path}/`];
    const operation = item?.[method];
    if (!operation) missing.push(`${method} ${path}`);
    if (!operation) continue;
    const offered = [...(item.parameters ?? []), ...operation.parameters].filter((p: any) => p.in === "query").map((p: any) => p.name);
    missing.push(...queries.filter((q) => !offered.includes(q) && !QUERIES_NOT_OFFERED.has(q)).map((q) => `${method} ${path}?${q}`));
    const verb = /^[a-z]+/.exec(name)![0];
    if (operation["x-kubernetes-action"]) expect(operation.operationId, path).toSatisfy((id: string) => id.startsWith(verb) && id.endsWith(name.slice(verb.length)));
  }
  expect(missing.filter((what) => !NOT_OFFERED.test(what))).toEqual([]);
});

/** Upstream has no words for these either. */
const WITHOUT_WORDS = /\.JSONSchemaProps\.|\.ExternalDocumentation\.|\.CustomResourceSubresourceStatus$|\.version\.Info$|\.WatchEvent\.type$/;

test("kinds and fields are described, as kubectl explain shows them: by a text of their own, or by that of their type", () => {
  const undescribed = new Set<string>();
  for (const text of v3.values()) {
    const schemas = JSON.parse(text).components?.schemas ?? {};
    const described = (schema: any): boolean => schema.description || [schema, schema.items, schema.additionalProperties].flatMap((s) => s?.allOf ?? s ?? []).some((s: any) => s.$ref && schemas[s.$ref.split("/").at(-1)].description);
    for (const [name, schema] of Object.entries<any>(schemas).filter(([n]) => n.startsWith("io.k8s."))) {
      if (!schema.description) undescribed.add(name);
      for (const [field, property] of Object.entries<any>(schema.properties ?? {})) if (!described(property)) undescribed.add(`${name}.${field}`);
    }
  }
  expect([...undescribed].filter((name) => !WITHOUT_WORDS.test(name))).toEqual([]);
});

test("descriptions are plain text, not the escapes of where they come from", () => {
  expect([...v3.values()].flatMap((text) => text.match(/.{20}\\\\'.{5}/g) ?? [])).toEqual([]);
});
