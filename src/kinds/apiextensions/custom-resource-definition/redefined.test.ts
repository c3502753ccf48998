import { expect, test } from "vitest";
import { NodeCluster } from "../../../../test/contract/node-cluster.ts";
import type { Controller } from "../../../controllers/controller.ts";
import { customResourceDefinitionController } from "./controller.ts";

const root = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const at = (version: string) => `/apis/example.com/${version}/namespaces/default/hosts`;
type Json = Record<string, any>;

const version = (name: string, storage: boolean, properties: Json): Json => ({ name, served: true, storage, schema: { openAPIV3Schema: { type: "object", properties } } });
const versions = (storage: "v1" | "v2"): Json[] => [
  version("v1", storage === "v1", { port: { type: "integer" } }),
  version("v2", storage === "v2", { port: { type: "integer" }, zone: { type: "string", default: "a" } }),
];
const definition: Json = {
  apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "hosts.example.com" },
  spec: { group: "example.com", scope: "Namespaced", names: { plural: "hosts", kind: "Host" }, versions: versions("v1") },
};
const host = (name: string, port: number): Json => ({ apiVersion: "example.com/v1", kind: "Host", metadata: { name }, port });

async function withHosts(controllers: readonly Controller[] = []): Promise<NodeCluster> {
  const cluster = new NodeCluster({ controllers });
  expect((await cluster.send("POST", root, definition)).status).toBe(201);
  return cluster;
}
const watched = (cluster: NodeCluster, name: string) => cluster.watch(`${at(name)}?watch=true&resourceVersion=${cluster.core.store.revision}`);

async function redefine(cluster: NodeCluster, spec: Json): Promise<void> {
  const { body } = await cluster.send("GET", `${root}/hosts.example.com`);
  const put = await cluster.send("PUT", `${root}/hosts.example.com`, { ...body, spec: { ...body.spec, ...spec } });
  expect([put.status, put.body.message]).toEqual([200, undefined]);
}

test("watches go on when the storage version moves, each in its own version", async () => {
  using cluster = await withHosts();
  const [one, two] = [watched(cluster, "v1"), watched(cluster, "v2")];
  await cluster.send("POST", at("v1"), host("a", 1));
  await redefine(cluster, { versions: versions("v2") });
  await cluster.send("POST", at("v1"), host("b", 2));
  await cluster.rest();
  const seen = (events: Json[]) => events.map((e) => [e["object"].apiVersion, e["object"].metadata.name, e["object"].zone]);
  expect(seen(one.events())).toEqual([["example.com/v1", "a", undefined], ["example.com/v1", "b", undefined]]);
  // What is read has the defaults of the version it is stored in.
  expect(seen(two.events())).toEqual([["example.com/v2", "a", undefined], ["example.com/v2", "b", "a"]]);
});

test("a watch sees the schema of the moment: a new field, and the default that came with it", async () => {
  using cluster = await withHosts();
  const watch = watched(cluster, "v1");
  const [first, ...others] = versions("v1");
  await cluster.send("POST", at("v1"), { ...host("a", 1), rack: "r" });
  await redefine(cluster, { versions: [{ ...first, schema: { openAPIV3Schema: { type: "object", properties: { port: { type: "integer" }, rack: { type: "string", default: "none" } } } } }, ...others] });
  await cluster.send("POST", at("v1"), { ...host("b", 1), rack: "r" });
  await cluster.send("PATCH", `${at("v1")}/a`, { port: 2 });
  await cluster.rest();
  expect(watch.events().map((e) => [e.type, e.object.metadata.name, e.object.rack])).toEqual([["ADDED", "a", undefined], ["ADDED", "b", "r"], ["MODIFIED", "a", "none"]]);
});

test("a watch of a version that is served no more ends, the others go on", async () => {
  using cluster = await withHosts();
  const [one, two] = [watched(cluster, "v1"), watched(cluster, "v2")];
  const [first, second] = versions("v2");
  await redefine(cluster, { versions: [{ ...first, served: false }, second] });
  await cluster.send("POST", at("v2"), { ...host("a", 1), apiVersion: "example.com/v2" });
  await cluster.rest();
  expect(one.closedWith).toBeTruthy();
  expect([two.events().length, two.closedWith]).toEqual([1, undefined]);
});

test("when its definition is deleted, a watch sees the objects go and ends", async () => {
  using cluster = await withHosts([customResourceDefinitionController]);
  const watch = watched(cluster, "v1");
  await cluster.send("POST", at("v1"), host("a", 1));
  await cluster.send("DELETE", `${root}/hosts.example.com`);
  for (let i = 0; i < 5; i++) await cluster.pass(1_000);
  expect((await cluster.send("GET", at("v1"))).status).toBe(404);
  expect(watch.events().map((e) => e.type)).toEqual(["ADDED", "DELETED"]);
  expect(watch.closedWith).toBeTruthy();
});
