import { expect, test } from "vitest";
import type { KubeObject } from "../../object.ts";
import type { ResourceQuota } from "../../types/core-v1.generated.ts";
import { aConfigMap, aPod, aService } from "../../../../test/harness/builders.ts";
import { testApi } from "../../../../test/harness/test-api.ts";
import { testCluster } from "../../../../test/harness/test-cluster.ts";

const aQuota = (hard: Record<string, string>, spec: object = {}): KubeObject =>
  ({ apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "q", namespace: "default" }, spec: { hard, ...spec } });
const sized = (name: string, cpu: string, more: object = {}): KubeObject =>
  aPod({ name, spec: { containers: [{ name: "main", image: "app:1", resources: { requests: { cpu, memory: "64Mi" } } }], ...more } });
const usedOf = (quota: KubeObject | undefined) => (quota as ResourceQuota | undefined)?.status?.used;

test("pods are refused beyond the quota, in upstream's words", async () => {
  await using cluster = await testCluster();
  const quota = cluster.create(aQuota({ pods: "2", "requests.cpu": "1" }));
  cluster.settle();
  cluster.create(sized("a", "300m"));
  cluster.create(sized("b", "300m"));
  expect(usedOf(cluster.get(quota))).toEqual({ pods: "2", "requests.cpu": "600m" });
  const answer = await cluster.api.post(sized("c", "500m"));
  expect(answer).toBeStatus(403, "Forbidden");
  expect(answer.body.message).toBe('pods "c" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=500m, used: pods=2,requests.cpu=600m, limited: pods=2,requests.cpu=1');
  expect(usedOf(cluster.get(quota))).toEqual({ pods: "2", "requests.cpu": "600m" });
});

test("a deleted or finished pod gives back what it used", async () => {
  await using cluster = await testCluster();
  const quota = cluster.create(aQuota({ pods: "2", "count/pods": "9", "requests.cpu": "1" }));
  cluster.settle();
  const a = cluster.create(sized("a", "300m"));
  const b = cluster.create(sized("b", "300m"));
  cluster.delete(a, { gracePeriodSeconds: 0 });
  cluster.settle();
  expect(usedOf(cluster.get(quota))).toEqual({ pods: "1", "count/pods": "1", "requests.cpu": "300m" });
  cluster.update(b, (draft) => { draft.status = { ...(draft.status as object), phase: "Succeeded" }; }, { subresource: "status" });
  cluster.settle();
  expect(usedOf(cluster.get(quota))).toEqual({ pods: "0", "count/pods": "1", "requests.cpu": "0" });
});

test("a quota on compute resources demands that containers state them", async () => {
  await using api = await testApi();
  await api.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "default" } });
  await api.create(aQuota({ "limits.cpu": "1", "requests.memory": "1Gi" }));
  const answer = await api.post(aPod());
  expect(answer).toBeStatus(403, "Forbidden");
  expect(answer.body.message).toBe('pods "pod" is forbidden: failed quota: q: must specify limits.cpu for: main; requests.memory for: main');
});

test("objects of any kind are counted, also before the controller saw the quota", async () => {
  await using api = await testApi();
  await api.create(aConfigMap({ name: "old" }));
  const quota = await api.create(aQuota({ "count/configmaps": "2", configmaps: "5", "count/deployments.apps": "0", "services.nodeports": "1" }));
  await api.create(aConfigMap({ name: "new" }));
  const answer = await api.post(aConfigMap({ name: "third" }));
  expect(answer.body.message).toBe('configmaps "third" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=2, limited: count/configmaps=2');
  const ports = await api.post(aService({ spec: { type: "NodePort", ports: [{ name: "a", port: 1 }, { name: "b", port: 2 }] } }));
  expect(ports.body.message).toContain("requested: services.nodeports=2, used: services.nodeports=0, limited: services.nodeports=1");
  expect(usedOf(await api.get(quota))).toMatchObject({ "count/configmaps": "2", configmaps: "2" });
});

