import { expect, test } from "vitest";
import { NodeCluster } from "../../../../test/contract/node-cluster.ts";

/** Who owns what of a custom resource follows from the list and map types of its schema. */
const at = (version: string) => `/apis/example.com/${version}/namespaces/default/hosts`;
type Json = Record<string, any>;

const text = { type: "string" };
const strings = { type: "array", items: text };
const texts = { type: "object", additionalProperties: text };
const spec: Json = {
  type: "object",
  properties: {
    tags: { ...strings, "x-kubernetes-list-type": "set" },
    words: strings,
    labels: texts,
    whole: { ...texts, "x-kubernetes-map-type": "atomic" },
    ports: {
      type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port", "protocol"],
      items: { type: "object", required: ["port"], properties: { port: { type: "integer" }, protocol: { ...text, default: "TCP" }, name: text } },
    },
    open: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    either: { "x-kubernetes-int-or-string": true },
    template: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
  },
};

async function withHosts(): Promise<{ cluster: NodeCluster; apply(manager: string, spec: Json, query?: string, version?: string): Promise<{ status: number; body: any; warnings?: string[] }> } & Disposable> {
  const cluster = new NodeCluster({ controllers: [] });
  const schema = { openAPIV3Schema: { type: "object", properties: { spec } } };
  const made = await cluster.send("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "hosts.example.com" },
    spec: { group: "example.com", scope: "Namespaced", names: { plural: "hosts", kind: "Host" }, versions: [{ name: "v1", served: true, storage: true, schema }, { name: "v2", served: true, storage: false, schema }] },
  });
  expect([made.status, made.body.message]).toEqual([201, undefined]);
  return {
    cluster,
    async apply(manager, applied, query = "", version = "v1") {
      const request = { ...cluster.request("PATCH", `${at(version)}/a?fieldManager=${manager}${query}`, { apiVersion: `example.com/${version}`, kind: "Host", metadata: { name: "a" }, spec: applied }), patchType: "application/apply-patch+yaml" as const };
      const { body, ...rest } = await cluster.core.handle(request);
      return { ...rest, body: JSON.parse(body) };
    },
    [Symbol.dispose]: () => cluster[Symbol.dispose](),
  };
}

test.each<[string, Json, Json, Json | string]>([
  ["sets are merged", { tags: ["a", "b"] }, { tags: ["c", "a"] }, { tags: ["c", "a", "b"] }],
  ["other lists are owned as a whole", { words: ["a"] }, { words: ["b"] }, 'Apply failed with 1 conflict: conflict with "one": .spec.words'],
  ["maps are merged", { labels: { a: "1" } }, { labels: { b: "2" } }, { labels: { a: "1", b: "2" } }],
  ["maps conflict by key", { labels: { a: "1" } }, { labels: { a: "2" } }, 'Apply failed with 1 conflict: conflict with "one": .spec.labels.a'],
  ["atomic maps are owned as a whole", { whole: { a: "1" } }, { whole: { b: "2" } }, 'Apply failed with 1 conflict: conflict with "one": .spec.whole'],
  ["lists of maps are merged by keys, of which one is the default", { ports: [{ port: 1, name: "x" }] }, { ports: [{ port: 1, protocol: "UDP" }, { port: 2 }] }, { ports: [{ port: 1, protocol: "TCP", name: "x" }, { port: 1, protocol: "UDP" }, { port: 2, protocol: "TCP" }] }],
  ["entries conflict field by field", { ports: [{ port: 1, name: "x" }] }, { ports: [{ port: 1, protocol: "TCP", name: "y" }] }, 'Apply failed with 1 conflict: conflict with "one": .spec.ports[port=1,protocol="TCP"].name'],
  ["what no schema describes is merged as maps", { open: { a: { x: 1 } } }, { open: { a: { y: 2 } } }, { open: { a: { x: 1, y: 2 } } }],
  ["lists that no schema describes are owned as a whole", { open: { l: [1] } }, { open: { l: [2] } }, 'Apply failed with 1 conflict: conflict with "one": .spec.open.l'],
  ["embedded objects are merged", { template: { apiVersion: "v1", kind: "Pod", metadata: { name: "t", labels: { a: "1" } } } }, { template: { metadata: { labels: { b: "2" } }, apiVersion: "v1", kind: "Pod" } }, { template: { apiVersion: "v1", kind: "Pod", metadata: { name: "t", labels: { a: "1", b: "2" } } } }],
  ["an int-or-string may change its type by force of its owner alone", { either: 1 }, { either: "1" }, 'Apply failed with 1 conflict: conflict with "one": .spec.either'],
])("%s", async (_what, one, two, expected) => {
  using hosts = await withHosts();
  expect((await hosts.apply("one", one)).status).toBe(201);
  const { status, body } = await hosts.apply("two", two);
  if (typeof expected === "string") expect([status, body.message]).toEqual([409, expected]);
  else expect([status, body.message ?? body.spec]).toEqual([200, expected]);
});

test("what its owner leaves out goes, unless another owns it too", async () => {
  using hosts = await withHosts();
  await hosts.apply("one", { tags: ["a", "b"], ports: [{ port: 1 }, { port: 2 }], whole: { a: "1" } });
  await hosts.apply("two", { tags: ["b"], ports: [{ port: 2, name: "x" }] });
  const { body } = await hosts.apply("one", { tags: [] });
  expect(body.spec).toEqual({ tags: ["b"], ports: [{ port: 2, protocol: "TCP", name: "x" }] });
});

test("owners of different versions know of each other", async () => {
  using hosts = await withHosts();
  await hosts.apply("one", { labels: { a: "1", b: "1" } });
  expect((await hosts.apply("two", { labels: { a: "2" } }, "", "v2")).body.message).toBe('Apply failed with 1 conflict: conflict with "one": .spec.labels.a');
  const taken = await hosts.apply("two", { labels: { a: "2" } }, "&force=true", "v2");
  expect(taken.body.metadata.managedFields.map((m: Json) => [m["manager"], m["apiVersion"], JSON.stringify(m["fieldsV1"])])).toEqual([
    ["one", "example.com/v1", '{"f:spec":{"f:labels":{"f:b":{}}}}'], ["two", "example.com/v2", '{"f:spec":{"f:labels":{"f:a":{}}}}'],
  ]);
  expect((await hosts.apply("one", {}, "", "v2")).body.spec).toEqual({ labels: { a: "2" } });
});

test("fields that the schema does not have, and entries that occur twice, cannot be applied", async () => {
  using hosts = await withHosts();
  const unknown = await hosts.apply("one", { zzz: 1 });
  expect([unknown.status, unknown.body.message]).toEqual([400, "failed to create typed patch object (/a; example.com/v1, Kind=Host): .spec.zzz: field not declared in schema"]);
  const twice = await hosts.apply("one", { tags: ["a", "a"] });
  expect([twice.status, twice.body.message]).toEqual([400, 'failed to create typed patch object (default/a; example.com/v1, Kind=Host): .spec.tags: duplicate entries for key [="a"]']);
});
