import { expect, test } from "vitest";
import type { KubeObject } from "../../kinds/object.ts";
import type { Pod } from "../../kinds/types/core-v1.generated.ts";
import { aPod } from "../../../test/harness/builders.ts";
import { testApi } from "../../../test/harness/test-api.ts";

const aRange = (...limits: object[]): KubeObject => ({ apiVersion: "v1", kind: "LimitRange", metadata: { name: "range", namespace: "default" }, spec: { limits } });
const withResources = (resources: object) => aPod({ spec: { containers: [{ name: "main", image: "app:1", resources }] } });

async function apiWith(...limits: object[]) {
  const api = await testApi();
  await api.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "default" } });
  await api.create(aRange(...limits));
  return api;
}

test("containers get the defaults that they lack, and an annotation tells so", async () => {
  await using api = await apiWith({ type: "Container", default: { cpu: "500m", memory: "500Mi" }, defaultRequest: { cpu: "100m", memory: "200Mi" } });
  const pod = await api.create(withResources({ requests: { cpu: "300m" } })) as unknown as Pod;
  expect(pod.spec!.containers[0]!.resources).toEqual({ limits: { cpu: "500m", memory: "500Mi" }, requests: { cpu: "300m", memory: "200Mi" } });
  expect(pod.metadata.annotations).toEqual({ "kubernetes.io/limit-ranger": "LimitRanger plugin set: memory request for container main; cpu, memory limit for container main" });
});

test("a stated limit is the request, before any default", async () => {
  await using api = await apiWith({ type: "Container", defaultRequest: { cpu: "100m" } });
  const pod = await api.create(withResources({ limits: { cpu: "300m" } })) as unknown as Pod;
  expect(pod.spec!.containers[0]!.resources).toEqual({ limits: { cpu: "300m" }, requests: { cpu: "300m" } });
});

test("a range's own defaults follow from its bounds", async () => {
  await using api = await apiWith({ type: "Container", max: { cpu: "2" }, min: { memory: "64Mi" } });
  const range = await api.get(aRange());
  expect((range.spec as { limits: object[] }).limits).toEqual([{ type: "Container", max: { cpu: "2" }, min: { memory: "64Mi" }, default: { cpu: "2" }, defaultRequest: { cpu: "2", memory: "64Mi" } }]);
});

test.each([
  ["minimum", { requests: { cpu: "10m" } }, "minimum cpu usage per Container is 50m, but request is 10m"],
  ["maximum", { requests: { cpu: "600m" }, limits: { cpu: "600m" } }, "maximum cpu usage per Container is 500m, but limit is 600m"],
  ["ratio", { requests: { cpu: "50m" }, limits: { cpu: "500m" } }, "cpu max limit to request ratio per Container is 4, but provided ratio is 10.000000"],
])("what is beyond the %s is refused", async (_name, resources, text) => {
  await using api = await apiWith({ type: "Container", min: { cpu: "50m" }, max: { cpu: "500m" }, maxLimitRequestRatio: { cpu: "4" } });
  const answer = await api.post(withResources(resources));
  expect(answer).toBeStatus(403, "Forbidden");
  expect(answer.body.message).toContain(text);
});

test("a pod's containers together stay within its bounds", async () => {
  await using api = await apiWith({ type: "Pod", max: { memory: "1Gi" } });
  const resources = { requests: { memory: "600Mi" }, limits: { memory: "600Mi" } };
  const answer = await api.post(aPod({ spec: { containers: [{ name: "a", image: "app:1", resources }, { name: "b", image: "app:1", resources }] } }));
  expect(answer.body.message).toBe('pods "pod" is forbidden: maximum memory usage per Pod is 1Gi, but limit is 1200Mi');
});

test("bounds that contradict each other are invalid", async () => {
  await using api = await testApi();
  const answer = await api.post(aRange({ type: "Container", min: { cpu: "2" }, max: { cpu: "1" } }, { type: "Pod", default: { cpu: "1" } }, { type: "Odd" }));
  expect(answer).toBeStatus(422, "Invalid");
  expect(answer.body.message).toContain("spec.limits[0].min[cpu]: Invalid value: \"2\": min value 2 is greater than max value 1");
  expect(answer.body.message).toContain("spec.limits[1].default: Forbidden: may not be specified when `type` is 'Pod'");
  expect(answer.body.message).toContain("spec.limits[2].type: Invalid value: \"Odd\": must be a standard limit type or fully qualified");
});
