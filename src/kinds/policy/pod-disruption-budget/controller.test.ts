import { expect, test } from "vitest";
import { aDeployment, aPod } from "../../../../test/harness/builders.ts";
import { isReady, scaleTo } from "../../../../test/harness/looks.ts";
import { testCluster, type TestCluster } from "../../../../test/harness/test-cluster.ts";
import type { Answer } from "../../../../test/harness/test-api.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import type { PodDisruptionBudget } from "../../types/policy-v1.generated.ts";

const aBudget = (spec: object): PodDisruptionBudget =>
  ({ apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "web", namespace: "default" }, spec: { selector: { matchLabels: { app: "web" } }, ...spec } });
const evict = (cluster: TestCluster, pod: Pod, deleteOptions: object = {}): Promise<Answer> =>
  cluster.api.send("POST", `/api/v1/namespaces/default/pods/${pod.metadata.name}/eviction`, { body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: pod.metadata.name, namespace: "default" }, deleteOptions } });
const living = (cluster: TestCluster) => cluster.pods().filter((pod) => !pod.metadata.deletionTimestamp);

test.each<[object, number, object]>([
  [{ minAvailable: 2 }, 3, { expectedPods: 3, desiredHealthy: 2, currentHealthy: 3, disruptionsAllowed: 1 }],
  [{ minAvailable: "50%" }, 3, { expectedPods: 3, desiredHealthy: 2, disruptionsAllowed: 1 }],
  [{ maxUnavailable: 1 }, 3, { expectedPods: 3, desiredHealthy: 2, disruptionsAllowed: 1 }],
  [{ maxUnavailable: "50%" }, 3, { expectedPods: 3, desiredHealthy: 1, disruptionsAllowed: 2 }],
  [{ maxUnavailable: 0 }, 2, { expectedPods: 2, desiredHealthy: 2, disruptionsAllowed: 0 }],
  [{ minAvailable: 1 }, 0, { expectedPods: 0, desiredHealthy: 1, disruptionsAllowed: 0 }],
])("%j of %i pods", async (spec, replicas, expected) => {
  await using cluster = await testCluster();
  cluster.apply(aDeployment({ replicas }));
  const budget = cluster.create(aBudget(spec));
  cluster.settle({ pods: "ready" });
  const { status } = cluster.get(budget)!;
  expect(status).toMatchObject({ observedGeneration: 1, ...expected });
  const allowed = status!.disruptionsAllowed! > 0;
  expect(status!.conditions).toMatchObject([{ type: "DisruptionAllowed", status: allowed ? "True" : "False", reason: allowed ? "SufficientPods" : "InsufficientPods", message: "" }]);
});

