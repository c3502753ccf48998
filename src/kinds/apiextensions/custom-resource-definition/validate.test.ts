import { expect, test } from "vitest";
import { accepted, testApi } from "../../../../test/harness/test-api.ts";

const root = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
type Json = Record<string, any>;

const text = { type: "string" };
const object = (properties: Json, more: Json = {}): Json => ({ type: "object", properties, ...more });
const version = (properties: Json, more: Json = {}): Json => ({ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: object(properties) }, ...more });
const definition = (versions: Json[], more: Json = {}): Json => ({
  apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "cogs.example.com" },
  spec: { group: "example.com", scope: "Namespaced", names: { plural: "cogs", kind: "Cog" }, versions, ...more },
});
const schema = "spec.validation.openAPIV3Schema";

async function causes(crd: Json): Promise<string[]> {
  await using api = await testApi();
  const { status, body } = await api.send("POST", root, { body: crd });
  expect(status, JSON.stringify(body)).toBe(422);
  return body.details.causes.map((c: Json) => `${c["field"]}: ${c["message"]}`);
}

test.each<[string, Json, string]>([
  ["an item that is null in a set", { a: { type: "array", "x-kubernetes-list-type": "set", items: { ...text, nullable: true } } }, `${schema}.properties[a].items.nullable: Forbidden: cannot be nullable when x-kubernetes-list-type is set`],
  ["objects in a set that are no wholes", { a: { type: "array", "x-kubernetes-list-type": "set", items: object({ b: text }) } }, `${schema}.properties[a].items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set`],
  ["a default with unknown fields", { a: object({ b: text }, { default: { b: "x", c: 1 } }) }, `${schema}.properties[a].default: Invalid value: {"b":"x","c":1}: must not have unknown fields`],
  ["a default of another type", { a: { ...text, default: 1 } }, `${schema}.properties[a].default: Invalid value: "integer":  in body must be of type string: "integer"`],
  ["a default in metadata", { metadata: object({ name: { ...text, default: "x" } }) }, `${schema}.properties[metadata].properties[name].default: Forbidden: must not be set in top-level metadata`],
  ["a default that its rule refuses", { a: { type: "integer", default: 1, "x-kubernetes-validations": [{ rule: "self > 1", message: "too small" }] } }, `${schema}.properties[a].default: Invalid value: 1: too small`],
  ["a default whose metadata is none", { a: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true, default: { apiVersion: "v1", kind: "Pod", metadata: { finalizers: 4 } } } },
    `${schema}.properties[a].default.metadata: Invalid value: {"finalizers":4}: json: cannot unmarshal number into Go struct field ObjectMeta.finalizers of type []string`],
  ["a type null", { a: { type: "null" } }, `${schema}.properties[a].type: Forbidden: type cannot be set to null, use nullable as an alternative`],
  ["types in a combination", { a: { ...text, anyOf: [{ type: "string" }, { minLength: 1 }] } }, `${schema}.properties[a].anyOf[0].type: Forbidden: must be empty to be structural`],
  ["metadata in a combination", { a: object({ b: text }, { allOf: [{ properties: { metadata: { minProperties: 1 } } }] }) }, `${schema}.properties[a].allOf[0].properties[metadata]: Forbidden: must not be specified in a nested context`],
  ["a kind that is no string", { kind: { type: "integer" } }, `${schema}.properties[kind].type: Invalid value: "integer": must be string`],
])("a schema is refused for %s", async (_what, properties, cause) => {
  expect(await causes(definition([version(properties)]))).toContain(cause);
});

test("what upstream lets through is let through", async () => {
  await using api = await testApi();
  const named = { allOf: [{ properties: { zz: { minLength: 1 } } }] };
  const properties = {
    combined: object({ a: text }, named), values: { type: "object", additionalProperties: { ...text, format: "date", default: "" } },
    both: object({ a: text }, { additionalProperties: true }), empty: { ...text, definitions: {}, patternProperties: {} }, none: { ...text, default: null },
  };
  accepted(await api.send("POST", root, { body: definition([version(properties)]) }));
  const cog = await api.send("POST", "/apis/example.com/v1/namespaces/default/cogs", { body: { apiVersion: "example.com/v1", kind: "Cog", metadata: { name: "c" } } });
  expect([cog.status, cog.body]).toEqual([201, expect.not.objectContaining({ none: null })]);
  const atRoot = version({ a: text });
  Object.assign(atRoot["schema"].openAPIV3Schema, named);
  expect(await causes(definition([atRoot]))).toContain(`${schema}.properties[zz]: Required value: because it is defined in ${schema}.allOf[0].properties[zz]`);
});

test("int-or-string may be spelled out with its two types", async () => {
  await using api = await testApi();
  const either = { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] };
  const within = { "x-kubernetes-int-or-string": true, allOf: [{ anyOf: [{ type: "integer" }, { type: "string" }] }, { pattern: "^[0-9]+%?$" }] };
  accepted(await api.send("POST", root, { body: definition([version({ a: either, b: within })]) }));
  const cog = (a: unknown, b: unknown) => ({ apiVersion: "example.com/v1", kind: "Cog", metadata: { generateName: "c" }, a, b });
  const post = async (a: unknown, b: unknown) => (await api.send("POST", "/apis/example.com/v1/namespaces/default/cogs", { body: cog(a, b) })).status;
  expect([await post(1, "5%"), await post("x", 5), await post(true, 1), await post(1, "x%")]).toEqual([201, 201, 422, 422]);
});

