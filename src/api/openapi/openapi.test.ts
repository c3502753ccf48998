import { expect, test } from "vitest";
import { builtInKinds } from "../../kinds/facts/table.ts";
import { builtinKinds } from "../../kinds/index.ts";
import type { Kind } from "../../kinds/kind.ts";
import { ProtobufReader } from "../protobuf/reader.ts";
import { Definitions, type Json } from "./definitions.ts";
import { openApiDocuments } from "./documents.ts";
import { encodeOpenApiV2Protobuf } from "./gnostic.ts";
import { openApiV2 } from "./v2.ts";
import { openApiV3 } from "./v3.ts";

const widget = (jsonSchema?: Json): Kind => ({
  group: "stable.example.com", kind: "Widget", resource: "widgets", singular: "widget", scope: "Namespaced",
  versions: [{ version: "v1", ...(jsonSchema && { jsonSchema }) }],
});

const groupVersions = [...new Map(builtinKinds.flatMap((k) => k.versions.map((v) => [`${v.group ?? k.group}/${v.version}`, { group: v.group ?? k.group, version: v.version }] as const))).values()];

test.each(groupVersions)("every reference in the document of $group/$version resolves", ({ group, version }) => {
  const document = openApiV3(builtinKinds, group, version) as any;
  for (const name of references(document)) expect(document.components.schemas, name).toHaveProperty([name]);
});

test("every reference in the v2 document resolves", () => {
  const document = openApiV2([...builtinKinds, widget()]) as any;
  for (const name of references(document)) expect(document.definitions, name).toHaveProperty([name]);
});

test("PATCH tells kubectl that the server validates fields and merges strategically", () => {
  const patch = (openApiV3(builtinKinds, "apps", "v1") as any).paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"].patch;
  expect(patch.parameters.map((p: Json) => p.name)).toContain("fieldValidation");
  expect(patch.requestBody.content).toHaveProperty(["application/strategic-merge-patch+json"]);
  expect(patch["x-kubernetes-group-version-kind"]).toEqual({ group: "apps", version: "v1", kind: "Deployment" });
  expect(patch["x-kubernetes-action"]).toBe("patch");
  expect(patch.operationId).toBe("patchAppsV1NamespacedDeployment");
});

test("subresources are routes of their own: views, scale, actions and streams", () => {
  const core = (openApiV3(builtinKinds, "", "v1") as any).paths;
  const pod = "/api/v1/namespaces/{namespace}/pods/{name}";
  expect(Object.keys(core[`${pod}/status`]).sort()).toEqual(["get", "parameters", "patch", "put"]);
  expect(core[`${pod}/binding`].post["x-kubernetes-group-version-kind"].kind).toBe("Binding");
  expect(core[`${pod}/exec`].post["x-kubernetes-group-version-kind"].kind).toBe("PodExecOptions");
  expect(core[`${pod}/log`].get.parameters.map((p: Json) => p.name)).toContain("tailLines");
  expect(core).toHaveProperty([`${pod}/proxy/{path}`]);
  const scale = (openApiV3(builtinKinds, "apps", "v1") as any).paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale"];
  expect(scale.get["x-kubernetes-group-version-kind"]).toEqual({ group: "autoscaling", version: "v1", kind: "Scale" });
});

test("definitions carry merge keys, list types, enums and defaults; v2 has no defaults", () => {
  const [v3, v2] = (["v3", "v2"] as const).map((dialect) => {
    const definitions = new Definitions(dialect);
    definitions.reference("io.k8s.api.core.v1.Container");
    return definitions.all as any;
  });
  expect(v3["io.k8s.api.core.v1.Container"].properties.ports).toMatchObject({
    type: "array", "x-kubernetes-patch-merge-key": "containerPort", "x-kubernetes-patch-strategy": "merge",
    "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["containerPort", "protocol"],
  });
  expect(v3["io.k8s.api.core.v1.ContainerPort"].properties.protocol).toEqual({ type: "string", enum: ["SCTP", "TCP", "UDP"], default: "TCP" });
  expect(v2["io.k8s.api.core.v1.ContainerPort"].properties.protocol).toEqual({ type: "string", enum: ["SCTP", "TCP", "UDP"] });
  expect(v3["io.k8s.api.core.v1.Container"].required).toEqual(["name"]);
});

