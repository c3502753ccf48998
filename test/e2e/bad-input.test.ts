import { afterAll, beforeAll, expect, test } from "vitest";
import { RawClient, type RawRequest } from "./support/http.ts";
import { startTestControlPlane, type TestInstallation } from "./support/installation.ts";

/** What clients get wrong, against the real server: code and reason are upstream's, and nothing is ever a 500. */
let installation: TestInstallation;
let client: RawClient;

beforeAll(async () => {
  installation = await startTestControlPlane();
  client = new RawClient(installation);
  for (const name of ["one", "two"]) await sendJson("POST", MAPS, { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { a: "1" } });
  await sendJson("POST", "/apis/apps/v1/namespaces/default/replicasets", replicaSet);
});
afterAll(async () => {
  client?.[Symbol.dispose]();
  await installation?.stop();
});

const MAPS = "/api/v1/namespaces/default/configmaps";
const PODS = "/api/v1/namespaces/default/pods";
const REPLICA_SETS = "/apis/apps/v1/namespaces/default/replicasets";
const JSON_TYPE = "application/json";
const PROTOBUF = "application/vnd.kubernetes.protobuf";
const MIB = 1_048_576;

const replicaSet = {
  apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { name: "web" },
  spec: { replicas: 0, selector: { matchLabels: { a: "b" } }, template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } } },
};
const map = (fields: object) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" }, ...fields });
const pod = (spec: object) => ({ apiVersion: "v1", kind: "Pod", metadata: { name: "x" }, spec: { containers: [{ name: "c", image: "i" }], ...spec } });
const sendJson = (method: string, path: string, body: unknown) => client.send({ method, path, body: JSON.stringify(body), headers: { "content-type": JSON_TYPE } });

type Case = [what: string, request: RawRequest, code: number, reason: string];

const post = (path: string, body: string | Uint8Array, type: string = JSON_TYPE): RawRequest => ({ method: "POST", path, body, headers: { "content-type": type } });
const postJson = (path: string, body: unknown): RawRequest => post(path, JSON.stringify(body));
const patch = (body: string, type: string, path = `${MAPS}/one`): RawRequest => ({ method: "PATCH", path, body, headers: { "content-type": type } });
const get = (path: string, headers: Record<string, string> = {}): RawRequest => ({ path, headers });
const put = (path: string, body: unknown): RawRequest => ({ ...postJson(path, body), method: "PUT" });
const del = (path: string, body?: unknown): RawRequest => ({ method: "DELETE", path, ...(body !== undefined && { body: JSON.stringify(body), headers: { "content-type": JSON_TYPE } }) });

