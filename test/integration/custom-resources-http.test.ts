import { expect, test } from "vitest";
import { testServer, type TestServer } from "../harness/test-server.ts";

const root = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const hosts = "/apis/example.com/v1/namespaces/default/hosts";
type Json = Record<string, any>;

const schema = { type: "object", description: "A host.", properties: { spec: { type: "object", description: "What is wanted.", properties: { port: { type: "integer", description: "Where it listens." }, zone: { type: "string" } } } } };
const definition = (plural = "hosts", kind = "Host"): Json => ({
  apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: `${plural}.example.com` },
  spec: {
    group: "example.com", scope: "Namespaced", names: { plural, kind, shortNames: [plural.slice(0, 3)], categories: ["all"] },
    versions: [
      { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema }, subresources: { status: {} }, additionalPrinterColumns: [{ name: "Port", type: "integer", jsonPath: ".spec.port" }], selectableFields: [{ jsonPath: ".spec.zone" }] },
      { name: "v1beta1", served: true, storage: false, deprecated: true, schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } } },
    ],
  },
});
const host = (name: string, spec: Json = { port: 80 }): Json => ({ apiVersion: "example.com/v1", kind: "Host", metadata: { name }, spec });

async function withHosts(): Promise<TestServer> {
  const server = await testServer({ controllers: [] });
  expect((await server.fetch(root, { method: "POST", json: definition() })).status).toBe(201);
  expect((await server.fetch(hosts, { method: "POST", json: host("a") })).status).toBe(201);
  return server;
}
const json = async (server: TestServer, path: string, accept = "application/json"): Promise<Json> => await (await server.fetch(path, { headers: { accept } })).json() as Json;

