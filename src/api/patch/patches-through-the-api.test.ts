import { expect, test } from "vitest";
import { accepted, testApi } from "../../../test/harness/test-api.ts";

const web = (spec: object = {}) => ({
  apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" },
  spec: { selector: { matchLabels: { a: "b" } }, template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } }, ...spec },
});
const managers = (obj: any) => (obj.metadata.managedFields ?? []).map((m: any) => [m.manager, m.operation, m.subresource].filter(Boolean).join(":"));

test("applying the same again writes nothing, also when defaults and zero values lie between", async () => {
  await using api = await testApi();
  const first = accepted(await api.apply(web({ paused: false, replicas: 2 })));
  api.clock.nowMs += 60_000;
  expect(accepted(await api.apply(web({ paused: false, replicas: 2 })))).toEqual(first);
});

test("what is taken out of a configuration falls back to its default", async () => {
  await using api = await testApi();
  expect((accepted(await api.apply(web({ replicas: 3 }))) as any).spec.replicas).toBe(3);
  expect((accepted(await api.apply(web())) as any).spec.replicas).toBe(1);
});

test("scaling takes the replicas over, so that the next apply conflicts", async () => {
  await using api = await testApi();
  accepted(await api.apply(web({ replicas: 2 })));
  accepted(await api.mergePatch(web(), { spec: { replicas: 5 } }, { subresource: "scale", query: { fieldManager: "scaler" } }));
  const { status, body } = await api.apply(web({ replicas: 2 }));
  expect([status, body.message]).toEqual([409, expect.stringMatching(/^Apply failed with 1 conflict: conflict with "scaler" .*using apps\/v1: \.spec\.replicas$/)]);
  expect(body.details.causes).toEqual([{ reason: "FieldManagerConflict", message: expect.any(String), field: ".spec.replicas" }]);
});

test("an apply through the status door owns the status alone", async () => {
  await using api = await testApi();
  accepted(await api.apply(web()));
  const applied = accepted(await api.apply({ ...web({ replicas: 9 }), status: { replicas: 1 } } as never, { subresource: "status", manager: "agent" })) as any;
  expect([applied.spec.replicas, applied.status.replicas]).toEqual([1, 1]);
  expect(managers(applied)).toContain("agent:Apply:status");
  expect(applied.metadata.managedFields.find((m: any) => m.manager === "agent").fieldsV1).toEqual({ "f:status": { "f:replicas": {} } });
});

test("a patch that breaks the type is refused as upstream refuses it", async () => {
  await using api = await testApi();
  accepted(await api.post(web()));
  const { status, body } = await api.mergePatch(web(), { spec: { replicas: "x" } });
  expect([status, body.reason]).toEqual([422, "Invalid"]);
  expect(body.message).toContain("cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32");
  const unknown = await api.strategicPatch(web(), { spec: { foo: 1 } }, { query: { fieldValidation: "Strict" } });
  expect(unknown.status).toBe(422);
  expect(unknown.body.message).toContain('strict decoding error: unknown field "spec.foo"');
});

test("a schema in a definition is checked to its depth", async () => {
  await using api = await testApi();
  const crd = (items: unknown) => ({
    apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "xs.example.com" },
    spec: { group: "example.com", scope: "Cluster", names: { plural: "xs", kind: "X" }, versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", properties: { a: { type: "array", items } } } } }] },
  });
  const { status, body } = await api.post(crd({ type: "object", required: 5 }));
  expect([status, body.message]).toEqual([400, expect.stringContaining("cannot unmarshal number into Go struct field JSONSchemaProps.spec.versions.schema.openAPIV3Schema.properties.items.required of type []string")]);
  expect((await api.post(crd(5))).status).toBe(400);
  const strict = await api.post(crd({ type: "string", frmat: "x" }), { query: { fieldValidation: "Strict" } });
  expect(strict.body.message).toContain('unknown field "spec.versions[0].schema.openAPIV3Schema.properties.a.items.frmat"');
});
