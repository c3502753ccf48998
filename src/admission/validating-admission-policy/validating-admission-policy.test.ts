import { expect, test } from "vitest";
import { accepted, testApi, type TestApi } from "../../../test/harness/test-api.ts";

type Json = Record<string, any>;
const root = "/apis/admissionregistration.k8s.io/v1";
const maps = "/api/v1/namespaces/default/configmaps";
const rules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE", "DELETE"], resources: ["configmaps"] }];

const policy = (spec: Json, name = "p") => ({ apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy", metadata: { name }, spec: { matchConstraints: { resourceRules: rules }, ...spec } });
const binding = (spec: Json = {}, name = "b") => ({ apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicyBinding", metadata: { name }, spec: { policyName: "p", validationActions: ["Deny"], ...spec } });
const map = (data: Json = {}, more: Json = {}) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c", ...more }, data });

async function bound(spec: Json, bindingSpec: Json = {}): Promise<TestApi> {
  const api = await testApi();
  accepted(await api.send("POST", `${root}/validatingadmissionpolicies`, { body: policy(spec) }));
  accepted(await api.send("POST", `${root}/validatingadmissionpolicybindings`, { body: binding(bindingSpec) }));
  return api;
}
const create = async (api: TestApi, object: Json): Promise<Json> => await api.send("POST", maps, { body: object });

test("a policy that is bound denies what its rule is false for, and nothing else", async () => {
  await using api = await bound({ validations: [{ expression: "object.data.replicas == '1'" }] });
  const { status, body } = await create(api, map({ replicas: "2" }));
  expect(status).toBe(422);
  expect(body).toMatchObject({ reason: "Invalid", message: `configmaps "c" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: failed expression: object.data.replicas == '1'` });
  expect(body.details.causes).toEqual([{ message: "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: failed expression: object.data.replicas == '1'" }]);
  expect((await create(api, map({ replicas: "1" }))).status).toBe(201);
  expect((await api.send("POST", "/api/v1/namespaces/default/secrets", { body: { apiVersion: "v1", kind: "Secret", metadata: { name: "s" } } })).status).toBe(201);
});

test("a policy without a binding does nothing", async () => {
  await using api = await testApi();
  accepted(await api.send("POST", `${root}/validatingadmissionpolicies`, { body: policy({ validations: [{ expression: "false" }] }) }));
  expect((await create(api, map())).status).toBe(201);
});

test("messages, reasons, variables and message expressions", async () => {
  await using api = await bound({
    variables: [{ name: "n", expression: "int(object.data.n)" }, { name: "doubled", expression: "variables.n * 2" }, { name: "never", expression: "1 / 0" }],
    validations: [{ expression: "variables.doubled < 10", messageExpression: "'too big: ' + string(variables.doubled)", message: "too big", reason: "Forbidden" }],
  });
  expect((await create(api, map({ n: "4" }))).status).toBe(201);
  const { status, body } = await create(api, map({ n: "7" }, { name: "d" }));
  expect(status).toBe(403);
  expect(body.message).toContain("denied request: too big: 14");
});

test("an expression that fails is dealt with as the failure policy says", async () => {
  const spec = { validations: [{ expression: "object.data.missing == 'x'" }] };
  await using strict = await bound(spec);
  expect((await create(strict, map())).body.message).toContain("expression 'object.data.missing == 'x'' resulted in error: no such key: data");
  await using lax = await bound({ ...spec, failurePolicy: "Ignore" });
  expect((await create(lax, map())).status).toBe(201);
});

test("Warn lets through with a warning", async () => {
  await using api = await bound({ validations: [{ expression: "false", message: "no good" }] }, { validationActions: ["Warn", "Audit"] });
  const { status, warnings } = await create(api, map());
  expect(status).toBe(201);
  expect(warnings).toEqual(["Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': no good"]);
});

test("an annotation for the audit log that cannot be made denies, unless failures are ignored", async () => {
  const spec = { validations: [{ expression: "true" }], auditAnnotations: [{ key: "who", valueExpression: "object.metadata.name == 'c' ? string(1 / 0) : 'fine'" }] };
  await using strict = await bound(spec, { validationActions: ["Audit"] });
  expect((await create(strict, map())).body.message).toContain("division by zero");
  expect((await create(strict, map({}, { name: "d" }))).status).toBe(201);
  await using lax = await bound({ ...spec, failurePolicy: "Ignore" });
  expect((await create(lax, map())).status).toBe(201);
});

test("match conditions, selectors and operations say what a policy is about", async () => {
  await using api = await bound({ matchConditions: [{ name: "not-jane", expression: "request.userInfo.username != 'jane' && !has(object.metadata.annotations)" }], validations: [{ expression: "false" }] },
    { matchResources: { objectSelector: { matchLabels: { env: "prod" } }, namespaceSelector: { matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["default"] }] } } });
  expect((await create(api, map({}, { labels: { env: "prod" } }))).status).toBe(422);
  expect((await create(api, map({}, { labels: { env: "prod" }, annotations: { skip: "1" } }))).status).toBe(201);
  expect((await create(api, map({}, { name: "dev", labels: { env: "dev" } }))).status).toBe(201);
  accepted(await api.send("POST", "/api/v1/namespaces", { body: { apiVersion: "v1", kind: "Namespace", metadata: { name: "other" } } }));
  expect((await api.send("POST", "/api/v1/namespaces/other/configmaps", { body: map({}, { labels: { env: "prod" } }) })).status).toBe(201);
});

test("deletions have a former object only, and updates have both", async () => {
  await using api = await bound({ validations: [{ expression: "request.operation != 'DELETE' ? true : object == null && oldObject.data.keep != 'yes'", message: "kept" }, { expression: "request.operation != 'UPDATE' || object.data.keep == oldObject.data.keep", message: "fixed" }] });
  accepted(await create(api, map({ keep: "yes" })) as never);
  expect((await api.send("DELETE", `${maps}/c`)).body.message).toContain("kept");
  expect((await api.send("PUT", `${maps}/c`, { body: map({ keep: "no" }) })).body.message).toContain("fixed");
  expect((await api.send("GET", `${maps}/c`)).status).toBe(200);
});

test("parameters come from an object, from many, or are missed", async () => {
  const spec = { paramKind: { apiVersion: "v1", kind: "ConfigMap" }, matchConditions: [{ name: "not-params", expression: "!object.metadata.name.startsWith('params')" }], validations: [{ expression: "int(object.data.n) <= int(params.data.max)" }] };
  const parameters = (name: string, max: string) => ({ ...map({ max }), metadata: { name, labels: { params: "yes" } } });
  await using one = await bound(spec, { paramRef: { name: "params", parameterNotFoundAction: "Deny" } });
  expect((await create(one, map({ n: "1" }))).body.message).toContain("no params found for policy binding with `Deny` parameterNotFoundAction");
  // Parameters must exist before anything can be created that the policy is about: they are exempt by being in another namespace.
  await using many = await bound(spec, { paramRef: { selector: { matchLabels: { params: "yes" } }, parameterNotFoundAction: "Allow" } });
  accepted(await create(many, parameters("params-1", "9")) as never);
  accepted(await create(many, parameters("params-2", "5")) as never);
  expect((await create(many, map({ n: "4" }))).status).toBe(201);
  expect((await create(many, map({ n: "7" }, { name: "d" }))).status).toBe(422);
});

test("the authorizer is asked about the one who asks, or another", async () => {
  await using api = await bound({ validations: [
    { expression: "authorizer.group('').resource('pods').namespace('default').check('create').allowed()", message: "may not create pods" },
    { expression: "authorizer.requestResource.check('create').allowed()", message: "may not create this" },
    { expression: "!authorizer.serviceAccount('default', 'nobody').path('/metrics').check('get').allowed()", message: "too much" },
    { expression: "namespaceObject.metadata.name == 'default' && request.kind.kind == 'ConfigMap' && request.resource.resource == 'configmaps'", message: "wrong request" },
  ] });
  expect((await create(api, map())).status).toBe(201);
});

test("type checking tells what an expression gets wrong about the kinds that it matches", async () => {
  await using api = await testApi();
  const { body } = await api.send("POST", `${root}/validatingadmissionpolicies`, { body: policy({
    matchConstraints: { resourceRules: [{ apiGroups: ["apps"], apiVersions: ["v1"], operations: ["*"], resources: ["deployments"] }] },
    validations: [{ expression: "object.spec.replicas > '1'" }, { expression: "object.spec.maxRetries > 10" }, { expression: "object.spec.template.spec.containers.all(c, c.image != '')" }],
  }) });
  expect(body.status.observedGeneration).toBe(1);
  expect(body.status.typeChecking.expressionWarnings.map((w: Json) => w["fieldRef"])).toEqual(["spec.validations[0].expression", "spec.validations[1].expression"]);
  expect(body.status.typeChecking.expressionWarnings[1].warning).toContain("apps/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'maxRetries'");
});

test.each<[string, Json, string]>([
  ["a syntax error", { validations: [{ expression: "object.spec. <" }] }, "spec.validations[0].expression: Invalid value: \"object.spec. <\": compilation failed: ERROR"],
  ["an unknown name", { validations: [{ expression: "foo.bar" }] }, "undeclared reference to 'foo'"],
  ["params without paramKind", { validations: [{ expression: "params.x == 1" }] }, "undeclared reference to 'params'"],
  ["no boolean", { validations: [{ expression: "'a'" }] }, "must evaluate to bool"],
  ["an unknown variable", { validations: [{ expression: "variables.x" }] }, "undefined field 'x'"],
  ["a message that is no text", { validations: [{ expression: "true", messageExpression: "1" }] }, "must evaluate to string"],
  ["no rules", {}, "validations or auditAnnotations must contain at least one item"],
  ["an unknown reason", { validations: [{ expression: "true", reason: "Because" }] }, "spec.validations[0].reason: Unsupported value"],
  ["no resources", { matchConstraints: {}, validations: [{ expression: "true" }] }, "spec.matchConstraints.resourceRules: Required value"],
])("a policy is refused for %s", async (_name, spec, text) => {
  await using api = await testApi();
  const { status, body } = await api.send("POST", `${root}/validatingadmissionpolicies`, { body: policy(spec) });
  expect(status).toBe(422);
  expect(body.message).toContain(text);
});

test("a policy cannot run away with the cluster", async () => {
  await using api = await bound({ validations: [{ expression: `[${"1,".repeat(300)}1].all(a, [${"1,".repeat(300)}1].all(b, [${"1,".repeat(300)}1].all(c, a + b + c > 0)))` }] });
  const { status, body } = await create(api, map());
  expect(status).toBe(422);
  expect(body.message).toContain("actual cost limit exceeded");
});