test("a definition is published at once in all forms of discovery, each version with its own doors", async () => {
  await using server = await withHosts();
  expect((await json(server, "/apis/example.com"))["versions"].map((v: Json) => v["version"])).toEqual(["v1", "v1beta1"]);
  expect((await json(server, "/apis/example.com/v1"))["resources"].map((r: Json) => [r["name"], r["shortNames"]])).toEqual([["hosts", ["hos"]], ["hosts/status", undefined]]);
  expect((await json(server, "/apis/example.com/v1beta1"))["resources"].map((r: Json) => r["name"])).toEqual(["hosts"]);
  const aggregated = async () => (await json(server, "/apis", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"))["items"].find((i: Json) => i["metadata"].name === "example.com");
  expect((await aggregated()).versions[0].resources.map((r: Json) => [r["resource"], r["categories"]])).toEqual([["hosts", ["all"]]]);
  expect((await server.fetch(root, { method: "POST", json: definition("guests", "Guest") })).status).toBe(201);
  expect((await aggregated()).versions[0].resources.map((r: Json) => r["resource"])).toEqual(["guests", "hosts"]);
  await server.fetch(`${root}/guests.example.com`, { method: "DELETE" });
});

test("OpenAPI shows what the author wrote, and its hash changes with the definition", async () => {
  await using server = await withHosts();
  const place = async () => (await json(server, "/openapi/v3"))["paths"]["apis/example.com/v1"].serverRelativeURL as string;
  const before = await place();
  const { components } = await json(server, before);
  expect(components.schemas["com.example.v1.Host"]).toMatchObject({
    description: "A host.", properties: { spec: schema.properties.spec, metadata: { allOf: [{ $ref: "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" }] } },
    "x-kubernetes-group-version-kind": [{ group: "example.com", version: "v1", kind: "Host" }], "x-kubernetes-selectable-fields": [{ fieldPath: "spec.zone" }],
  });
  const v2 = await json(server, "/openapi/v2");
  expect(v2["definitions"]["com.example.v1.Host"].properties.spec.properties.port).toEqual({ type: "integer", description: "Where it listens." });
  expect(v2["definitions"]["com.example.v1beta1.Host"]).toEqual({ type: "object", "x-kubernetes-group-version-kind": [{ group: "example.com", version: "v1beta1", kind: "Host" }] });
  const crd = await json(server, `${root}/hosts.example.com`);
  crd["spec"].versions[0].schema.openAPIV3Schema.description = "Another host.";
  expect((await server.fetch(`${root}/hosts.example.com`, { method: "PUT", json: crd })).status).toBe(200);
  expect((await server.fetch(before, { redirect: "manual" })).status).toBe(301);
  expect((await json(server, await place()))["components"].schemas["com.example.v1.Host"].description).toBe("Another host.");
});

test("tables have the columns of the version, which is warned of where it is deprecated", async () => {
  await using server = await withHosts();
  const table = "application/json;as=Table;v=v1;g=meta.k8s.io";
  expect((await json(server, hosts, table))["columnDefinitions"].map((c: Json) => [c["name"], c["type"]])).toEqual([["Name", "string"], ["Port", "integer"]]);
  const beta = await server.fetch(hosts.replace("v1", "v1beta1"), { headers: { accept: table } });
  expect(beta.headers.get("warning")).toBe('299 - "example.com/v1beta1 Host is deprecated; use example.com/v1 Host"');
  expect((await beta.json() as Json)["columnDefinitions"].map((c: Json) => [c["name"], c["type"]])).toEqual([["Name", "string"], ["Age", "date"]]);
});

test("custom resources have no protobuf, neither on the way in nor out; their metadata has", async () => {
  await using server = await withHosts();
  const protobuf = "application/vnd.kubernetes.protobuf";
  const refused = await server.fetch(`${hosts}/a`, { headers: { accept: protobuf } });
  expect([refused.status, (await refused.json() as Json)["reason"]]).toEqual([406, "NotAcceptable"]);
  expect((await server.fetch(`${hosts}/a`, { headers: { accept: `${protobuf},application/json` } })).headers.get("content-type")).toBe("application/json");
  const posted = await server.fetch(hosts, { method: "POST", headers: { "content-type": protobuf }, body: "k8s\0" });
  expect([posted.status, (await posted.json() as Json)["message"]]).toEqual([415, "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml"]);
  expect((await server.fetch(hosts, { headers: { accept: `${protobuf};as=PartialObjectMetadataList;v=v1;g=meta.k8s.io` } })).headers.get("content-type")).toBe(protobuf);
  const strategic = await server.fetch(`${hosts}/a`, { method: "PATCH", headers: { "content-type": "application/strategic-merge-patch+json" }, body: "{}" });
  expect([strategic.status, (await strategic.json() as Json)["message"]]).toEqual([415, "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"]);
});

test.each([
  ["POST", hosts, { ...host("b", { zzz: 1 }), metadata: { name: "b", yyy: 1 } }, 'Host in version "v1" cannot be handled as a Host: strict decoding error: unknown field "metadata.yyy", unknown field "spec.zzz"'],
  ["POST", hosts, '{"apiVersion":"example.com/v1","kind":"Host","metadata":{"name":"b"},"spec":{"port":1,"port":2}}', 'Host in version "v1" cannot be handled as a Host: strict decoding error: duplicate field "spec.port"'],
])("%s %s tells strict clients of unknown and repeated fields", async (method, path, body, message) => {
  await using server = await withHosts();
  const send = (validation: string) => server.fetch(`${path}?fieldValidation=${validation}&dryRun=All`, { method, headers: { "content-type": "application/json" }, body: typeof body === "string" ? body : JSON.stringify(body) });
  const strict = await send("Strict");
  expect([strict.status, (await strict.json() as Json)["message"]]).toEqual([400, message]);
  const warned = await send("Warn");
  expect([warned.status, warned.headers.get("warning")]).toEqual([201, message.replace(/^.*error: /, "").split(", ").map((text) => `299 - "${text.replaceAll('"', '\\"')}"`).join(", ")]);
  const ignored = await send("Ignore");
  expect([ignored.status, ignored.headers.get("warning")]).toEqual([201, null]);
});
