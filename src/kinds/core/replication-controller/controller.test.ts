import { expect, test } from "vitest";
import { scaleTo } from "../../../../test/harness/looks.ts";
import { testCluster } from "../../../../test/harness/test-cluster.ts";
import { TestApi } from "../../../../test/harness/test-api.ts";
import { aPod } from "../../../../test/harness/builders.ts";
import type { ReplicationController } from "../../types/core-v1.generated.ts";

const aController = (spec: object = {}): ReplicationController => ({
  apiVersion: "v1", kind: "ReplicationController", metadata: { name: "web", namespace: "default" },
  spec: { replicas: 2, template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "main", image: "app:1" }] } }, ...spec },
}) as ReplicationController;

test("selector and labels come from the template, and pods are made and given up to the number wanted", async () => {
  await using cluster = await testCluster();
  const web = cluster.apply(aController());
  cluster.settle({ pods: "ready" });
  expect(cluster.get(web)).toMatchObject({ metadata: { labels: { app: "web" } }, spec: { selector: { app: "web" } }, status: { replicas: 2, readyReplicas: 2, availableReplicas: 2, fullyLabeledReplicas: 2, observedGeneration: 1 } });
  expect(cluster.pods(web)[0]!.metadata.ownerReferences).toMatchObject([{ apiVersion: "v1", kind: "ReplicationController", name: "web", controller: true, blockOwnerDeletion: true }]);
  cluster.update(web, scaleTo(1));
  cluster.settle({ pods: "ready" });
  expect(cluster.pods(web)).toHaveLength(1);
  expect(cluster.get(web)!.status).not.toHaveProperty("terminatingReplicas");
});

test("a matching pod is adopted, and released when its labels change", async () => {
  await using cluster = await testCluster();
  const alone = cluster.create(aPod({ name: "alone", labels: { app: "web" } }));
  const web = cluster.apply(aController({ replicas: 1 }));
  cluster.settle({ pods: "ready" });
  expect(cluster.pods(web).map((pod) => pod.metadata.name)).toEqual(["alone"]);
  cluster.update(alone, (draft) => { draft.metadata.labels = { app: "other" }; });
  cluster.settle({ pods: "ready" });
  expect(cluster.get(alone)!.metadata.ownerReferences ?? []).toEqual([]);
  expect(cluster.pods(web)).toHaveLength(1);
});

test("scale, and what is refused", async () => {
  await using api = new TestApi();
  const web = await api.create(aController());
  expect((await api.fetch(web, { subresource: "scale" })).body).toMatchObject({ kind: "Scale", spec: { replicas: 2 }, status: { selector: "app=web" } });
  const answer = await api.post({ ...aController({ selector: { app: "x" }, replicas: -1 }), metadata: { name: "b", namespace: "default" } });
  expect(answer.body.details.causes.map((c: { field: string }) => c.field)).toEqual(["spec.replicas", "spec.template.metadata.labels"]);
  expect((await api.post({ apiVersion: "v1", kind: "ReplicationController", metadata: { name: "c", namespace: "default" }, spec: {} } as never)).body.details.causes.map((c: { field: string }) => c.field)).toEqual(["spec.selector", "spec.template"]);
});