test("claims of devices count by the classes that they ask for", async () => {
  await using api = await testApi();
  const devices = "gpu.example.com.deviceclass.resource.k8s.io/devices";
  const quota = await api.create(aQuota({ "count/resourceclaims.resource.k8s.io": "3", [devices]: "5" }));
  const claim = (name: string, requests: object[]) => ({ apiVersion: "resource.k8s.io/v1", kind: "ResourceClaim", metadata: { name }, spec: { devices: { requests } } }) as KubeObject;
  const exactly = (count: number) => ({ deviceClassName: "gpu.example.com", allocationMode: "ExactCount", count });
  await api.create(claim("two", [{ name: "r", exactly: exactly(2) }]));
  await api.create(claim("either", [{ name: "r", firstAvailable: [{ name: "a", ...exactly(1) }, { name: "b", ...exactly(2) }, { name: "c", deviceClassName: "other.example.com" }] }]));
  expect(usedOf(await api.get(quota))).toMatchObject({ "count/resourceclaims.resource.k8s.io": "2", [devices]: "4" });
  const all = await api.post(claim("all", [{ name: "r", exactly: { deviceClassName: "gpu.example.com", allocationMode: "All" } }]));
  expect(all.body.message).toContain(`exceeded quota: q, requested: ${devices}=32, used: ${devices}=4, limited: ${devices}=5`);
});

test("a dry run is checked and not counted", async () => {
  await using api = await testApi();
  const quota = await api.create(aQuota({ "count/configmaps": "1" }));
  expect((await api.post(aConfigMap(), { query: { dryRun: "All" } })).status).toBe(201);
  expect(usedOf(await api.get(quota))).toBeUndefined();
});

test.each([
  [{ scopes: ["BestEffort"] }, { main: 0, best: 1 }],
  [{ scopes: ["NotBestEffort"] }, { main: 1, best: 0 }],
  [{ scopes: ["Terminating"] }, { main: 0, best: 0 }],
  [{ scopes: ["NotTerminating"] }, { main: 1, best: 1 }],
  [{ scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: ["system-node-critical"] }] } }, { main: 0, best: 0 }],
  [{ scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "DoesNotExist" }] } }, { main: 1, best: 1 }],
])("scopes choose the pods that count: %j", async (spec, expected) => {
  await using cluster = await testCluster();
  const quota = cluster.create(aQuota({ pods: "5" }, spec));
  cluster.create(sized("main", "100m"));
  cluster.create(aPod({ name: "best" }));
  cluster.settle();
  expect(usedOf(cluster.get(quota))).toEqual({ pods: `${expected.main + expected.best}` });
});

test("hard is copied to the status, whatever somebody wrote there", async () => {
  await using cluster = await testCluster();
  const quota = cluster.create(aQuota({ pods: "2" }));
  cluster.settle();
  cluster.update(quota, (draft) => { draft.status = { hard: { pods: "7" }, used: { pods: "3" } }; }, { subresource: "status" });
  cluster.settle();
  expect((cluster.get(quota) as ResourceQuota).status).toEqual({ hard: { pods: "2" }, used: { pods: "0" } });
});

test("scopes must be known, suit the resources and not contradict each other", async () => {
  await using api = await testApi();
  const answer = await api.post(aQuota({ "requests.storage": "1", bogus: "1" }, { scopes: ["BestEffort", "NotBestEffort", "Odd"] }));
  expect(answer).toBeStatus(422, "Invalid");
  expect(answer.body.details.causes.map((c: { field: string; message: string }) => `${c.field}: ${c.message.replace(/^Invalid value: .*?: /, "")}`)).toEqual([
    "spec.hard[bogus]: must be a standard resource type or fully qualified", "spec.hard[bogus]: must be a standard resource for quota",
    "spec.scopes: unsupported scope applied to resource", "spec.scopes: unsupported scope applied to resource", "spec.scopes: unsupported scope", "spec.scopes: conflicting scopes",
  ]);
});
