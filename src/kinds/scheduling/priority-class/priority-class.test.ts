import { expect, test } from "vitest";
import { aPod } from "../../../../test/harness/builders.ts";
import { bootstrapped } from "../../../../test/harness/bootstrapped.ts";
import type { KubeObject } from "../../object.ts";
import type { Pod } from "../../types/core-v1.generated.ts";

const aClass = (name: string, more: object = {}): KubeObject => ({ apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name }, value: 10, ...more });
const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "default" } } as KubeObject;

test("a cluster starts with the system's classes, which nobody deletes", async () => {
  await using api = await bootstrapped();
  const critical = await api.get(aClass("system-node-critical"));
  expect(critical).toMatchObject({ value: 2_000_001_000, preemptionPolicy: "PreemptLowerPriority", metadata: { generation: 1 } });
  expect(await api.delete(critical)).toBeStatus(403, "Forbidden");
});

test("a pod gets the number of its class, or of the default one", async () => {
  await using api = await bootstrapped();
  await api.create(account);
  await api.create(aClass("high", { value: 77, preemptionPolicy: "Never" }));
  await api.create(aClass("usual", { value: 5, globalDefault: true }));
  const high = await api.create(aPod({ spec: { priorityClassName: "high" } })) as Pod;
  expect(high.spec).toMatchObject({ priority: 77, preemptionPolicy: "Never" });
  const usual = await api.create(aPod({ name: "other" })) as Pod;
  expect(usual.spec).toMatchObject({ priority: 5, priorityClassName: "usual" });
});

test("only one class is the default", async () => {
  await using api = await bootstrapped();
  await api.create(aClass("usual", { globalDefault: true }));
  const answer = await api.post(aClass("second", { globalDefault: true }));
  expect(answer).toBeStatus(403, "Forbidden");
  expect(answer.body.message).toContain("PriorityClass usual is already marked as default. Only one default can exist");
});

test.each<[string, KubeObject, string]>([
  ["too high", aClass("mine", { value: 1_000_000_001 }), "value: Forbidden: maximum allowed value of a user defined priority is 1000000000"],
  ["the system's prefix", aClass("system-mine"), "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-mine is not a known system priority class"],
  ["an unknown policy", aClass("mine", { preemptionPolicy: "Sometimes" }), 'preemptionPolicy: Unsupported value: "Sometimes": supported values: "Never", "PreemptLowerPriority"'],
])("refuses %s", async (_name, obj, message) => {
  await using api = await bootstrapped();
  const answer = await api.post(obj);
  expect(answer).toBeStatus(422, "Invalid");
  expect(answer.body.message).toContain(message);
});

test("value and preemption policy are for good; descriptions are not", async () => {
  await using api = await bootstrapped();
  const made = await api.create(aClass("mine"));
  expect((await api.mergePatch(made, { value: 11 })).body.message).toContain("value: Forbidden: may not be changed in an update.");
  expect((await api.mergePatch(made, { preemptionPolicy: "Never" })).body.message).toContain('preemptionPolicy: Invalid value: "Never": field is immutable');
  expect((await api.mergePatch(made, { description: "x" })).status).toBe(200);
});