const bodies: Case[] = [
  ["JSON that ends early", post(MAPS, '{"kind":"ConfigMap"'), 400, "BadRequest"],
  ["no JSON at all", post(MAPS, "hello"), 400, "BadRequest"],
  ["an empty body", post(MAPS, ""), 400, "BadRequest"],
  ["null", post(MAPS, "null"), 400, "BadRequest"],
  ["a list", post(MAPS, "[]"), 400, "BadRequest"],
  ["a string", post(MAPS, '"x"'), 400, "BadRequest"],
  ["brackets without end", post(MAPS, "[".repeat(100_000)), 400, "BadRequest"],
  ["JSON nested ten thousand deep", post(MAPS, `{"data":${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}}`), 400, "BadRequest"],
  ["two documents", post(MAPS, '{"metadata":{"name":"x"}}{"metadata":{"name":"y"}}'), 400, "BadRequest"],
  ["a byte that is no UTF-8 before the JSON", post(MAPS, new Uint8Array([0xff, 0xfe, 0x7b, 0x7d])), 400, "BadRequest"],
  ["YAML that is not well formed", post(MAPS, "metadata: [a: {", "application/yaml"), 400, "BadRequest"],
  ["YAML aliases that multiply", post(MAPS, yamlBomb(), "application/yaml"), 400, "BadRequest"],
  ["an unknown YAML tag", post(MAPS, "metadata: !!js/function x", "application/yaml"), 400, "BadRequest"],
  ["protobuf without its magic", post(MAPS, "hello", PROTOBUF), 400, "BadRequest"],
  ["protobuf that ends early", post(MAPS, new Uint8Array([0x6b, 0x38, 0x73, 0, 0x0a, 0x20, 1]), PROTOBUF), 400, "BadRequest"],
  ["protobuf of noise", post(MAPS, new Uint8Array([0x6b, 0x38, 0x73, 0, ...Array.from({ length: 400 }, (_, i) => (i * 37) & 255)]), PROTOBUF), 400, "BadRequest"],
  ["another kind", postJson(MAPS, { apiVersion: "v1", kind: "Secret", metadata: { name: "x" } }), 400, "BadRequest"],
  ["another group", postJson(MAPS, map({ apiVersion: "apps/v1" })), 400, "BadRequest"],
  ["an apiVersion that is none", postJson(MAPS, map({ apiVersion: "a/b/c" })), 400, "BadRequest"],
  ["metadata as a string", postJson(MAPS, map({ metadata: "x" })), 400, "BadRequest"],
  ["labels as a list", postJson(MAPS, map({ metadata: { name: "x", labels: ["a"] } })), 400, "BadRequest"],
  ["a number for a string", postJson(MAPS, map({ data: { a: 1 } })), 400, "BadRequest"],
  ["a string for a number", postJson(REPLICA_SETS, { ...replicaSet, metadata: { name: "x" }, spec: { ...replicaSet.spec, replicas: "two" } }), 400, "BadRequest"],
  ["a fraction for an integer", postJson(REPLICA_SETS, { ...replicaSet, metadata: { name: "x" }, spec: { ...replicaSet.spec, replicas: 1.5 } }), 400, "BadRequest"],
  ["an integer beyond 32 bits", postJson(REPLICA_SETS, { ...replicaSet, metadata: { name: "x" }, spec: { ...replicaSet.spec, replicas: 3e9 } }), 400, "BadRequest"],
  ["a time that is none", postJson(MAPS, map({ metadata: { name: "x", deletionTimestamp: "yesterday" } })), 400, "BadRequest"],
  ["base64 that is none", postJson("/api/v1/namespaces/default/secrets", { metadata: { name: "x" }, data: { a: "%" } }), 400, "BadRequest"],
  ["a quantity that is none", postJson(PODS, pod({ containers: [{ name: "c", image: "i", resources: { limits: { cpu: "lots" } } }] })), 400, "BadRequest"],
  ["unknown fields, strictly", postJson(`${MAPS}?fieldValidation=Strict`, map({ dta: {} })), 400, "BadRequest"],
  ["a field twice, strictly", post(`${MAPS}?fieldValidation=Strict`, '{"metadata":{"name":"x"},"data":{"a":"1"},"data":{"a":"2"}}'), 400, "BadRequest"],
  ["a namespace that is not the URL's", postJson(MAPS, map({ metadata: { name: "x", namespace: "kube-system" } })), 400, "BadRequest"],
  ["a name that is not the URL's", put(`${MAPS}/one`, map({ metadata: { name: "two" } })), 400, "BadRequest"],
  ["a body beyond the limit", postJson(MAPS, map({ data: { a: "x".repeat(3 * MIB) } })), 413, "RequestEntityTooLarge"],
  ["a ConfigMap beyond its limit", postJson(MAPS, map({ data: { a: "x".repeat(MIB + 1) } })), 422, "Invalid"],
];

const values: Case[] = [
  ["no name", postJson(MAPS, { metadata: {} }), 422, "Invalid"],
  ["a name with capitals", postJson(MAPS, map({ metadata: { name: "X" } })), 422, "Invalid"],
  ["a name of 300 characters", postJson(MAPS, map({ metadata: { name: "x".repeat(300) } })), 422, "Invalid"],
  ["a key with a slash", postJson(MAPS, map({ data: { "a/b": "" } })), 422, "Invalid"],
  ["a label that is none", postJson(MAPS, map({ metadata: { name: "x", labels: { "a b": "" } } })), 422, "Invalid"],
  ["annotations beyond their limit", postJson(MAPS, map({ metadata: { name: "x", annotations: { a: "x".repeat(300_000) } } })), 422, "Invalid"],
  ["a pod without containers", postJson(PODS, pod({ containers: [] })), 422, "Invalid"],
  ["a restart policy that is none", postJson(PODS, pod({ restartPolicy: "Sometimes" })), 422, "Invalid"],
  ["a name that is taken", postJson(MAPS, map({ metadata: { name: "one" } })), 409, "AlreadyExists"],
  ["a namespace that is not there", postJson("/api/v1/namespaces/none/configmaps", map({})), 404, "NotFound"],
  ["an update of what is not there", put(`${MAPS}/none`, map({ metadata: { name: "none" } })), 404, "NotFound"],
  ["a stale resourceVersion", put(`${MAPS}/one`, map({ metadata: { name: "one", resourceVersion: "1" } })), 409, "Conflict"],
  ["a resourceVersion that is none", put(`${MAPS}/one`, map({ metadata: { name: "one", resourceVersion: "abc" } })), 422, "Invalid"],
  ["another uid", put(`${MAPS}/one`, map({ metadata: { name: "one", uid: "11111111-1111-1111-1111-111111111111" } })), 409, "Conflict"],
  ["deleting what has another uid", del(`${MAPS}/one`, { preconditions: { uid: "x" } }), 409, "Conflict"],
  ["delete options that are a list", del(`${MAPS}/one`, []), 400, "BadRequest"],
  ["a propagation policy that is none", del(`${MAPS}/one`, { propagationPolicy: "Sideways" }), 422, "Invalid"],
  ["fewer than no replicas", put(`${REPLICA_SETS}/web/scale`, { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "web" }, spec: { replicas: -1 } }), 422, "Invalid"],
  ["a body of another kind at scale", put(`${REPLICA_SETS}/web/scale`, map({ metadata: { name: "web" } })), 400, "BadRequest"],
];

