import type { Kind, KindVersion } from "../../kinds/kind.ts";
import { listMetaType, objectMetaType, type Definitions, type Dialect, type Json } from "./definitions.ts";
import { isJsonObject } from "../../lib/json-value.ts";

/** Definition name of a custom resource: `stable.example.com/v1 CronTab` is `com.example.stable.v1.CronTab`. */
export const customTypeName = (group: string, version: string, kind: string): string =>
  [...group.split(".").reverse(), version, kind].join(".");

/** Adds a custom resource's definition and that of its list; both as upstream's apiextensions publishes them. */
export function addCustomDefinitions(definitions: Definitions, dialect: Dialect, kind: Kind, version: KindVersion): void {
  const gvk = { group: version.group ?? kind.group, version: version.version, kind: kind.kind };
  const name = customTypeName(gvk.group, gvk.version, gvk.kind);
  const item = definitions.add(name, () => ({
    ...objectSchema(definitions, dialect, version),
    "x-kubernetes-group-version-kind": [gvk],
    ...selectableFields(kind),
  }));
  const listKind = kind.listKind ?? `${kind.kind}List`;
  definitions.add(customTypeName(gvk.group, gvk.version, listKind), () => ({
    description: `${listKind} is a list of ${gvk.kind}`,
    type: "object",
    required: ["items"],
    properties: { ...typeMeta(definitions), metadata: described(definitions, dialect, listMetaType, "io.k8s.api.core.v1.ConfigMapList.metadata"), items: { type: "array", items: item } },
    "x-kubernetes-group-version-kind": [{ ...gvk, kind: listKind }],
    ...selectableFields(kind),
  }));
}

/** What every object has, in the words that built-in kinds have for it. */
const typeMeta = (definitions: Definitions): Json => ({
  apiVersion: { ...definitions.description("io.k8s.api.core.v1.ConfigMap.apiVersion"), type: "string" }, kind: { ...definitions.description("io.k8s.api.core.v1.ConfigMap.kind"), type: "string" },
});
const objectMeta = (definitions: Definitions, dialect: Dialect): Json => described(definitions, dialect, objectMetaType, "io.k8s.api.core.v1.ConfigMap.metadata");

/** OpenAPI v3 ignores whatever stands beside a reference. */
function described(definitions: Definitions, dialect: Dialect, type: string, words: string): Json {
  const reference = definitions.reference(type);
  return dialect === "v3" ? { allOf: [reference], ...definitions.description(words) } : { ...reference, ...definitions.description(words) };
}

function selectableFields({ selectableFields: fields = {} }: Kind): Json {
  const paths = Object.keys(fields);
  return paths.length > 0 ? { "x-kubernetes-selectable-fields": paths.map((fieldPath) => ({ fieldPath })) } : {};
}

function objectSchema(definitions: Definitions, dialect: Dialect, version: KindVersion): Json {
  const written = version.jsonSchema as Json | undefined ?? (version.schema && definitions.inline(version.schema));
  // Properties without the rest would tell kubectl that everything else is forbidden.
  if (!written || (dialect === "v2" && written["x-kubernetes-preserve-unknown-fields"])) return { type: "object" };
  const schema = publish(written, dialect, definitions);
  return { ...schema, properties: { ...schema.properties as Json | undefined, ...typeMeta(definitions), metadata: objectMeta(definitions, dialect) } };
}

const unsupportedInV2 = ["allOf", "oneOf", "anyOf", "not", "nullable"];

/** A copy of an author's schema: completed where objects are embedded, and for v2 cut down to what kubectl understands. */
function publish(written: Json, dialect: Dialect, definitions: Definitions): Json {
  const schema: Json = { ...written };
  if (dialect === "v2") cutForV2(schema);
  const inner = (value: unknown) => publish(value as Json, dialect, definitions);
  if (isJsonObject(schema.items)) schema.items = inner(schema.items);
  if (isJsonObject(schema.additionalProperties)) schema.additionalProperties = inner(schema.additionalProperties);
  if (isJsonObject(schema.properties)) {
    schema.properties = Object.fromEntries(Object.entries(schema.properties).map(([name, value]) => [name, inner(value)]));
  }
  if (schema["x-kubernetes-embedded-resource"] && !(dialect === "v2" && schema["x-kubernetes-preserve-unknown-fields"])) {
    schema.properties = { ...schema.properties as Json | undefined, ...typeMeta(definitions), metadata: objectMeta(definitions, dialect) };
    schema.required = [...new Set([...schema.required as string[] | undefined ?? [], "kind", "apiVersion"])];
  }
  return schema;
}

// kubectl takes a value without a type for anything, but stumbles over half a description of one.
function cutForV2(schema: Json): void {
  const untyped = schema.nullable === true || schema["x-kubernetes-preserve-unknown-fields"] === true;
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const nullable = Object.keys(properties).filter((name) => (properties[name] as Json).nullable === true);
  for (const key of unsupportedInV2) delete schema[key];
  if (untyped) for (const key of ["type", "items", "properties"]) delete schema[key];
  if (schema.type === "array" && !schema.items) delete schema.type;
  if (Array.isArray(schema.required) && nullable.length > 0) {
    const required = schema.required.filter((name) => !nullable.includes(name as string));
    if (required.length > 0) schema.required = required;
    else delete schema.required;
  }
}
