import { describe, expect, test } from "vitest";
import { fakeCluster, served, TOKEN } from "./testing/fake-cluster.ts";
import { clusterRoutes } from "./routes.ts";

const json = async (response: Response): Promise<any> => await response.json();

describe("authorization", () => {
  test("anonymous users get health and version, and nothing else", async () => {
    const { fetch } = served(fakeCluster());
    for (const { methods, path, authorization } of clusterRoutes) {
      const concrete = path.replace("/*", "/pods").replace(/:check/, "ping").replace(/:version/, "v1").replace(/:group/, "apps").replace(/:node/, "n");
      const response = await fetch(concrete, { method: methods[0], anonymous: true });
      if (authorization !== "public" && authorization !== "optional") expect([path, response.status]).toEqual([path, 401]);
      else expect([200, 404]).toContain(response.status);
    }
    expect((await fetch("/nowhere", { anonymous: true })).status).toBe(401);
  });

  test("a slash at the end of what OpenAPI writes with one changes nothing", async () => {
    const { fetch } = served(fakeCluster());
    for (const path of ["/version", "/api", "/api/v1", "/apis", "/apis/apps", "/apis/apps/v1", "/.well-known/openid-configuration", "/openid/v1/jwks"]) {
      const [plain, withSlash] = [await fetch(path), await fetch(`${path}/`)];
      expect([path, withSlash.status, await withSlash.text()]).toEqual([path, 200, await plain.text()]);
    }
    expect((await fetch("/version/more")).status).toBe(404);
  });

  test("a token of another cluster is worth nothing", async () => {
    const { fetch } = served(fakeCluster());
    const response = await fetch("/clusters/other/api/v1/pods");
    expect(response.status).toBe(404);
    expect((await fetch("/api/v1/pods", { headers: { authorization: "Bearer x.y.z" } })).status).toBe(401);
  });

  test("whom to impersonate is told to the Cluster, which decides", async () => {
    const cluster = fakeCluster();
    await served(cluster).fetch("/api/v1/pods", { headers: { "impersonate-user": "eve" } });
    expect(cluster.requests.map(({ user }) => user)).toEqual([expect.objectContaining({ username: "kubernetes-admin", impersonate: { username: "eve" } })]);
  });

  test("a request without a token does not ask the Cluster", async () => {
    let asked = 0;
    const cluster = fakeCluster({ authentication: async () => { asked++; return undefined; } });
    expect((await served(cluster).fetch("/api/v1/pods", { anonymous: true })).status).toBe(401);
    expect(asked).toBe(0);
  });

  test("a node's tunnel is for that node alone", async () => {
    const headers = { upgrade: "websocket", "sec-websocket-protocol": "isopod-tunnel.v1" };
    const tunnel = { fetch: async () => { throw new Error("reached"); } };
    expect((await served(fakeCluster(), { tunnel }).fetch("/isopod/v1/tunnel/n1", { headers })).status).toBe(403);
  });

  test("a refused path answers with the Cluster's Status", async () => {
    const refused = { status: 403, body: `{"kind":"Status","code":403}` };
    const { fetch } = served(fakeCluster({ authorizePath: async () => ({ refused }), servePath: async () => refused }));
    expect((await fetch("/apis")).status).toBe(403);
    expect((await fetch("/metrics")).status).toBe(403);
  });
});

describe("addressing", () => {
  test("the default cluster, one below /clusters and one by host name are the same cluster's paths", async () => {
    const cluster = fakeCluster();
    const { fetch, env } = served(cluster, { env: { CLUSTER_DOMAIN: "api.test" } });
    await fetch("/api/v1/pods");
    await fetch(`/clusters/${env.DEFAULT_CLUSTER}/api/v1/pods`);
    expect(cluster.requests.map((r) => [r.resource, r.verb])).toEqual([["pods", "list"], ["pods", "list"]]);
    expect(cluster.requests[1]!.origin).toBe(`https://api.test/clusters/${env.DEFAULT_CLUSTER}`);
  });

  test("a cluster's root below its prefix is its root", async () => {
    const { fetch, env } = served(fakeCluster());
    for (const path of ["/", `/clusters/${env.DEFAULT_CLUSTER}/`]) expect((await fetch(path)).status, path).toBe(200);
  });

  test("an unknown path is a 404 Status", async () => {
    const response = await served(fakeCluster()).fetch("/nowhere");
    expect(response.status).toBe(404);
    expect(await json(response)).toMatchObject({ kind: "Status", reason: "NotFound", code: 404 });
  });

  test("a method that a path does not take is a 405 Status", async () => {
    const response = await served(fakeCluster()).fetch("/api/v1/pods", { method: "PUT", body: "{}" });
    expect([response.status, (await json(response)).reason]).toEqual([405, "MethodNotAllowed"]);
  });
});

