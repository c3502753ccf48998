import { describe, expect, test } from "vitest";
import { testApi } from "../../../test/harness/test-api.ts";
import { testCluster, type TestCluster } from "../../../test/harness/test-cluster.ts";
import type { KubeObject } from "../object.ts";
import type { FlowSchema } from "../types/flowcontrol-v1.generated.ts";
import { example as aSchema } from "./flow-schema/example.ts";
import { example as aLevel } from "./priority-level-configuration/example.ts";

test("a FlowSchema tells whether its priority level exists", async () => {
  await using cluster = await testCluster();
  const schema = cluster.create(aSchema());
  cluster.settle();
  const dangling = () => (cluster.get(schema) as FlowSchema).status!.conditions!.map((c) => `${c.type} ${c.status} ${c.reason}`);
  expect(dangling()).toEqual(["Dangling True NotFound"]);
  cluster.create(aLevel());
  cluster.settle();
  expect(dangling()).toEqual(["Dangling False Found"]);
});

test("defaults are filled in, and what is wrong is named", async () => {
  await using api = await testApi();
  expect((await api.create(aSchema())).spec).toMatchObject({ matchingPrecedence: 1000 });
  const level = await api.create({ ...aLevel(), spec: { type: "Limited", limited: { limitResponse: { type: "Queue", queuing: {} } } } } as never);
  expect(level.spec).toEqual({ type: "Limited", limited: { nominalConcurrencyShares: 30, lendablePercent: 0, limitResponse: { type: "Queue", queuing: { queues: 64, handSize: 8, queueLengthLimit: 50 } } } });
  const answer = await api.post({ ...aSchema(), metadata: { name: "x" }, spec: { matchingPrecedence: 1, priorityLevelConfiguration: { name: "" }, rules: [{ subjects: [{ kind: "User", group: { name: "g" } }] }] } } as never);
  expect(answer.body.details.causes.map((c: { field: string }) => c.field)).toEqual([
    "spec.matchingPrecedence", "spec.priorityLevelConfiguration.name", "spec.rules[0].subjects[0].user", "spec.rules[0].subjects[0].group", "spec.rules[0]",
  ]);
});

describe("the defaults", () => {
  const named = (kind: string, name: string): KubeObject => ({ apiVersion: "flowcontrol.apiserver.k8s.io/v1", kind, metadata: { name } });
  const AUTO_UPDATE = "apf.kubernetes.io/autoupdate-spec";
  const specOf = (cluster: TestCluster, kind: string, name: string) => (cluster.get(named(kind, name)) as FlowSchema | undefined)?.spec as any;

  test("are there from the start, and no flow schema dangles", async () => {
    await using cluster = await testCluster();
    cluster.settle();
    const schemas = (await cluster.api.list(named("FlowSchema", ""))).body.items as FlowSchema[];
    expect(schemas.map(({ metadata }) => metadata.name)).toEqual([
      "catch-all", "exempt", "global-default", "kube-controller-manager", "kube-scheduler", "kube-system-service-accounts", "probes", "service-accounts",
      "system-leader-election", "system-node-high", "system-nodes",
    ]);
    expect(schemas.every(({ metadata, status }) => metadata.annotations?.[AUTO_UPDATE] === "true" && status?.conditions?.[0]?.status === "False")).toBe(true);
    const levels = (await cluster.api.list(named("PriorityLevelConfiguration", ""))).body.items as FlowSchema[];
    expect(levels.map(({ metadata }) => metadata.name)).toEqual(["catch-all", "exempt", "global-default", "leader-election", "node-high", "system", "workload-high", "workload-low"]);
  });

  test("come back when they are deleted", async () => {
    await using cluster = await testCluster();
    const { uid } = cluster.get(named("FlowSchema", "probes"))!.metadata;
    for (const name of ["exempt", "workload-low"]) await cluster.api.delete(named("PriorityLevelConfiguration", name));
    await cluster.api.delete(named("FlowSchema", "probes"));
    cluster.settle();
    expect(cluster.get(named("FlowSchema", "probes"))!.metadata.uid).not.toBe(uid);
    expect(specOf(cluster, "PriorityLevelConfiguration", "exempt").type).toBe("Exempt");
    expect(specOf(cluster, "PriorityLevelConfiguration", "workload-low").limited.nominalConcurrencyShares).toBe(100);
    expect(specOf(cluster, "FlowSchema", "probes").matchingPrecedence).toBe(2);
  });

  test("a suggested one is the administrator's once its annotation says so, and a mandatory one never is", async () => {
    await using cluster = await testCluster();
    const shares = (name: string) => specOf(cluster, "PriorityLevelConfiguration", name).limited.nominalConcurrencyShares;
    const set = (name: string, patch: object) => cluster.api.mergePatch(named("PriorityLevelConfiguration", name), patch);
    await set("workload-low", { spec: { limited: { nominalConcurrencyShares: 7 } } });
    cluster.settle();
    expect(shares("workload-low")).toBe(100);
    await set("workload-low", { metadata: { annotations: { [AUTO_UPDATE]: "false" } }, spec: { limited: { nominalConcurrencyShares: 7 } } });
    cluster.settle();
    expect(shares("workload-low")).toBe(7);

    const refused = await set("catch-all", { spec: { limited: { nominalConcurrencyShares: 7 } } });
    expect(refused.body.message).toContain("spec of 'catch-all' must equal the fixed value");
    await set("catch-all", { metadata: { annotations: { [AUTO_UPDATE]: "false" } } });
    await set("exempt", { spec: { exempt: { nominalConcurrencyShares: 5 } } });
    cluster.settle();
    expect(cluster.get(named("PriorityLevelConfiguration", "catch-all"))!.metadata.annotations).toEqual({ [AUTO_UPDATE]: "true" });
    expect(specOf(cluster, "PriorityLevelConfiguration", "exempt").exempt).toEqual({ nominalConcurrencyShares: 5, lendablePercent: 0 });
    expect((await cluster.api.mergePatch(named("FlowSchema", "exempt"), { spec: { matchingPrecedence: 2 } })).body.message).toContain("spec of 'exempt' must equal the fixed value");
  });

  test("what carries their annotation and is none of them any more is removed", async () => {
    await using cluster = await testCluster();
    const former = (name: string, value: string) => ({ ...aSchema(), metadata: { name, annotations: { [AUTO_UPDATE]: value } } });
    cluster.create(former("former", "true"));
    cluster.create(former("taken-over", "false"));
    cluster.settle();
    expect([specOf(cluster, "FlowSchema", "former"), specOf(cluster, "FlowSchema", "taken-over") !== undefined]).toEqual([undefined, true]);
  });
});