test("what is the same in all versions is judged once, at the path that it had in the old API", async () => {
  const wrong = { additionalPrinterColumns: [{ name: "A", type: "text", jsonPath: "spec" }] };
  expect(await causes(definition([version({ a: text }, wrong), version({ b: text }, { ...wrong, name: "v2", storage: false })]))).toEqual([
    'spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
    'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "spec": must be a simple json path starting with .',
  ]);
  const other = { additionalPrinterColumns: [{ name: "", type: "date", jsonPath: ".a" }] };
  expect(await causes(definition([version({ a: text }), version({ b: text }, { ...other, name: "v2", storage: false })]))).toEqual(["spec.versions[1].additionalPrinterColumns[0].name: Required value"]);
});

test("with a door for the status, the root says nothing that would be lost without it", async () => {
  const of = version({ a: text }, { subresources: { status: {} } });
  of["schema"].openAPIV3Schema.maxProperties = 5;
  expect((await causes(definition([of])))[0]).toMatch(/^spec\.validation\.openAPIV3Schema: Invalid value: .*only \[Description Type Format .*XPreserveUnknownFields XValidations\] fields are allowed at the root of the schema if the status subresource is enabled$/);
});

test("fields to select by lead to a value of a simple type", async () => {
  const fields = [".spec.a", ".spec.list", ".spec.none", ".metadata.name", ".spec['a']", ".spec.a"].map((jsonPath) => ({ jsonPath }));
  expect(await causes(definition([version({ metadata: object({ name: text }), spec: object({ a: text, list: { type: "array", items: text } }) }, { selectableFields: fields })]))).toEqual([
    'spec.selectableFields[1].jsonPath: Invalid value: ".spec.list": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
    'spec.selectableFields[2].jsonPath: Invalid value: ".spec.none": is an invalid path: does not refer to a valid field',
    'spec.selectableFields[3].jsonPath: Invalid value: ".metadata.name": must not point to fields in metadata',
    `spec.selectableFields[4].jsonPath: Invalid value: ".spec['a']": is an invalid path: array notation is not allowed`,
    'spec.selectableFields[5].jsonPath: Duplicate value: ".spec.a"',
  ]);
});

test.each<[Json, string[]]>([
  [{ strategy: "Webhook" }, ["spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook", "spec.conversion.conversionReviewVersions: Required value"]],
  [{ strategy: "Webhook", webhook: { conversionReviewVersions: ["v2", "v2"], clientConfig: { url: "http://x" } } }, [
    `spec.conversion.webhookClientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
    'spec.conversion.conversionReviewVersions[1]: Invalid value: "v2": duplicate version', 'spec.conversion.conversionReviewVersions: Invalid value: ["v2","v2"]: must include at least one of v1, v1beta1']],
  [{ strategy: "Webhook", webhook: { conversionReviewVersions: ["v1"], clientConfig: { url: "https://x", service: { name: "a", namespace: "b" } } } }, ["spec.conversion.webhookClientConfig: Required value: exactly one of url or service is required"]],
  [{ strategy: "None", webhook: { conversionReviewVersions: ["v1"], clientConfig: { url: "https://x" } } }, ["spec.conversion.webhookClientConfig: Forbidden: should not be set when strategy is not set to Webhook", "spec.conversion.conversionReviewVersions: Forbidden: should not be set when strategy is not set to Webhook"]],
])("a conversion of %j is refused", async (conversion, expected) => {
  expect(await causes(definition([version({ a: text })], { conversion }))).toEqual(expected);
});

test("groups of Kubernetes' own need an approval, which a condition shows", async () => {
  const crd = (annotations?: Json) => ({ ...definition([version({ a: text })], { group: "x.k8s.io" }), metadata: { name: "cogs.x.k8s.io", ...(annotations && { annotations }) } });
  expect(await causes(crd())).toEqual(['metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111']);
  await using api = await testApi();
  const made = accepted(await api.send("POST", root, { body: crd({ "api-approved.kubernetes.io": "unapproved, a test" }) })) as Json;
  expect(made["status"].conditions.map((c: Json) => [c["type"], c["status"], c["reason"]])).toContainEqual(["KubernetesAPIApprovalPolicyConformant", "False", "UnapprovedAnnotation"]);
});

test("odd formats and sets of objects are accepted with a warning, once", async () => {
  await using api = await testApi();
  const items = { ...object({ b: text }), "x-kubernetes-map-type": "atomic" };
  const posted = await api.send("POST", root, { body: definition([version({ a: { ...text, format: "odd" }, l: { type: "array", "x-kubernetes-list-type": "set", items }, t: { ...text, format: "date-time" } })]) });
  expect(posted.warnings).toEqual(['unrecognized format "odd"', 'x-kubernetes-list-type: set for items of type "object" is not supported by server-side apply or CEL validation rules']);
  expect((await api.send("PUT", `${root}/cogs.example.com`, { body: { ...posted.body, metadata: { ...posted.body.metadata, labels: { a: "b" } } } })).warnings).toEqual([]);
});