describe("requests", () => {
  test("JSON passes unread in both directions", async () => {
    const cluster = fakeCluster({ answer: (r) => ({ status: 201, body: r.body!, warnings: [`say "hi"`] }) });
    const body = `{ "kind": "ConfigMap",\n"apiVersion":"v1" }`;
    const response = await served(cluster).fetch("/api/v1/namespaces/a/configmaps?dryRun=All", { method: "POST", body });
    expect([response.status, await response.text()]).toEqual([201, body]);
    expect(response.headers.get("warning")).toBe(`299 - "say \\"hi\\""`);
    expect(response.headers.get("audit-id")).toBeTruthy();
    expect(cluster.requests[0]).toMatchObject({ verb: "create", resource: "configmaps", namespace: "a", query: "dryRun=All", body, user: { username: "kubernetes-admin" } });
  });

  test("YAML becomes JSON, and is answered as YAML where that is asked for", async () => {
    const cluster = fakeCluster({ answer: (r) => ({ status: 201, body: r.body! }) });
    const response = await served(cluster).fetch("/api/v1/namespaces/a/configmaps", {
      method: "POST", body: "kind: ConfigMap\napiVersion: v1\n", headers: { "content-type": "application/yaml", accept: "application/yaml" },
    });
    expect(await response.text()).toBe("kind: ConfigMap\napiVersion: v1\n");
  });

  test("a body beyond the limit is refused in the words that helm knows", async () => {
    const response = await served(fakeCluster()).fetch("/api/v1/namespaces/a/configmaps", { method: "POST", body: "x".repeat(3_145_729) });
    expect(response.status).toBe(413);
    expect(await json(response)).toMatchObject({ reason: "RequestEntityTooLarge", message: "Request entity too large: limit is 3145728" });
  });

  test("unknown content types are 415, unacceptable answers 406", async () => {
    const { fetch } = served(fakeCluster());
    expect((await fetch("/api/v1/namespaces/a/configmaps", { method: "POST", body: "a", headers: { "content-type": "text/csv" } })).status).toBe(415);
    expect((await fetch("/api/v1/namespaces/a/configmaps/b", { method: "PATCH", body: "{}", headers: { "content-type": "application/json" } })).status).toBe(415);
    expect((await fetch("/api/v1/namespaces/a/configmaps/b", { headers: { accept: "image/png" } })).status).toBe(406);
  });

  test("bad protobuf and bad YAML are 400", async () => {
    const { fetch } = served(fakeCluster());
    for (const [type, body] of [["application/vnd.kubernetes.protobuf", "k8s\0\xff\xff"], ["application/yaml", "a: [b"]] as const) {
      expect((await fetch("/api/v1/namespaces/a/configmaps", { method: "POST", body, headers: { "content-type": type } })).status).toBe(400);
    }
  });

  test("an unknown error is a 500 that tells nothing but the request's id", async () => {
    const { fetch } = served(fakeCluster({ handle: async () => { throw new Error("secret detail"); } }));
    const response = await fetch("/api/v1/namespaces/a/configmaps/b", { headers: { "audit-id": "abc" } });
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).toContain("abc");
    expect(text).not.toContain("secret detail");
  });

  test("long answers are compressed for clients that take it, short ones are not", async () => {
    const body = JSON.stringify({ kind: "PodList", apiVersion: "v1", metadata: {}, items: ["x".repeat(200_000)] });
    const { fetch } = served(fakeCluster({ answer: () => ({ status: 200, body }) }));
    const long = await fetch("/api/v1/pods", { headers: { "accept-encoding": "gzip" } });
    expect(long.headers.get("content-encoding")).toBe("gzip");
    expect(await new Response(long.body!.pipeThrough(new DecompressionStream("gzip") as never)).text()).toBe(body);
    expect((await fetch("/api/v1/pods")).headers.get("content-encoding")).toBe(null);
  });
});

