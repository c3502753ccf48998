import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aConfigMap, aDeployment, aService } from "../harness/builders.ts";
import { TestServer } from "../harness/test-server.ts";

/** What HTTP clients rely on whatever the resource is: forms of answers, and how requests that cannot be served are refused. */
const server = new TestServer();
const maps = "/api/v1/namespaces/default/configmaps";
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
const PROTOBUF = "application/vnd.kubernetes.protobuf";

beforeAll(async () => {
  for (let i = 0; i < 20; i++) await server.fetch(maps, { method: "POST", json: aConfigMap({ name: `map-${String(i).padStart(4, "0")}` }) });
});
afterAll(() => server[Symbol.asyncDispose]());

const get = async (path: string, headers: Record<string, string> = {}) => {
  const response = await server.fetch(path, { headers });
  return { status: response.status, headers: response.headers, text: await response.clone().text(), body: await response.json().catch(() => undefined) as any };
};

describe("discovery", () => {
  test("a slash at the end makes no difference", async () => {
    for (const path of ["/apis", "/apis/apps", "/apis/apps/v1", "/api", "/api/v1", "/version"]) expect([path, (await get(`${path}/`)).body]).toEqual([path, (await get(path)).body]);
  });

  test("each group prefers one of its versions, and each version lists resources", async () => {
    const { groups } = (await get("/apis/")).body;
    expect(groups.length).toBeGreaterThan(15);
    for (const { name } of groups) {
      const group = (await get(`/apis/${name}/`)).body;
      const versions = group.versions.map((v: any) => v.groupVersion);
      expect(versions).toContain(group.preferredVersion.groupVersion);
      for (const version of versions) {
        const list = (await get(`/apis/${version}`)).body;
        expect([list.kind, list.groupVersion]).toEqual(["APIResourceList", version]);
        expect(list.resources.length).toBeGreaterThan(0);
      }
    }
  });

  test("the root lists the paths", async () => {
    const { paths } = (await get("/")).body;
    expect(paths).toEqual(expect.arrayContaining(["/api", "/api/v1", "/apis", "/apis/apps", "/apis/apps/v1", "/healthz", "/openapi/v3", "/version"]));
    expect(paths).toEqual([...paths].sort());
    expect((await server.fetch("/", { token: "" })).status).toBe(401);
  });

  test("resources and groups that are not there are not found", async () => {
    expect((await get("/apis/not-these-apps/v1")).status).toBe(404);
    expect((await get("/apis/apps/v9")).status).toBe(404);
  });

  test("the storage version of a built-in kind has its hash", async () => {
    const { resources } = (await get("/api/v1")).body;
    expect(resources.find((r: any) => r.name === "pods").storageVersionHash).toBe("xPOwRZ+Yhw8=");
    expect(resources.find((r: any) => r.name === "componentstatuses").storageVersionHash).toBeUndefined();
    expect(resources.find((r: any) => r.name === "pods/exec").kind).toBe("PodExecOptions");
  });
});

describe("the timeout of a request", () => {
  test("must be a duration, on any path", async () => {
    for (const path of ["/version", "/apis", maps]) {
      const { status, text } = await get(`${path}?timeout=invalid`);
      expect([status, text]).toEqual([400, expect.stringContaining("invalid timeout specified in the request URL")]);
    }
  });

  test("may be zero, or longer than any request takes", async () => {
    for (const timeout of ["0s", "3m", "1h30m", ""]) expect((await get(`/version?timeout=${timeout}`)).status).toBe(200);
  });
});

