import { afterAll, describe, expect, test } from "vitest";
import { decodeProtobuf, encodeProtobuf } from "../src/api/protobuf/codec.ts";
import type { Kind } from "../src/kinds/kind.ts";
import type { KubeObject } from "../src/kinds/object.ts";
import { deepEqual } from "../src/lib/deep-equal.ts";
import { named, storedKinds } from "./harness/kinds-under-test.ts";
import { TestServer } from "./harness/test-server.ts";

/** What holds of every kind over HTTP: Tables, protobuf, metadata only. One server for all, since making one costs more than a test. */
const server = new TestServer();
afterAll(() => server[Symbol.asyncDispose]());
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
const PROTOBUF = "application/vnd.kubernetes.protobuf";
const PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";

function collection(kind: Kind, apiVersion: string): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}${kind.scope === "Namespaced" ? "/namespaces/default" : ""}/${kind.resource}`;
}

async function created(kind: Kind): Promise<{ object: KubeObject; path: string; list: string }> {
  const example = structuredClone(kind.example!()) as KubeObject;
  const list = collection(kind, example.apiVersion);
  const posted = await server.fetch(list, { method: "POST", json: example });
  const path = `${list}/${example.metadata.name}`;
  if (posted.status !== 201 && posted.status !== 409) throw new Error(await posted.text());
  return { object: (await (await server.fetch(path)).json()) as KubeObject, path, list };
}

/** Go writes some empty fields that a JSON client left out; protobuf knows no difference. */
function withoutZeros(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutZeros);
  if (typeof value !== "object" || value === null) return value === "" || value === 0 || value === null ? undefined : value;
  const members = Object.entries(value).map(([k, v]) => [k, withoutZeros(v)] as const).filter(([, v]) => v !== undefined);
  return members.length > 0 ? Object.fromEntries(members) : undefined;
}

await server.fetch("/api/v1/namespaces/default/serviceaccounts", { method: "POST", json: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } } });

describe.each(named(storedKinds))("%s", (_name, kind) => {
  test("is shown as a Table of its columns", async () => {
    const { list, object } = await created(kind);
    const response = await server.fetch(list, { headers: { accept: TABLE } });
    const table = (await response.json()) as any;
    expect(table.kind).toBe("Table");
    expect(table.columnDefinitions[0].name.toLowerCase()).toMatch(/name|last seen/);
    const row = table.rows.find((r: any) => r.object.metadata.name === object.metadata.name);
    expect(row.cells).toHaveLength(table.columnDefinitions.length);
  });

  test("goes through protobuf and back unchanged", async () => {
    const { path, object } = await created(kind);
    const response = await server.fetch(path, { headers: { accept: PROTOBUF } });
    if (response.headers.get("content-type")?.startsWith("application/json")) return;
    expect(decodeProtobuf(new Uint8Array(await response.arrayBuffer())).object).toSatisfy((decoded: unknown) => deepEqual(withoutZeros(decoded), withoutZeros(object)));
    const bytes = encodeProtobuf(object);
    const put = await server.fetch(path, { method: "PUT", body: bytes as BodyInit, headers: { "content-type": PROTOBUF } });
    expect(put.status, await put.clone().text()).toBe(200);
    // An empty string that was not there before counts as a change of the text.
    expect(withoutZeros({ ...(await put.json()) as object, metadata: 0 })).toEqual(withoutZeros({ ...object, metadata: 0 }));
  });

  test("is listed by its metadata alone", async () => {
    const { list, object } = await created(kind);
    const body = (await (await server.fetch(list, { headers: { accept: PARTIAL.replace("Metadata;", "MetadataList;") } })).json()) as any;
    expect(body.kind).toBe("PartialObjectMetadataList");
    expect(body.items.find((i: any) => i.metadata.name === object.metadata.name).metadata).toEqual(object.metadata);
  });

  test("is in discovery with its names and verbs", async () => {
    const { object } = await created(kind);
    const root = object.apiVersion.includes("/") ? `/apis/${object.apiVersion}` : `/api/${object.apiVersion}`;
    const { resources } = (await (await server.fetch(root)).json()) as any;
    expect(resources.find((r: any) => r.name === kind.resource)).toMatchObject({ kind: kind.kind, namespaced: kind.scope === "Namespaced" });
  });

  test("is in the published OpenAPI: its paths, its definition, and what explains it", async () => {
    const { object } = await created(kind);
    const [group, version] = object.apiVersion.includes("/") ? object.apiVersion.split("/") : ["", object.apiVersion];
    const { paths, components } = (await (await server.fetch(`/openapi/v3/${group ? `apis/${group}` : "api"}/${version}`)).json()) as any;
    const path = collection(kind, object.apiVersion).replace("/namespaces/default/", "/namespaces/{namespace}/");
    const verbs: readonly string[] = kind.verbs ?? ["create", "list", "get", "update", "patch", "delete", "deletecollection"];
    const methods = (at: string) => Object.keys(paths[at] ?? {}).filter((key) => key !== "parameters").sort();
    expect(methods(path)).toEqual([...(verbs.includes("deletecollection") ? ["delete"] : []), "get", "post"]);
    expect(methods(`${path}/{name}`)).toEqual(["delete", "get", "patch", "put"]);
    const definition = Object.values<any>(components.schemas).find((s) => s["x-kubernetes-group-version-kind"]?.some((gvk: any) => gvk.kind === kind.kind && gvk.group === group && gvk.version === version));
    expect(definition.description).toMatch(/\w/);
    for (const field of Object.keys(object)) expect(definition.properties, field).toHaveProperty([field]);
  });

  test("is closed to strangers", async () => {
    const { path } = await created(kind);
    expect((await server.fetch(path, { token: "" })).status).toBe(401);
    expect((await server.fetch(path, { token: "nonsense" })).status).toBe(401);
  });
});
