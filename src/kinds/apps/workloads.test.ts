import { describe, expect, test } from "vitest";
import { texts } from "../../../test/harness/field-error-texts.ts";
import { TestApi } from "../../../test/harness/test-api.ts";
import type { Deployment, ReplicaSet } from "../types/apps-v1.generated.ts";
import { columns as deploymentColumns } from "./deployment/columns.ts";
import { defaultDeployment } from "./deployment/defaults.ts";
import { validateDeployment, validateDeploymentStatus } from "./deployment/validate.ts";
import { columns as replicaSetColumns } from "./replica-set/columns.ts";
import { validateReplicaSetStatus } from "./replica-set/validate.ts";

type Loose = Record<string, any>;
const aDeployment = (spec: Loose = {}, status?: Loose): Deployment => ({
  apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d", namespace: "default" },
  spec: { selector: { matchLabels: { app: "d" } }, template: { metadata: { labels: { app: "d" } }, spec: { containers: [{ name: "c", image: "i:1" }] } }, ...spec },
  ...(status && { status }),
}) as Deployment;
function errorsOf(spec: Loose): string[] {
  const deployment = aDeployment(structuredClone(spec));
  defaultDeployment(deployment);
  return texts(validateDeployment(deployment));
}

test("a Deployment's defaults", () => {
  const deployment = aDeployment();
  defaultDeployment(deployment);
  expect(deployment.spec).toMatchObject({
    replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } },
  });
  const recreate = aDeployment({ strategy: { type: "Recreate" } });
  defaultDeployment(recreate);
  expect(recreate.spec?.strategy).toEqual({ type: "Recreate" });
});

test.each<[string, Loose, string[]]>([
  ["good", {}, []],
  ["no selector", { selector: undefined }, ["spec.selector: Required value", 'spec.template.metadata.labels: Invalid value: {"app":"d"}: `selector` does not match template `labels`']],
  ["an empty selector", { selector: {} }, ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"]],
  ["a selector of other pods", { selector: { matchLabels: { app: "x" } } }, ['spec.template.metadata.labels: Invalid value: {"app":"d"}: `selector` does not match template `labels`']],
  ["negative replicas", { replicas: -1 }, ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"]],
  ["no way to roll", { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }, ["spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"]],
  ["more than all unavailable", { strategy: { rollingUpdate: { maxUnavailable: "101%" } } }, ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%']],
  ["a rolling update when recreating", { strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } }, ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"]],
  ["a deadline before readiness", { minReadySeconds: 600 }, ["spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds"]],
  ["pods that end", { template: { metadata: { labels: { app: "d" } }, spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } },
    ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"']],
  ["bad containers", { template: { metadata: { labels: { app: "d" } }, spec: { containers: [{ name: "c" }] } } }, ["spec.template.spec.containers[0].image: Required value"]],
  ["no template", { template: undefined }, ["spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`", "spec.template.spec.containers: Required value"]],
])("validation: %s", (_name, spec, expected) => {
  expect(errorsOf(spec)).toEqual(expected);
});

describe("through the API", () => {
  test("the selector is for good", async () => {
    await using api = new TestApi();
    const deployment = await api.create(aDeployment());
    const answer = await api.mergePatch(deployment, { spec: { selector: { matchLabels: { app: "d", more: "1" } }, template: { metadata: { labels: { more: "1" } } } } });
    expect(answer.body.message).toContain("spec.selector: Invalid value");
    expect(answer.body.message).toContain("field is immutable");
  });

  test("generation counts changes of specification and annotations", async () => {
    await using api = new TestApi();
    const deployment = await api.create(aDeployment());
    expect((await api.mergePatch(deployment, { metadata: { labels: { a: "b" } } })).body.metadata.generation).toBe(1);
    expect((await api.mergePatch(deployment, { metadata: { annotations: { a: "b" } } })).body.metadata.generation).toBe(2);
    expect((await api.mergePatch(deployment, { spec: { replicas: 3 } })).body.metadata.generation).toBe(3);
    expect((await api.mergePatch(deployment, { status: { replicas: 3 } }, { subresource: "status" })).body.metadata.generation).toBe(3);
  });

  test("scale changes replicas and tells the selector", async () => {
    await using api = new TestApi();
    const deployment = await api.create(aDeployment({ replicas: 2 }));
    const scale = (await api.fetch(deployment, { subresource: "scale" })).body;
    expect(scale).toMatchObject({ kind: "Scale", spec: { replicas: 2 }, status: { selector: "app=d" } });
    await api.mergePatch(deployment, { spec: { replicas: 5 } }, { subresource: "scale" });
    expect(((await api.get(deployment)) as Deployment).spec?.replicas).toBe(5);
  });
});

test.each<[Loose, string[]]>([
  [{ replicas: 2, readyReplicas: 2, availableReplicas: 2 }, []],
  [{ replicas: 1, readyReplicas: 2 }, ["status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas"]],
  [{ replicas: 2, availableReplicas: 1 }, ["status.availableReplicas: Invalid value: 1: cannot be greater than readyReplicas"]],
  [{ replicas: 1, observedGeneration: -1 }, ["status.observedGeneration: Invalid value: -1: must be greater than or equal to 0"]],
])("status %j", (status, expected) => {
  expect(texts(validateDeploymentStatus(aDeployment({}, status), aDeployment()))).toEqual(expected);
  expect(texts(validateReplicaSetStatus(aDeployment({}, status) as unknown as ReplicaSet))).toEqual(expected);
});

test("rows", () => {
  const deployment = aDeployment({ replicas: 3 }, { readyReplicas: 1, updatedReplicas: 2, availableReplicas: 1, replicas: 3 });
  expect(deploymentColumns.map((c) => c.value(deployment, 0)).toSpliced(4, 1)).toEqual(["d", "1/3", 2, 1, "c", "i:1", "app=d"]);
  expect(replicaSetColumns.map((c) => c.value(deployment as unknown as ReplicaSet, 0)).toSpliced(4, 1)).toEqual(["d", 3, 3, 1, "c", "i:1", "app=d"]);
});