describe("Tables", () => {
  test("come in chunks as lists do", async () => {
    const first = (await get(`${maps}?limit=2`, { accept: TABLE.replace("v=v1", "v=v1beta1") })).body;
    expect([first.kind, first.apiVersion, first.rows.map((r: any) => r.cells[0])]).toEqual(["Table", "meta.k8s.io/v1beta1", ["map-0000", "map-0001"]]);
    expect(first.metadata.resourceVersion).toMatch(/^\d+$/);
    const next = (await get(`${maps}?continue=${first.metadata.continue}`, { accept: TABLE })).body;
    expect(next.rows[0].cells[0]).toBe("map-0002");
  });

  test("do not exist of what is only answered", async () => {
    const review = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: { nonResourceAttributes: { path: "/", verb: "get" } } };
    const post = (accept: string) => server.fetch("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", { method: "POST", json: review, headers: { accept } });
    const refused = await post(TABLE);
    expect([refused.status, (await refused.json() as any).reason]).toEqual([406, "NotAcceptable"]);
    expect((await post(`${TABLE},application/json`)).status).toBe(201);
  });

  test("carry metadata, whole objects or nothing", async () => {
    const object = async (include: string) => (await get(`${maps}?limit=1&includeObject=${include}`, { accept: TABLE })).body.rows[0].object;
    expect((await object("Metadata")).kind).toBe("PartialObjectMetadata");
    expect((await object("")).kind).toBe("PartialObjectMetadata");
    expect((await object("Object")).data).toEqual({ key: "value" });
    expect(await object("None")).toBeUndefined();
    const { status, body } = await get(`${maps}?includeObject=All`, { accept: TABLE });
    expect([status, body.message]).toEqual([400, `Unable to convert to Table as requested: includeObject: Invalid value: "All": must be 'Metadata', 'Object', 'None', or empty`]);
  });

  test("of a view show what the kind shows, and of a scale its replicas", async () => {
    const web = aDeployment({ replicas: 3 });
    await server.fetch("/apis/apps/v1/namespaces/default/deployments", { method: "POST", json: web });
    const columns = async (subresource: string) => (await get(`/apis/apps/v1/namespaces/default/deployments/web/${subresource}`, { accept: TABLE })).body;
    expect((await columns("status")).columnDefinitions.map((c: any) => c.name)).toContain("Up-to-date");
    const scale = await columns("scale");
    expect(scale.columnDefinitions.map((c: any) => c.name)).toEqual(["Name", "Desired", "Available", "Age"]);
    expect(scale.rows[0].cells.slice(0, 3)).toEqual(["web", 3, 0]);
  });
});