test("meta/v1's options belong to every group version that a document serves", () => {
  const kinds = (openApiV3(builtinKinds, "apps", "v1") as any).components.schemas["io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"]["x-kubernetes-group-version-kind"];
  expect(kinds).toEqual([{ group: "", version: "v1", kind: "DeleteOptions" }, { group: "apps", version: "v1", kind: "DeleteOptions" }]);
});

test("every built-in type has a definition", () => {
  const definitions = new Definitions("v3");
  for (const { type } of builtInKinds()) definitions.reference(type);
  for (const [name, definition] of Object.entries(definitions.all)) expect(definition, name).toBeDefined();
});

test("a custom resource is published as its author wrote it, with what every object has", () => {
  const schema = { description: "A widget.", type: "object", required: ["spec"], properties: { spec: { type: "object", properties: { size: { type: "integer", maximum: 9 } } } } };
  for (const definitions of [(openApiV2([widget(schema)]) as any).definitions, (openApiV3([widget(schema)], "stable.example.com", "v1") as any).components.schemas]) {
    const { "x-kubernetes-group-version-kind": gvk, properties, ...rest } = definitions["com.example.stable.v1.Widget"];
    expect(gvk).toEqual([{ group: "stable.example.com", version: "v1", kind: "Widget" }]);
    expect(rest).toEqual({ description: "A widget.", type: "object", required: ["spec"] });
    expect(properties.spec).toEqual(schema.properties.spec);
    expect(Object.keys(properties).sort()).toEqual(["apiVersion", "kind", "metadata", "spec"]);
    expect(definitions).toHaveProperty(["com.example.stable.v1.WidgetList"]);
  }
});

test("v2 leaves out what kubectl would misread: junctors, nullable values, half-known objects", () => {
  const definition = (schema: Json) => (openApiV2([widget(schema)]) as any).definitions["com.example.stable.v1.Widget"];
  const spec = { type: "object", required: ["a"], properties: { a: { type: "string", nullable: true }, b: { type: "object", "x-kubernetes-preserve-unknown-fields": true, properties: { c: { type: "string" } } } }, anyOf: [{}] };
  expect(definition({ type: "object", properties: { spec } }).properties.spec).toEqual({ type: "object", properties: { a: {}, b: { "x-kubernetes-preserve-unknown-fields": true } } });
  expect(definition({ type: "object", "x-kubernetes-preserve-unknown-fields": true }).properties).toBeUndefined();
});

test("the protobuf of the v2 document names every path and definition in order", () => {
  const kinds = [...builtinKinds, widget({ type: "object", properties: { spec: { type: "object", "x-kubernetes-embedded-resource": true } } })];
  const document = openApiV2(kinds) as any;
  const bytes = encodeOpenApiV2Protobuf(openApiDocuments().v2(kinds) as Json);
  expect(names(bytes, 8, 2)).toEqual(Object.keys(document.paths));
  expect(names(bytes, 9, 1)).toEqual(Object.keys(document.definitions));
});

test("descriptions appear where they are known", () => {
  const descriptions = { "io.k8s.api.core.v1.ConfigMap": "Data.", "io.k8s.api.core.v1.ConfigMap.data": "Pairs." };
  const definition = (openApiDocuments(descriptions).v3(builtinKinds, "", "v1") as any).components.schemas["io.k8s.api.core.v1.ConfigMap"];
  expect(definition.description).toBe("Data.");
  expect(definition.properties.data.description).toBe("Pairs.");
});

function references(value: unknown): Set<string> {
  return new Set([...JSON.stringify(value).matchAll(/"\$ref":"[^"]*\/([^"/]+)"/g)].map((m) => m[1]!));
}

/** Names of the entries (field `entry`) of the document's field `number`. */
function names(bytes: Uint8Array, number: number, entry: number): string[] {
  const found: string[] = [];
  const each = (inner: Uint8Array, visit: (field: number, value: Uint8Array) => void) => {
    const reader = new ProtobufReader(inner);
    while (!reader.done) visit(reader.tag() >>> 3, reader.bytes());
  };
  each(bytes, (field, value) => {
    if (field === number) each(value, (f, item) => { if (f === entry) each(item, (g, text) => { if (g === 1) found.push(new TextDecoder().decode(text)); }); });
  });
  return found;
}
