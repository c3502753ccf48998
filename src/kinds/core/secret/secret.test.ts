import { expect, test } from "vitest";
import { testApi } from "../../../../test/harness/test-api.ts";

const secret = (more: object = {}) => ({ apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "default" }, ...more });

test("stringData is merged into data and never served", async () => {
  await using api = await testApi();
  const made = await api.create(secret({ data: { a: "b2xk", b: "Yg==" }, stringData: { a: "nëw", c: "" } }));
  expect(made).toMatchObject({ type: "Opaque", data: { a: "bsOrdw==", b: "Yg==", c: "" } });
  expect(made.stringData).toBeUndefined();
  const patched = await api.mergePatch(made, { stringData: { b: "x" } });
  expect(patched.body.data).toEqual({ a: "bsOrdw==", b: "eA==", c: "" });
});

test.each([
  ["kubernetes.io/service-account-token", {}, ["metadata.annotations[kubernetes.io/service-account.name]"]],
  ["kubernetes.io/dockercfg", {}, ["data[.dockercfg]"]],
  ["kubernetes.io/dockerconfigjson", { ".dockerconfigjson": btoa("[") }, ["data[.dockerconfigjson]"]],
  ["kubernetes.io/dockerconfigjson", { ".dockerconfigjson": btoa('{"auths":{}}') }, []],
  ["kubernetes.io/basic-auth", {}, ["data[username]", "data[password]"]],
  ["kubernetes.io/basic-auth", { password: "" }, []],
  ["kubernetes.io/ssh-auth", { "ssh-privatekey": "" }, ["data[ssh-privatekey]"]],
  ["kubernetes.io/tls", { "tls.crt": "" }, ["data[tls.key]"]],
  ["helm.sh/release.v1", { release: "eA==" }, []],
  ["Opaque", { "a/b": "" }, ["data[a/b]"]],
] as [string, object, string[]][])("a Secret of type %s with %j has errors at %j", async (type, data, fields) => {
  await using api = await testApi();
  const answer = await api.post(secret({ type, data }));
  expect((answer.body.details?.causes ?? []).map((cause: { field: string }) => cause.field)).toEqual(fields);
});

test("the content of a Secret is not told in errors", async () => {
  await using api = await testApi();
  const answer = await api.post(secret({ type: "kubernetes.io/dockercfg", data: { ".dockercfg": btoa("hunter2") } }));
  expect(answer).toBeStatus(422, "Invalid");
  expect(JSON.stringify(answer.body)).not.toContain("hunter2");
});

test("1,048,576 bytes fit, one more does not", async () => {
  await using api = await testApi();
  const answer = await api.post(secret({ stringData: { a: "x".repeat(1_048_577) } }));
  expect(answer).toBeStatus(422, "Invalid");
  expect(answer.body.message).toBe('Secret "s" is invalid: data: Too long: may not be more than 1048576 bytes');
  expect((await api.post(secret({ stringData: { a: "x".repeat(1_048_576) } }))).status).toBe(201);
});

test("a type cannot change; what is immutable stays so", async () => {
  await using api = await testApi();
  const made = await api.create(secret({ immutable: true, data: { a: "YQ==" } }));
  const causes = async (patch: object) => (await api.mergePatch(made, patch)).body.details?.causes.map((c: { field: string }) => c.field);
  expect(await causes({ type: "x" })).toEqual(["type"]);
  expect(await causes({ data: { a: "Yg==" } })).toEqual(["data"]);
  expect(await causes({ immutable: false })).toEqual(["immutable"]);
  expect(await causes({ metadata: { labels: { a: "b" } } })).toBeUndefined();
});

test("text that is not base64 is a bad request", async () => {
  await using api = await testApi();
  expect(await api.post(secret({ data: { a: "%%%" } }))).toBeStatus(400, "BadRequest");
});

test("Secrets are selected by type", async () => {
  await using api = await testApi();
  await api.create(secret({ type: "a/b" }));
  const list = async (fieldSelector: string) => (await api.list(secret(), { query: { fieldSelector } })).body.items.length;
  expect([await list("type=a/b"), await list("type=Opaque")]).toEqual([1, 0]);
});
