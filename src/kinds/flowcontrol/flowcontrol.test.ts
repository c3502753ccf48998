import { expect, test } from "vitest";
import { testApi } from "../../../test/harness/test-api.ts";
import { testCluster } from "../../../test/harness/test-cluster.ts";
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