test("evictions spend the budget, the rest is refused, and the budget comes back with new pods", async () => {
  await using cluster = await testCluster();
  const web = cluster.apply(aDeployment({ replicas: 3 }));
  const budget = cluster.create(aBudget({ minAvailable: 2 }));
  cluster.settle({ pods: "ready" });
  const [first, second] = cluster.pods(web);

  expect((await evict(cluster, first!)).status).toBe(201);
  expect(cluster.get(first!)!.metadata.deletionTimestamp).toBeDefined();
  expect(cluster.get(first!)!.status!.conditions).toContainEqual(expect.objectContaining({ type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI" }));
  const refused = await evict(cluster, second!);
  expect(refused).toBeStatus(429, "TooManyRequests");
  expect(refused.body).toMatchObject({ message: "Cannot evict pod as it would violate the pod's disruption budget.", details: { causes: [{ reason: "DisruptionBudget", message: expect.stringContaining("The disruption budget web needs 2 healthy pods and has") }] } });
  expect(living(cluster).filter(isReady)).toHaveLength(2);

  cluster.settle({ pods: "ready" });
  expect(cluster.get(budget)!.status).toMatchObject({ disruptionsAllowed: 1, currentHealthy: 3 });
  expect(cluster.get(budget)!.status).not.toHaveProperty("disruptedPods");
  expect((await evict(cluster, second!)).status).toBe(201);
});

test("a dry run asks the budget and spends nothing", async () => {
  await using cluster = await testCluster();
  cluster.apply(aDeployment({ replicas: 2 }));
  const budget = cluster.create(aBudget({ minAvailable: 1 }));
  cluster.settle({ pods: "ready" });
  expect((await evict(cluster, cluster.pods()[0]!, { dryRun: ["All"] })).status).toBe(201);
  expect(cluster.get(budget)!.status).toMatchObject({ disruptionsAllowed: 1 });
  expect(living(cluster)).toHaveLength(2);
});

test("a budget that the controller has not seen refuses for now", async () => {
  await using cluster = await testCluster();
  cluster.apply(aDeployment({ replicas: 2 }));
  cluster.settle({ pods: "ready" });
  const budget = cluster.create(aBudget({ minAvailable: 1 }));
  const answer = await cluster.api.send("POST", `/api/v1/namespaces/default/pods/${cluster.pods()[0]!.metadata.name}/eviction`, { body: { apiVersion: "policy/v1", kind: "Eviction", metadata: {} } });
  // The budget may have been counted within the request's own transaction.
  if (cluster.get(budget)!.status!.observedGeneration === undefined) {
    expect(answer).toBeStatus(429, "TooManyRequests");
    expect(answer.body.details.retryAfterSeconds).toBe(10);
  }
});

test("pods that are not ready go freely under AlwaysAllow, and otherwise only while the budget is healthy", async () => {
  await using cluster = await testCluster();
  cluster.create(aPod({ name: "sick", labels: { app: "web" } }));
  cluster.settle({ pods: "ready" });
  cluster.update(cluster.pods()[0]!, (draft) => { for (const c of draft.status!.conditions!) if (c.type === "Ready") c.status = "False"; }, { subresource: "status" });
  const budget = cluster.create(aBudget({ minAvailable: 1 }));
  cluster.settle();
  expect(await evict(cluster, cluster.pods()[0]!)).toBeStatus(429, "TooManyRequests");
  cluster.update(budget, (draft) => { draft.spec!.unhealthyPodEvictionPolicy = "AlwaysAllow"; });
  cluster.settle();
  expect((await evict(cluster, cluster.pods()[0]!)).status).toBe(201);
});

test("a pod under two budgets is not evicted", async () => {
  await using cluster = await testCluster();
  cluster.apply(aDeployment({ replicas: 1 }));
  cluster.create(aBudget({ minAvailable: 0 }));
  cluster.create({ ...aBudget({ maxUnavailable: 1 }), metadata: { name: "other", namespace: "default" } });
  cluster.settle({ pods: "ready" });
  expect(await evict(cluster, cluster.pods()[0]!)).toBeStatus(500);
});

test("an evicted pod that stays is counted again after two minutes", async () => {
  await using cluster = await testCluster();
  const web = cluster.apply(aDeployment({ replicas: 2 }));
  const budget = cluster.create(aBudget({ minAvailable: 1 }));
  cluster.settle({ pods: "ready" });
  const name = cluster.pods(web)[0]!.metadata.name!;
  cluster.update(budget, (draft) => { draft.status!.disruptedPods = { [name]: new Date(cluster.nowMs).toISOString().slice(0, 19) + "Z" }; }, { subresource: "status" });
  cluster.settle();
  expect(cluster.get(budget)!.status).toMatchObject({ disruptionsAllowed: 0, currentHealthy: 1 });
  cluster.advance(121_000);
  expect(cluster.get(budget)!.status).toMatchObject({ disruptionsAllowed: 1, currentHealthy: 2 });
});

test("unmanaged pods and controllers without a size are told of", async () => {
  await using cluster = await testCluster();
  cluster.create(aPod({ labels: { app: "web" } }));
  const budget = cluster.create(aBudget({ maxUnavailable: 1 }));
  cluster.settle({ pods: "ready" });
  expect(cluster.events(budget).join()).toContain("Warning UnmanagedPods: Pods selected by this PodDisruptionBudget (selector: app=web)");
});

test("a bigger Deployment makes a bigger budget", async () => {
  await using cluster = await testCluster();
  const web = cluster.apply(aDeployment({ replicas: 2 }));
  const budget = cluster.create(aBudget({ minAvailable: "50%" }));
  cluster.settle({ pods: "ready" });
  cluster.update(web, scaleTo(6));
  cluster.settle({ pods: "ready" });
  expect(cluster.get(budget)!.status).toMatchObject({ expectedPods: 6, desiredHealthy: 3, disruptionsAllowed: 3 });
});

test.each<[object, string]>([
  [{ minAvailable: 1, maxUnavailable: 1 }, "minAvailable and maxUnavailable cannot be both set"],
  [{ minAvailable: -1 }, "spec.minAvailable: Invalid value: -1: must be greater than or equal to 0"],
  [{ maxUnavailable: "101%" }, 'spec.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
  [{ maxUnavailable: "many" }, "spec.maxUnavailable: Invalid value: \"many\": a valid percent string"],
  [{ unhealthyPodEvictionPolicy: "Never" }, "spec.unhealthyPodEvictionPolicy: Unsupported value"],
])("refuses %j", async (spec, message) => {
  await using cluster = await testCluster();
  const answer = await cluster.api.post(aBudget(spec));
  expect(answer).toBeStatus(422, "Invalid");
  expect(answer.body.message).toContain(message);
});