describe("forms of answers", () => {
  test("the first acceptable one in the client's order, or none", async () => {
    const type = async (accept: string) => { const { status, headers } = await get(`${maps}/map-0000`, { accept }); return status === 200 ? headers.get("content-type") : status; };
    expect(await type(`${PROTOBUF},application/json`)).toBe(PROTOBUF);
    expect(await type(`application/json,${PROTOBUF}`)).toBe("application/json");
    expect(await type("application/json;q=0.1,application/yaml")).toBe("application/yaml");
    expect(await type("text/html, */*;q=0.5")).toBe("application/json");
    expect(await type("text/html")).toBe(406);
    expect(await type(`${PROTOBUF};as=Table;v=v1;g=meta.k8s.io`)).toBe(406);
    expect(await type("application/json;as=Table;v=v2;g=meta.k8s.io")).toBe(406);
    expect((await get(maps, { accept: "text/html" })).body).toMatchObject({ kind: "Status", reason: "NotAcceptable", code: 406, message: expect.stringMatching(/^only the following media types are accepted: application\/json/) });
  });

  test("indented for whoever asks for it or reads it himself", async () => {
    const isIndented = async (query: string, agent = "client/1") => (await get(`${maps}/map-0000${query}`, { "user-agent": agent })).text.includes("\n  ");
    expect([await isIndented("?pretty=true"), await isIndented("?pretty=1"), await isIndented("", "curl/8.5.0"), await isIndented("", "Mozilla/5.0 (X11)")]).toEqual([true, true, true, true]);
    expect([await isIndented(""), await isIndented("?pretty=false", "curl/8.5.0"), await isIndented("?pretty=maybe")]).toEqual([false, false, false]);
  });

  test("metadata alone, of one object and of a list", async () => {
    const one = (await get(`${maps}/map-0000`, { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" })).body;
    expect([one.kind, one.data]).toEqual(["PartialObjectMetadata", undefined]);
    expect((await get(maps, { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" })).status).toBe(406);
    expect((await get(`${maps}/map-0000`, { accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io" })).status).toBe(406);
  });
});

describe("what cannot be served", () => {
  const refused = async (method: string, path: string, init: { body?: string; headers?: Record<string, string> } = {}) => {
    const response = await server.fetch(path, { method, ...init });
    const { kind, status, reason, code } = await response.json() as any;
    expect([kind, status, code]).toEqual(["Status", "Failure", response.status]);
    return [response.status, reason];
  };

  test("methods that a path does not take", async () => {
    expect(await refused("PUT", maps)).toEqual([405, "MethodNotAllowed"]);
    expect(await refused("POST", `${maps}/map-0000`)).toEqual([405, "MethodNotAllowed"]);
    expect(await refused("POST", "/api/v1/configmaps", { body: "{}", headers: { "content-type": "application/json" } })).toEqual([405, "MethodNotAllowed"]);
    expect(await refused("DELETE", "/api/v1/namespaces")).toEqual([405, "MethodNotAllowed"]);
    expect(await refused("PATCH", maps, { body: "{}", headers: { "content-type": "application/merge-patch+json" } })).toEqual([405, "MethodNotAllowed"]);
  });

  test("bodies in no known form", async () => {
    expect(await refused("POST", maps, { body: "<x/>", headers: { "content-type": "application/xml" } })).toEqual([415, "UnsupportedMediaType"]);
    expect(await refused("PATCH", `${maps}/map-0000`, { body: "{}", headers: { "content-type": "application/json" } })).toEqual([415, "UnsupportedMediaType"]);
    expect(await refused("POST", maps, { body: "", headers: { "content-type": "application/json" } })).toEqual([400, "BadRequest"]);
    expect(await refused("POST", maps, { body: "{", headers: { "content-type": "application/json" } })).toEqual([400, "BadRequest"]);
  });

  test("bodies beyond three mebibytes", async () => {
    expect(await refused("POST", maps, { body: JSON.stringify({ x: "x".repeat(3_145_728) }), headers: { "content-type": "application/json" } })).toEqual([413, "RequestEntityTooLarge"]);
  });

  test("unknown parameters are no reason", async () => {
    expect((await get(`${maps}?unheardOf=1&limit=1`)).status).toBe(200);
  });
});

test("a patched name that is not the URL's, a repeated key, a repeated owner: each is told", async () => {
  const patch = async (body: string, type: string, query = "") => {
    const response = await server.fetch(`/api/v1/namespaces/default/services/web${query}`, { method: "PATCH", body, headers: { "content-type": type } });
    return { status: response.status, warning: response.headers.get("warning"), body: await response.json() as any };
  };
  await server.fetch("/api/v1/namespaces/default/services", { method: "POST", json: aService() });
  const strict = "?fieldValidation=Strict";
  const repeated = '{"metadata":{"labels":{"a":"1","a":"2"}}}';
  for (const type of ["application/merge-patch+json", "application/strategic-merge-patch+json"]) {
    expect((await patch(repeated, type, strict)).body.message).toContain('strict decoding error: duplicate field "metadata.labels.a"');
    expect(await patch(repeated, type)).toMatchObject({ status: 200, warning: expect.stringContaining('duplicate field \\"metadata.labels.a\\"') });
    expect((await patch('{"metadata":{"labels":{"a":"1","a":"3"}},"spec":{"x":1}}', type, strict)).body.message).toContain('strict decoding error: duplicate field "metadata.labels.a", unknown field "spec.x"');
    expect(await patch(repeated, type, "?fieldValidation=Ignore")).toMatchObject({ status: 200, warning: null });
  }
  const operations = '[{"op":"add","path":"/metadata/labels/b","value":"x","foo":1,"op":"add"},{"op":"add","path":"/spec/x","value":1}]';
  expect((await patch(operations, "application/json-patch+json", strict)).body.message)
    .toContain('strict decoding error: json patch unknown field "[0].foo", json patch duplicate field "[0].op", unknown field "spec.x"');
  const owner = { apiVersion: "v1", kind: "ConfigMap", name: "map-0000", uid: "u" };
  const owned = await server.fetch(maps, { method: "POST", json: aConfigMap({ name: "owned", ownerReferences: [owner, owner] }) });
  expect(owned.headers.get("warning")).toContain(".metadata.ownerReferences contains duplicate entries; API server dedups owner references");
  expect((await owned.json() as any).metadata.ownerReferences).toHaveLength(1);
  const nowhere = await server.fetch(maps, { method: "POST", json: aConfigMap({ name: "nowhere", ownerReferences: [{ ...owner, apiVersion: "a/b/c" }] }) });
  expect((await nowhere.json() as any).message).toContain('metadata.ownerReferences.apiVersion: Invalid value: "a/b/c": version must not be empty');
  for (const value of ["[]", "{}", '{"kind":"Secret"}']) expect((await patch(`[{"op":"replace","path":"","value":${value}}]`, "application/json-patch+json")).status).toBeOneOf([400, 422]);
});

test("YAML may repeat a key where JSON may", async () => {
  const post = (name: string, query: string) => server.fetch(`${maps}${query}`, { method: "POST", body: `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  a: "1"\n  a: "2"\n`, headers: { "content-type": "application/yaml" } });
  const strict = await post("strict", "?fieldValidation=Strict");
  expect([strict.status, (await strict.json() as any).message]).toEqual([400, expect.stringContaining('duplicate field "data.a"')]);
  const warned = await post("warned", "");
  expect([warned.status, warned.headers.get("warning"), (await warned.json() as any).data]).toEqual([201, expect.stringContaining("duplicate field"), { a: "2" }]);
  expect((await post("ignored", "?fieldValidation=Ignore")).status).toBe(201);
});

test("no object carries a selfLink, whoever sends one", async () => {
  const created = await server.fetch(maps, { method: "POST", json: aConfigMap({ name: "linked", selfLink: "/x" } as never) });
  expect((await created.json() as any).metadata.selfLink).toBeUndefined();
});