const options: Case[] = [
  ["a label selector with a hole", get(`${MAPS}?labelSelector=a%20in%20(`), 400, "BadRequest"],
  ["a label selector with an operator that is none", get(`${MAPS}?labelSelector=a%20nearly%20b`), 400, "BadRequest"],
  ["a label that is none in a selector", get(`${MAPS}?labelSelector=a%3D${"x".repeat(100)}`), 400, "BadRequest"],
  ["a field selector without an operator", get(`${PODS}?fieldSelector=metadata.name`), 400, "BadRequest"],
  ["a field that cannot be selected", get(`${PODS}?fieldSelector=spec.hostname%3Dx`), 400, "BadRequest"],
  ["a continue token that is none", get(`${MAPS}?limit=1&continue=%25%25`), 400, "BadRequest"],
  ["a continue token of something else", get(`${MAPS}?limit=1&continue=${btoa('{"v":"other"}')}`), 400, "BadRequest"],
  ["a continue token from the future", get(`${MAPS}?limit=1&continue=${btoa('{"v":"isopod/v1","rv":999999999,"start":"default/a"}')}`), 400, "BadRequest"],
  ["a continue token with a resourceVersion", get(`${MAPS}?limit=1&continue=abc&resourceVersion=1&resourceVersionMatch=Exact`), 422, "Invalid"],
  ["a limit that is none", get(`${MAPS}?limit=few`), 400, "BadRequest"],
  ["a timeout that is none", get(`${MAPS}?timeoutSeconds=soon`), 400, "BadRequest"],
  ["a resourceVersion that is none, in a list", get(`${MAPS}?resourceVersion=abc`), 400, "BadRequest"],
  ["a resourceVersion that is none, in a watch", get(`${MAPS}?watch=true&resourceVersion=abc`), 422, "Invalid"],
  ["a resourceVersion beyond any number", get(`${MAPS}?resourceVersion=${"9".repeat(40)}`), 400, "BadRequest"],
  ["a resourceVersion from the future", get(`${MAPS}?resourceVersion=999999999`), 504, "Timeout"],
  ["a match without a resourceVersion", get(`${MAPS}?resourceVersionMatch=Exact`), 422, "Invalid"],
  ["a match that is none", get(`${MAPS}?resourceVersion=1&resourceVersionMatch=Roughly`), 422, "Invalid"],
  ["initial events in a list", get(`${MAPS}?sendInitialEvents=true`), 422, "Invalid"],
  ["initial events without a match", get(`${MAPS}?watch=true&sendInitialEvents=true`), 422, "Invalid"],
  ["field validation that is none", postJson(`${MAPS}?fieldValidation=Loose`, map({})), 422, "Invalid"],
  ["a dry run that is none", postJson(`${MAPS}?dryRun=Some`, map({})), 422, "Invalid"],
  ["a field manager of 200 characters", postJson(`${MAPS}?fieldManager=${"x".repeat(200)}`, map({})), 422, "Invalid"],
  ["an Accept that cannot be served", get(MAPS, { accept: "image/png" }), 406, "NotAcceptable"],
  ["a content type that is none", post(MAPS, "{}", "text/plain"), 415, "UnsupportedMediaType"],
];