describe("forms of answers", () => {
  const list = { kind: "ConfigMapList", apiVersion: "v1", metadata: { resourceVersion: "9" }, items: [{ kind: "ConfigMap", apiVersion: "v1", metadata: { name: "a", creationTimestamp: "2020-01-01T00:00:00Z" }, data: { x: "1" } }] };
  const cluster = () => fakeCluster({ answer: () => ({ status: 200, body: JSON.stringify(list).replace('"items":[', '"items":[\n').replace(/\]\}$/, "\n]}") }) });

  test("a Table has the kind's columns and rows with metadata", async () => {
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    const table = await json(await served(cluster()).fetch("/api/v1/configmaps", { headers: { accept } }));
    expect(table).toMatchObject({ kind: "Table", apiVersion: "meta.k8s.io/v1", metadata: { resourceVersion: "9" }, rows: [{ object: { kind: "PartialObjectMetadata", metadata: { name: "a" } } }] });
    expect(table.columnDefinitions[0]).toMatchObject({ name: "Name", type: "string", format: "name" });
    expect(table.rows[0].cells[0]).toBe("a");
    const bare = await json(await served(cluster()).fetch("/api/v1/configmaps?includeObject=None", { headers: { accept } }));
    expect(bare.rows[0].object).toBeUndefined();
  });

  test("metadata alone, as a list", async () => {
    const answer = await json(await served(cluster()).fetch("/api/v1/configmaps", { headers: { accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" } }));
    expect(answer).toMatchObject({ kind: "PartialObjectMetadataList", items: [{ kind: "PartialObjectMetadata", metadata: { name: "a" } }] });
    expect(answer.items[0].data).toBeUndefined();
  });

  test("protobuf where the client prefers it", async () => {
    const response = await served(cluster()).fetch("/api/v1/configmaps", { headers: { accept: "application/vnd.kubernetes.protobuf,application/json" } });
    expect(response.headers.get("content-type")).toBe("application/vnd.kubernetes.protobuf");
    expect(new TextDecoder().decode((await response.arrayBuffer()).slice(0, 4))).toBe("k8s\0");
  });
});

describe("what is published", () => {
  test("discovery comes aggregated, with an ETag that is answered with 304", async () => {
    const { fetch } = served(fakeCluster());
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
    const response = await fetch("/apis", { headers: { accept } });
    expect(response.headers.get("content-type")).toBe("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
    expect(response.headers.get("vary")).toContain("Accept");
    const document = await json(response);
    expect(document.items.map((g: any) => g.metadata.name)).toContain("apps");
    const apps = document.items.find((g: any) => g.metadata.name === "apps").versions[0].resources;
    expect(apps.find((r: any) => r.resource === "deployments")).toMatchObject({ scope: "Namespaced", responseKind: { group: "apps", version: "v1", kind: "Deployment" } });
    const again = await fetch("/apis", { headers: { accept, "if-none-match": response.headers.get("etag")! } });
    expect(again.status).toBe(304);
  });

  test("and as the older lists", async () => {
    const { fetch } = served(fakeCluster());
    expect(await json(await fetch("/api"))).toMatchObject({ kind: "APIVersions", versions: ["v1"] });
    expect((await json(await fetch("/apis"))).groups.map((g: any) => g.name)).toContain("rbac.authorization.k8s.io");
    expect(await json(await fetch("/apis/apps"))).toMatchObject({ kind: "APIGroup", name: "apps", preferredVersion: { groupVersion: "apps/v1" } });
    const pods = (await json(await fetch("/api/v1"))).resources.find((r: any) => r.name === "pods");
    expect(pods).toMatchObject({ singularName: "pod", namespaced: true, kind: "Pod", shortNames: ["po"] });
    expect((await fetch("/apis/nope/v1")).status).toBe(404);
    expect((await fetch("/apis/apps/v9")).status).toBe(404);
  });

  test("a custom resource appears as soon as the cluster tells of it", async () => {
    const cluster = fakeCluster();
    const { fetch } = served(cluster);
    expect((await fetch("/apis/example.org/v1")).status).toBe(404);
    cluster.custom.push(JSON.stringify({ group: "example.org", kind: "Widget", resource: "widgets", singular: "widget", scope: "Cluster", versions: [{ version: "v1beta1" }, { version: "v1" }] }));
    const group = await json(await fetch("/apis/example.org"));
    expect(group.versions.map((v: any) => v.version)).toEqual(["v1", "v1beta1"]);
  });

  test("OpenAPI v3 is immutable under its hash and redirects from a wrong one", async () => {
    const { fetch } = served(fakeCluster());
    const url = (await json(await fetch("/openapi/v3"))).paths["apis/apps/v1"].serverRelativeURL;
    expect((await fetch(url)).headers.get("cache-control")).toContain("immutable");
    const wrong = await fetch("/openapi/v3/apis/apps/v1?hash=1", { redirect: "manual" });
    expect([wrong.status, wrong.headers.get("location")]).toEqual([301, url]);
  });

  test("version, health and the token issuer", async () => {
    const { fetch } = served(fakeCluster());
    expect((await json(await fetch("/version"))).gitVersion).toBe("v1.36.0+isopod");
    const anybody = { headers: { authorization: "" } };
    expect(await (await fetch("/readyz?verbose", anybody)).text()).toContain("[+]ping ok");
    expect((await fetch("/healthz/nothing", anybody)).status).toBe(404);
    expect((await json(await fetch("/openid/v1/jwks"))).keys[0].alg).toBe("ES256");
    expect((await json(await fetch("/.well-known/openid-configuration"))).jwks_uri).toContain("/openid/v1/jwks");
  });
});

test("the token can also come in a WebSocket subprotocol", async () => {
  const protocol = `base64url.bearer.authorization.k8s.io.${btoa(TOKEN).replaceAll("=", "")}`;
  const response = await served(fakeCluster()).fetch("/api/v1/pods", { anonymous: true, headers: { "sec-websocket-protocol": protocol } });
  expect(response.status).toBe(200);
});
