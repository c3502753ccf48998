import { expect, test } from "vitest";
import { accepted, testApi, type TestApi } from "../../../test/harness/test-api.ts";

type Json = Record<string, any>;
const root = "/apis/admissionregistration.k8s.io/v1";
const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const posted = async (api: TestApi, path: string, body: Json) => accepted(await api.send("POST", path, { body })) as Json;

const text = { type: "string" };
const schema = (properties: Json) => ({ openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties } } } });
const gears = {
  apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "gears.example.com" },
  spec: { group: "example.com", scope: "Namespaced", names: { plural: "gears", kind: "Gear" }, versions: [
    { name: "v1", served: true, storage: true, schema: schema({ size: text, color: text }) }, { name: "v2", served: true, storage: false, schema: schema({ size: text, color: text, shape: text }) },
  ] },
};
const gear = (version: string, spec: Json, name = "g") => ({ apiVersion: `example.com/${version}`, kind: "Gear", metadata: { name }, spec });
const at = (version: string) => `/apis/example.com/${version}/namespaces/default/gears`;
const rule = (...apiVersions: string[]) => ({ apiGroups: ["example.com"], apiVersions, operations: ["CREATE", "UPDATE"], resources: ["gears"] });

async function withPolicy(kind: "Validating" | "Mutating", spec: Json, bindingSpec: Json = {}): Promise<TestApi> {
  const api = await testApi();
  await posted(api, crds, gears);
  const meta = (what: string) => ({ apiVersion: "admissionregistration.k8s.io/v1", kind: `${kind}AdmissionPolicy${what}`, metadata: { name: "p" } });
  const plural = `${kind.toLowerCase()}admissionpolic`;
  await posted(api, `${root}/${plural}ies`, { ...meta(""), spec });
  await posted(api, `${root}/${plural}ybindings`, { ...meta("Binding"), spec: { policyName: "p", ...(kind === "Validating" && { validationActions: ["Deny"] }), ...bindingSpec } });
  return api;
}

test("a policy sees an object in the version that its rules name, or not at all if it wants that exactly", async () => {
  const says = { validations: [{ expression: "false", messageExpression: "object.apiVersion + ' ' + request.kind.version + ' ' + request.requestKind.version + ' ' + request.resource.version" }] };
  await using api = await withPolicy("Validating", { ...says, matchConstraints: { resourceRules: [rule("v1")] } });
  expect((await api.send("POST", at("v2"), { body: gear("v2", { shape: "round" }) })).body.message).toContain("denied request: example.com/v1 v1 v2 v1");
  expect((await api.send("POST", at("v1"), { body: gear("v1", {}) })).body.message).toContain("denied request: example.com/v1 v1 v1 v1");
  await using exact = await withPolicy("Validating", { ...says, matchConstraints: { matchPolicy: "Exact", resourceRules: [rule("v1")] } });
  expect((await exact.send("POST", at("v2"), { body: gear("v2", {}) })).status).toBe(201);
  expect((await exact.send("PATCH", `${at("v1")}/g`, { body: { spec: { size: "L" } }, patchType: "application/merge-patch+json" })).status).toBe(422);
});

test("what rules exclude is excluded in every equivalent version", async () => {
  await using api = await withPolicy("Validating", { validations: [{ expression: "false" }], matchConstraints: { resourceRules: [rule("*")], excludeResourceRules: [{ ...rule("v2"), resourceNames: ["free"] }] } });
  expect((await api.send("POST", at("v1"), { body: gear("v1", {}, "free") })).status).toBe(201);
  expect((await api.send("POST", at("v1"), { body: gear("v1", {}, "g") })).status).toBe(422);
});

test("a mutating policy changes the object in its own version", async () => {
  const expression = "Object{spec: Object.spec{color: object.apiVersion == 'example.com/v1' ? 'red' : 'blue'}}";
  await using api = await withPolicy("Mutating", { reinvocationPolicy: "Never", mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression } }], matchConstraints: { resourceRules: [rule("v1")] } });
  expect(await posted(api, at("v2"), gear("v2", { size: "S" }))).toMatchObject({ apiVersion: "example.com/v2", spec: { size: "S", color: "red" } });
});

test("an autoscaler's versions are told apart too", async () => {
  const constraints = { resourceRules: [{ apiGroups: ["autoscaling"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["horizontalpodautoscalers"] }] };
  await using api = await withPolicy("Validating", { validations: [{ expression: "object.spec.targetCPUUtilizationPercentage < 50" }], matchConstraints: constraints });
  const hpa = (averageUtilization: number) => ({ apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata: { name: "h" }, spec: {
    maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" }, metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization } } }] } });
  const path = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";
  expect((await api.send("POST", path, { body: hpa(80) })).body.message).toContain("failed expression: object.spec.targetCPUUtilizationPercentage < 50");
  expect((await api.send("POST", path, { body: hpa(20) })).status).toBe(201);
});

test("parameters may be custom resources, in the version that the policy names", async () => {
  const maps = { resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }] };
  const spec = { paramKind: { apiVersion: "example.com/v2", kind: "Gear" }, matchConstraints: maps, validations: [{ expression: "params.apiVersion == 'example.com/v2' && object.data.size == params.spec.size" }] };
  await using api = await withPolicy("Validating", spec, { paramRef: { name: "limits", namespace: "default", parameterNotFoundAction: "Deny" } });
  const create = (size: string) => api.send("POST", "/api/v1/namespaces/default/configmaps", { body: { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "c-" }, data: { size } } });
  expect((await create("L")).body.message).toContain("no params found for policy binding with `Deny` parameterNotFoundAction");
  await posted(api, at("v1"), gear("v1", { size: "L" }, "limits"));
  expect([(await create("L")).status, (await create("S")).status]).toEqual([201, 422]);
  await api.send("DELETE", `${crds}/gears.example.com`);
});

test("a policy whose parameters are of no kind denies under its own name", async () => {
  const spec = { paramKind: { apiVersion: "example.com/v9", kind: "Gear" }, matchConstraints: { resourceRules: [rule("*")] }, validations: [{ expression: "true" }] };
  await using api = await withPolicy("Validating", spec, { paramRef: { name: "x", namespace: "default", parameterNotFoundAction: "Deny" } });
  expect((await api.send("POST", at("v1"), { body: gear("v1", {}) })).body.message).toContain("ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'example.com/v9, Kind=Gear'");
});

test("options of the request are seen", async () => {
  await using api = await withPolicy("Validating", { matchConstraints: { resourceRules: [rule("*")] }, validations: [{ expression: "request.options.fieldManager == 'me' && request.operation == 'CREATE'" }] });
  expect((await api.send("POST", at("v1"), { body: gear("v1", {}), query: "fieldManager=you" })).status).toBe(422);
  expect((await api.send("POST", at("v1"), { body: gear("v1", {}), query: "fieldManager=me" })).status).toBe(201);
});
