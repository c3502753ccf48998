import { expect, test } from "vitest";
import type { Field, Schema } from "../schema.ts";
import { builtInKinds, schemaOf, typeNameOf, typeNames } from "./table.ts";

const structs = typeNames().flatMap((name) => {
  try { return [schemaOf(name)]; } catch { return []; }
});

test("every reference resolves", () => {
  const visit = (schema: Schema): void => {
    if (schema.type === "list") visit(schema.items);
    else if (schema.type === "map") visit(schema.values);
    else if (schema.type === "struct") expect(schemaOf(schema.name!)).toBeDefined();
  };
  for (const struct of structs) for (const field of struct.fields.values()) visit(field.schema);
  for (const kind of builtInKinds()) expect(schemaOf(kind.type).fields).toBeDefined();
});

test("protobuf numbers are unique among the fields of one message", () => {
  for (const struct of structs) {
    const numbered = [...struct.fields.values()].filter((f) => f.number !== undefined).map((f) => [...(f.within ?? []), f.number].join("."));
    expect(new Set(numbered).size, struct.name).toBe(numbered.length);
  }
});

test("map lists name keys that their items have, and merge keys too", () => {
  for (const struct of structs) {
    for (const field of struct.fields.values()) for (const key of keysOf(field)) {
      const items = field.schema.type === "list" ? field.schema.items : field.schema;
      if (items.type === "struct") expect(items.fields.has(key), `${struct.name}.${field.name}: ${key}`).toBe(true);
    }
  }
});

const keysOf = (field: Field): string[] => [
  ...(field.schema.type === "list" ? field.schema.mapKeys ?? [] : []),
  ...(field.patchMergeKey ? [field.patchMergeKey] : []),
];

test("the table says what upstream's types say", () => {
  const field = (type: string, name: string) => schemaOf(type).fields.get(name)!;
  const port = field("io.k8s.api.core.v1.Container", "ports");
  expect(port).toMatchObject({ patchStrategy: ["merge"], patchMergeKey: "containerPort", schema: { listType: "map", mapKeys: ["containerPort", "protocol"] } });
  expect(field("io.k8s.api.core.v1.PodSpec", "volumes").patchStrategy).toEqual(["merge", "retainKeys"]);
  expect(field("io.k8s.api.core.v1.Volume", "secret")).toMatchObject({ number: 6, within: [2], pointer: true, omitEmpty: true });
  expect(field("io.k8s.api.core.v1.ServicePort", "protocol")).toMatchObject({ default: "TCP", schema: { enum: ["SCTP", "TCP", "UDP"] } });
  expect(field("io.k8s.api.apps.v1.Deployment", "status").omitEmpty).toBeUndefined();
  expect(field("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", "creationTimestamp").omitEmpty).toBe(true);
  expect(field("io.k8s.api.core.v1.ServiceSpec", "selector").schema).toMatchObject({ type: "map", atomic: true });
  expect(schemaOf("io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector").atomic).toBe(true);
});

test("a type is the same object each time", () => {
  expect(schemaOf("io.k8s.api.core.v1.Pod")).toBe(schemaOf("io.k8s.api.core.v1.Pod"));
  expect(typeNameOf("apps", "v1", "Deployment")).toBe("io.k8s.api.apps.v1.Deployment");
  expect(typeNameOf("", "v1", "toString")).toBeUndefined();
});
