import { expect, test } from "vitest";
import { aBinding, aNode, aPod } from "../../../test/harness/builders.ts";
import { testApi } from "../../../test/harness/test-api.ts";
import type { KubeObject } from "../../kinds/object.ts";

const ZONE = "topology.kubernetes.io/zone";
const REGION = "topology.kubernetes.io/region";

test("a pod learns zone and region of the node that it is bound to, and keeps what it says itself", async () => {
  await using api = await testApi();
  await api.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } });
  await api.create(aNode({ name: "n", labels: { [ZONE]: "z1", [REGION]: "r1", other: "x" } }));
  const pod = await api.create({ ...aPod(), metadata: { ...aPod().metadata, labels: { app: "web", [REGION]: "own" } } } as KubeObject);
  expect((await api.send("POST", api.path(pod, pod.metadata.name, "binding"), { body: aBinding(pod as never, "n") })).status).toBe(201);
  expect((await api.get(pod)).metadata.labels).toEqual({ app: "web", [REGION]: "own", [ZONE]: "z1" });
});

test("so does a pod that is made for a node; an unknown node has no labels", async () => {
  await using api = await testApi();
  await api.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } });
  await api.create(aNode({ name: "n", labels: { [ZONE]: "z1" } }));
  const made = async (name: string, nodeName: string) => (await api.create({ ...aPod(), metadata: { name, namespace: "default" }, spec: { containers: [{ name: "c", image: "i" }], nodeName } } as KubeObject)).metadata.labels;
  expect(await made("a", "n")).toEqual({ [ZONE]: "z1" });
  expect(await made("b", "gone")).toBeUndefined();
});
