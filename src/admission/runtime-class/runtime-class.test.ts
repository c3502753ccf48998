import { expect, test } from "vitest";
import { aPod } from "../../../test/harness/builders.ts";
import { testApi } from "../../../test/harness/test-api.ts";

async function apiWithClass() {
  const api = await testApi();
  await api.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "default" } });
  await api.create({
    apiVersion: "node.k8s.io/v1", kind: "RuntimeClass", metadata: { name: "vm" }, handler: "vm", overhead: { podFixed: { memory: "64Mi" } },
    scheduling: { nodeSelector: { vm: "yes" }, tolerations: [{ key: "vm", operator: "Exists" }] },
  } as never);
  return api;
}
const withClass = (runtimeClassName: string, more: object = {}) => aPod({ spec: { runtimeClassName, containers: [{ name: "main", image: "app:1" }], ...more } });

test("a pod gets overhead, node selector and tolerations of its class", async () => {
  await using api = await apiWithClass();
  const pod = await api.create(withClass("vm", { nodeSelector: { disk: "ssd" } }));
  expect(pod.spec).toMatchObject({ overhead: { memory: "64Mi" }, nodeSelector: { disk: "ssd", vm: "yes" } });
  expect((pod.spec as { tolerations: unknown[] }).tolerations).toContainEqual({ key: "vm", operator: "Exists" });
});

test.each([
  [withClass("none"), 'pod rejected: RuntimeClass "none" not found'],
  [withClass("vm", { overhead: { memory: "1Gi" } }), "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"],
  [withClass("vm", { nodeSelector: { vm: "no" } }), "conflict: runtimeClass.scheduling.nodeSelector[vm] = yes; pod.spec.nodeSelector[vm] = no"],
  [aPod({ spec: { containers: [{ name: "main", image: "app:1" }], overhead: { cpu: "1" } } }), "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"],
])("a contradiction is refused: %#", async (pod, text) => {
  await using api = await apiWithClass();
  const answer = await api.post(pod);
  expect(answer).toBeStatus(403, "Forbidden");
  expect(answer.body.message).toBe(`pods "pod" is forbidden: ${text}`);
});
