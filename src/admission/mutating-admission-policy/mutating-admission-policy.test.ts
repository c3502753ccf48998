import { expect, test } from "vitest";
import { accepted, testApi, type TestApi } from "../../../test/harness/test-api.ts";

type Json = Record<string, any>;
const root = "/apis/admissionregistration.k8s.io/v1";
const rules = [{ apiGroups: ["", "apps"], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["configmaps", "pods", "deployments"] }];
const json = (expression: string) => ({ patchType: "JSONPatch", jsonPatch: { expression } });
const apply = (expression: string) => ({ patchType: "ApplyConfiguration", applyConfiguration: { expression } });

async function bound(...policies: [name: string, mutations: Json[], more?: Json][]): Promise<TestApi> {
  const api = await testApi();
  for (const [name, mutations, more = {}] of policies) {
    const spec = { matchConstraints: { resourceRules: rules }, reinvocationPolicy: "Never", mutations, ...more };
    accepted(await api.send("POST", `${root}/mutatingadmissionpolicies`, { body: { apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingAdmissionPolicy", metadata: { name }, spec } }));
    accepted(await api.send("POST", `${root}/mutatingadmissionpolicybindings`, { body: { apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingAdmissionPolicyBinding", metadata: { name }, spec: { policyName: name } } }));
  }
  return api;
}
const create = async (api: TestApi, data: Json = {}, more: Json = {}): Promise<Json> =>
  await api.send("POST", "/api/v1/namespaces/default/configmaps", { body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c", ...more }, data } });

test("an apply configuration is merged into the object", async () => {
  await using api = await bound(["p", [apply('Object{metadata: Object.metadata{labels: {"team": "a", "name": object.metadata.name}}}')]]);
  const { body } = await create(api, { k: "v" }, { labels: { mine: "1" } });
  expect(body.metadata.labels).toEqual({ mine: "1", team: "a", name: "c" });
  expect(body.data).toEqual({ k: "v" });
});

test("a JSON patch adds a container beside those that are there", async () => {
  await using api = await bound(["p", [json(`[
    JSONPatch{op: "test", path: "/spec/template/spec/containers/0/name", value: "web"},
    JSONPatch{op: "add", path: "/spec/template/spec/containers/-", value: Object.spec.template.spec.containers{name: "proxy", image: "proxy:1"}},
    JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("example.com/env"), value: variables.env}]`)], { variables: [{ name: "env", expression: "'prod'" }] }]);
  const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "web", image: "web" }] } };
  const { body, status } = await api.send("POST", "/apis/apps/v1/namespaces/default/deployments", { body: { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d", labels: { x: "y" } }, spec: { selector: { matchLabels: { a: "b" } }, template } } });
  expect(status).toBe(201);
  expect(body.spec.template.spec.containers.map((c: Json) => [c["name"], c["image"], c["imagePullPolicy"]])).toEqual([["web", "web", "Always"], ["proxy", "proxy:1", "IfNotPresent"]]);
  expect(body.metadata.labels).toEqual({ x: "y", "example.com/env": "prod" });
});

test("an apply configuration merges keyed lists by their keys", async () => {
  await using api = await bound(["p", [apply('Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: "web", image: "pinned:1"}]}}}}')]]);
  const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "web", image: "web", env: [{ name: "E", value: "1" }] }, { name: "other", image: "o" }] } };
  const { body } = await api.send("POST", "/apis/apps/v1/namespaces/default/deployments", { body: { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" }, spec: { selector: { matchLabels: { a: "b" } }, template } } });
  expect(body.spec.template.spec.containers.map((c: Json) => [c["name"], c["image"], c["env"]?.[0].value])).toEqual([["web", "pinned:1", "1"], ["other", "o", undefined]]);
});

test("mutations see what those before them did, and a policy that wants it runs again", async () => {
  const count = (key: string) => json(`[JSONPatch{op: "add", path: "/data/${key}", value: string(size(object.data))}]`);
  await using api = await bound(["a", [count("one"), count("two")], { reinvocationPolicy: "IfNeeded", matchConditions: [{ name: "data", expression: "size(object.data) < 9" }] }], ["b", [count("three")]]);
  const { body } = await create(api, { k: "v" });
  expect(body.data).toEqual({ k: "v", one: "4", two: "4", three: "3" });
});

test("what the other plugins do is done again to what a policy added", async () => {
  const sidecar = json(`object.spec.containers.size() > 1 ? [] : [JSONPatch{op: "add", path: "/spec/containers/-", value: Object.spec.containers{name: "sidecar", image: "s"}}]`);
  await using api = await bound(["p", [sidecar]]);
  await api.send("POST", "/api/v1/namespaces/default/serviceaccounts", { body: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } } });
  await api.send("POST", "/api/v1/namespaces/default/limitranges", { body: { apiVersion: "v1", kind: "LimitRange", metadata: { name: "l" }, spec: { limits: [{ type: "Container", default: { cpu: "100m" } }] } } });
  const { body, status } = await api.send("POST", "/api/v1/namespaces/default/pods", { body: { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "i" }] } } });
  expect(status, body.message).toBe(201);
  expect(body.spec.containers.map((c: Json) => [c["name"], c["resources"].limits?.cpu, c["volumeMounts"]?.length])).toEqual([["c", "100m", 1], ["sidecar", "100m", 1]]);
});

test("a mutation that fails is dealt with as the failure policy says, and a failed test changes nothing", async () => {
  const broken = json('[JSONPatch{op: "replace", path: "/nothing/here", value: "x"}]');
  await using strict = await bound(["p", [broken]]);
  const { status, body } = await create(strict);
  expect(status).toBe(403);
  expect(body.message).toContain("policy 'p' with binding 'p' denied request: JSON Patch:");
  await using lax = await bound(["p", [broken], { failurePolicy: "Ignore" }], ["q", [json('[JSONPatch{op: "test", path: "/data/k", value: "other"}, JSONPatch{op: "remove", path: "/data/k"}]')]]);
  expect((await create(lax, { k: "v" })).body.data).toEqual({ k: "v" });
});

test("what does not fit the kind is refused, and whose object it is stays", async () => {
  await using api = await bound(["p", [json('[JSONPatch{op: "add", path: "/data", value: 5}]')]]);
  expect((await create(api)).status).toBe(403);
  await using other = await bound(["p", [json('[JSONPatch{op: "replace", path: "/metadata/name", value: "stolen"}]')]]);
  expect((await create(other)).body.metadata.name).toBe("c");
});

test.each<[string, Json[], string]>([
  ["no mutations", [], "mutations must contain at least one item"], ["no type", [{}], "spec.mutations[0].patchType: Required value"],
  ["an expression that is no list", [json("'a'")], "must evaluate to list"], ["an expression that is no object", [apply("1")], "must evaluate to Object"],
  ["an unknown field of a patch", [json("[JSONPatch{operation: 'add'}]")], "undefined field 'operation'"],
])("a policy is refused for %s", async (_name, mutations, text) => {
  await using api = await testApi();
  const { status, body } = await api.send("POST", `${root}/mutatingadmissionpolicies`, { body: { apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingAdmissionPolicy", metadata: { name: "p" }, spec: { matchConstraints: { resourceRules: rules }, reinvocationPolicy: "Never", mutations } } });
  expect(status).toBe(422);
  expect(body.message).toContain(text);
});
