import { expect, test } from "vitest";
import { decodeProtobuf, encodeProtobuf } from "../../src/api/protobuf/codec.ts";
import { parseJson } from "../../src/lib/json.ts";
import { testServer } from "../harness/test-server.ts";

/** int64 fields hold 64 bits, whichever way an object goes. */
const LONG = "9007199254740993";
const MAX = "9223372036854775807";
const pods = "/api/v1/namespaces/default/podtemplates";
const template = (name: string, seconds: string) =>
  `{"apiVersion":"v1","kind":"PodTemplate","metadata":{"name":"${name}"},"template":{"spec":{"containers":[{"name":"c","image":"i"}],"terminationGracePeriodSeconds":${seconds}}}}`;
const JSON_TYPE = { "content-type": "application/json" };
const PROTOBUF = "application/vnd.kubernetes.protobuf";
const secondsIn = (text: string) => /terminationGracePeriodSeconds"?: ?(-?\d+)/.exec(text)?.[1];

test("a built-in object keeps them through create, get, list, patches, apply, YAML and protobuf", async () => {
  await using server = await testServer();
  const send = async (method: string, path: string, body?: string | Uint8Array, headers: Record<string, string> = JSON_TYPE) => {
    const response = await server.fetch(path, { method, headers, ...(body !== undefined && { body: body as BodyInit }) });
    expect(response.status, await response.clone().text()).toBeLessThan(300);
    return response;
  };
  expect(secondsIn(await (await send("POST", pods, template("a", LONG))).text())).toBe(LONG);
  expect(secondsIn(await (await send("GET", `${pods}/a`)).text())).toBe(LONG);
  expect(secondsIn(await (await send("GET", `${pods}/a?pretty=true`)).text())).toBe(LONG);
  expect(secondsIn(await (await send("GET", pods)).text())).toBe(LONG);
  expect(secondsIn(await (await send("GET", `${pods}/a`, undefined, { accept: "application/yaml" })).text())).toBe(LONG);
  for (const type of ["merge-patch", "strategic-merge-patch"]) {
    expect(secondsIn(await (await send("PATCH", `${pods}/a`, '{"metadata":{"labels":{"x":"' + type + '"}}}', { "content-type": `application/${type}+json` })).text())).toBe(LONG);
    expect(secondsIn(await (await send("PATCH", `${pods}/a`, `{"template":{"spec":{"terminationGracePeriodSeconds":${MAX}}}}`, { "content-type": `application/${type}+json` })).text())).toBe(MAX);
    const operations = `[{"op":"test","path":"/template/spec/terminationGracePeriodSeconds","value":${MAX}},{"op":"replace","path":"/template/spec/terminationGracePeriodSeconds","value":${LONG}}]`;
    expect(secondsIn(await (await send("PATCH", `${pods}/a`, operations, { "content-type": "application/json-patch+json" })).text())).toBe(LONG);
  }
  const apply = (seconds: string) => send("PATCH", `${pods}/applied?fieldManager=m`, template("applied", seconds), { "content-type": "application/apply-patch+yaml" });
  expect(secondsIn(await (await apply(MAX)).text())).toBe(MAX);
  expect(secondsIn(await (await apply(LONG)).text())).toBe(LONG);

  const bytes = new Uint8Array(await (await send("GET", `${pods}/a`, undefined, { accept: PROTOBUF })).arrayBuffer());
  const decoded = decodeProtobuf(bytes).object;
  expect(secondsIn(JSON.stringify(decoded))).toBe(LONG);
  expect(secondsIn(await (await send("PUT", `${pods}/a`, encodeProtobuf(decoded), { "content-type": PROTOBUF })).text())).toBe(LONG);
  const yaml = `apiVersion: v1\nkind: PodTemplate\nmetadata: {name: yam}\ntemplate: {spec: {containers: [{name: c, image: i}], terminationGracePeriodSeconds: ${LONG}}}\n`;
  expect(secondsIn(await (await send("POST", pods, yaml, { "content-type": "application/yaml" })).text())).toBe(LONG);
});

test("beyond 64 bits they are refused where the type says so", async () => {
  await using server = await testServer();
  const answer = await server.fetch(pods, { method: "POST", body: template("a", "9223372036854775808"), headers: JSON_TYPE });
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("json: cannot unmarshal number")]);
  const int32 = await server.fetch("/apis/apps/v1/namespaces/default/deployments", { method: "POST", body: `{"spec":{"replicas":${LONG}}}`, headers: JSON_TYPE });
  expect(await int32.text()).toContain(`json: cannot unmarshal number ${LONG} into Go struct field DeploymentSpec.spec.replicas of type int32`);
});

test("a custom resource keeps them, and its schema and rules read them", async () => {
  await using server = await testServer();
  const integer = { type: "integer", format: "int64", minimum: 1, multipleOf: 3, "x-kubernetes-validations": [{ rule: "self % 3 == 0 && self > 9007199254740990" }] };
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "counts.example.com" },
    spec: {
      group: "example.com", scope: "Cluster", names: { plural: "counts", kind: "Count" },
      versions: [{
        name: "v1", served: true, storage: true, additionalPrinterColumns: [{ name: "N", type: "integer", jsonPath: ".spec.n" }],
        schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties: { n: integer, any: { "x-kubernetes-preserve-unknown-fields": true } } } } } },
      }],
    },
  };
  expect((await server.fetch("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", { method: "POST", json: definition })).status).toBe(201);
  const path = "/apis/example.com/v1/counts";
  const body = (n: string) => `{"apiVersion":"example.com/v1","kind":"Count","metadata":{"name":"c"},"spec":{"n":${n},"any":{"deep":[${LONG}]}}}`;
  const created = await server.fetch(path, { method: "POST", body: body(LONG), headers: JSON_TYPE });
  expect([created.status, await created.text()]).toEqual([201, expect.stringMatching(new RegExp(`"n":${LONG},"any":\\{"deep":\\[${LONG}\\]`))]);
  const refused = await server.fetch(path, { method: "POST", body: body("9007199254740994"), headers: JSON_TYPE });
  expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("should be a multiple of 3")]);
  const table = await (await server.fetch(path, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } })).text();
  expect(JSON.stringify((parseJson(table) as any).rows[0].cells)).toBe(`["c",${LONG}]`);
});