const patches: Case[] = [
  ["a patch type that is none", patch("{}", JSON_TYPE), 415, "UnsupportedMediaType"],
  ["a merge patch that ends early", patch("{", "application/merge-patch+json"), 400, "BadRequest"],
  ["a merge patch that is a list", patch("[]", "application/merge-patch+json"), 400, "BadRequest"],
  ["a strategic patch that is no JSON", patch("x", "application/strategic-merge-patch+json"), 400, "BadRequest"],
  ["a strategic patch with a wrong directive", patch('{"metadata":{"$patch":"twist"}}', "application/strategic-merge-patch+json"), 400, "BadRequest"],
  ["a JSON patch that is an object", patch("{}", "application/json-patch+json"), 400, "BadRequest"],
  ["a JSON patch with an operation that is none", patch('[{"op":"twist","path":"/data"}]', "application/json-patch+json"), 422, "Invalid"],
  ["a JSON patch whose test fails", patch('[{"op":"test","path":"/data/a","value":"2"}]', "application/json-patch+json"), 422, "Invalid"],
  ["a JSON patch of a path that is not there", patch('[{"op":"remove","path":"/data/none/deep"}]', "application/json-patch+json"), 422, "Invalid"],
  ["a patch that changes the name", patch('{"metadata":{"name":"two"}}', "application/merge-patch+json"), 400, "BadRequest"],
  ["a patch that makes the object wrong", patch('{"data":{"a":1}}', "application/merge-patch+json"), 422, "Invalid"],
  ["an apply without a manager", patch('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"one"}}', "application/apply-patch+yaml"), 422, "Invalid"],
  ["an apply without a kind", patch("data: {}", "application/apply-patch+yaml", `${MAPS}/one?fieldManager=m`), 400, "BadRequest"],
  ["an apply of YAML that is not well formed", patch("a: [", "application/apply-patch+yaml", `${MAPS}/one?fieldManager=m`), 400, "BadRequest"],
  ["a patch of what is not there", patch("{}", "application/merge-patch+json", `${MAPS}/none`), 404, "NotFound"],
];

const places: Case[] = [
  ["a version that is none", get("/api/v2/pods"), 404, "NotFound"],
  ["a group that is none", get("/apis/none.example/v1/things"), 404, "NotFound"],
  ["a resource that is none", get("/api/v1/things"), 404, "NotFound"],
  ["a subresource that is none", get(`${MAPS}/one/status`), 404, "NotFound"],
  ["an escape that is none", get("/api/v1/namespaces/%zz/pods"), 404, "NotFound"],
  ["a namespaced kind without namespace", postJson("/api/v1/configmaps", map({})), 405, "MethodNotAllowed"],
  ["a path of 8,000 characters", get(`/api/v1/namespaces/${"x".repeat(8_000)}/pods/y`), 404, "NotFound"],
  ["PUT on a collection", put(MAPS, map({})), 405, "MethodNotAllowed"],
  ["POST on an object", postJson(`${MAPS}/one`, map({})), 405, "MethodNotAllowed"],
  ["a cluster that is none", get(`/clusters/none${MAPS}`), 404, "NotFound"],
  ["credentials that are none", get(MAPS, { authorization: "Bearer x.y.z" }), 401, "Unauthorized"],
  ["a log of what is no container", get(`${PODS}/none/log`), 404, "NotFound"],
];

test.each([...bodies, ...values, ...options, ...patches, ...places])("%s is refused as upstream refuses it", async (_what, request, code, reason) => {
  const { status, text } = await client.send(request);
  expect({ status, text: text.slice(0, 300) }).toMatchObject({ status: code });
  expect(JSON.parse(text)).toMatchObject({ kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message: expect.stringMatching(/./) });
});

test("what is unknown is dropped where the client asks for no more, and told in a warning by default", async () => {
  const unknown = map({ metadata: { name: "unknown" }, dta: {} });
  const ignored = await client.send(postJson(`${MAPS}?fieldValidation=Ignore&dryRun=All`, unknown));
  expect(ignored).toMatchObject({ status: 201 });
  expect(ignored.headers.warning).toBeUndefined();
  const warned = await client.send(postJson(`${MAPS}?dryRun=All`, unknown));
  expect(warned).toMatchObject({ status: 201, headers: { warning: expect.stringMatching(/unknown field .*dta/) } });
});

test("after all this the server still runs, and has logged no error of its own", async () => {
  expect((await client.send(get(`${MAPS}/one`))).status).toBe(200);
  expect(await logged(installation)).not.toMatch(/"level":"error"|uncaught exception/i);
});

async function logged({ dataDir }: TestInstallation): Promise<string> {
  const { readFileSync } = await import("node:fs");
  return readFileSync(`${dataDir}/workerd.log`, "utf8");
}

function yamlBomb(): string {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 12; i++) lines.push(`a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(", ")}]`);
  return lines.join("\n");
}
