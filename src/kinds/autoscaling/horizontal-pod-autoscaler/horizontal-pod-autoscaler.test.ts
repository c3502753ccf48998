import { expect, test } from "vitest";
import * as fc from "fast-check";
import { TestApi } from "../../../../test/harness/test-api.ts";
import type { KubeObject } from "../../object.ts";
import type { HorizontalPodAutoscaler } from "../../types/autoscaling-v2.generated.ts";
import { columns } from "./columns.ts";
import { fromV2, toV2 } from "./v1.ts";

type Loose = Record<string, any>;
const hpa = (spec: Loose = {}, apiVersion = "autoscaling/v2"): KubeObject & Loose => ({
  apiVersion, kind: "HorizontalPodAutoscaler", metadata: { name: "web", namespace: "default" },
  spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, maxReplicas: 5, ...spec },
});
const memory = { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "1Gi" } } };
const queue = { type: "External", external: { metric: { name: "queue", selector: { matchLabels: { a: "b" } } }, target: { type: "Value", value: "30" } } };
const cpu = (averageUtilization: number) => ({ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization } } });

test("defaults: one pod at least, 80% of the CPU, and whole rules of behaviour", async () => {
  await using api = new TestApi();
  const made = await api.create(hpa({ behavior: { scaleDown: { policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] } } })) as HorizontalPodAutoscaler;
  expect(made.spec).toMatchObject({ minReplicas: 1, metrics: [cpu(80)] });
  expect(made.spec.behavior).toEqual({
    scaleUp: { selectPolicy: "Max", stabilizationWindowSeconds: 0, policies: [{ type: "Pods", value: 4, periodSeconds: 15 }, { type: "Percent", value: 100, periodSeconds: 15 }] },
    scaleDown: { selectPolicy: "Max", policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] },
  });
});

test("the old version knows the CPU, and carries the rest along", async () => {
  await using api = new TestApi();
  const made = await api.create(hpa({ metrics: [memory, queue, cpu(50)] }));
  const path = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers/web";
  const old = (await api.send("GET", path)).body;
  expect(old).toMatchObject({ apiVersion: "autoscaling/v1", spec: { targetCPUUtilizationPercentage: 50, maxReplicas: 5 }, status: { currentReplicas: 0, desiredReplicas: 0 } });
  expect(JSON.parse(old.metadata.annotations["autoscaling.alpha.kubernetes.io/metrics"])).toEqual([
    { type: "Resource", resource: { name: "memory", targetAverageValue: "1Gi" } },
    { type: "External", external: { metricName: "queue", metricSelector: { matchLabels: { a: "b" } }, targetValue: "30" } },
  ]);
  const answer = await api.send("PUT", path, { body: { ...old, spec: { ...old.spec, targetCPUUtilizationPercentage: 60 } } });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  expect(((await api.get(made)) as HorizontalPodAutoscaler).spec.metrics).toEqual([memory, queue, cpu(60)]);
  expect((await api.get(made)).metadata.annotations).toBeUndefined();
});

test("created through the old version", async () => {
  await using api = new TestApi();
  const answer = await api.send("POST", "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers", { body: hpa({ targetCPUUtilizationPercentage: 70 }, "autoscaling/v1") });
  expect(answer.body).toMatchObject({ apiVersion: "autoscaling/v1", spec: { minReplicas: 1, targetCPUUtilizationPercentage: 70 } });
});

test.each(["{", "[1]", "null", "7", '[{"type":"Pods"}]'])("an annotation of %s is nothing", (text) => {
  const obj = { ...hpa({}, "autoscaling/v1") };
  obj.metadata = { ...obj.metadata, annotations: { "autoscaling.alpha.kubernetes.io/metrics": text, "autoscaling.alpha.kubernetes.io/behavior": text === "[1]" ? text : "[]", "autoscaling.alpha.kubernetes.io/conditions": text } };
  expect((toV2(obj) as Loose).spec).not.toHaveProperty("metrics");
});

test("annotations of any JSON never make an error of ours", async () => {
  await using api = new TestApi();
  await fc.assert(fc.asyncProperty(fc.json({ maxDepth: 4 }), fc.constantFrom("Object", "Pods", "Resource", "External", "ContainerResource"), async (text, type) => {
    const source = `[{"type":"${type}","${type[0]!.toLowerCase()}${type.slice(1)}":{"target":${text},"metricName":${text},"targetValue":${text},"selector":{"matchLabels":${text},"matchExpressions":${text}},"name":${text}}}]`;
    const obj = hpa({}, "autoscaling/v1");
    obj.metadata = { ...obj.metadata, annotations: { "autoscaling.alpha.kubernetes.io/metrics": source, "autoscaling.alpha.kubernetes.io/behavior": `{"scaleUp":${text},"scaleDown":{"policies":${text}}}`, "autoscaling.alpha.kubernetes.io/conditions": text } };
    const answer = await api.send("POST", "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers", { body: obj, query: { dryRun: "All" } });
    expect([201, 422]).toContain(answer.status);
  }), { numRuns: 100, seed: 5 });
});

test("there and back is the same", () => {
  const obj = hpa({ metrics: [memory, queue, cpu(50)], behavior: { scaleUp: { selectPolicy: "Max", policies: [] } } });
  obj.status = { currentReplicas: 1, desiredReplicas: 2, conditions: [{ type: "ScalingActive", status: "True" }] };
  expect(toV2(fromV2(obj))).toEqual(obj);
});

test.each<[Loose, string]>([
  [{ minReplicas: 0 }, "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1"],
  [{ maxReplicas: 0 }, "spec.maxReplicas: Invalid value: 0: must be greater than 0"],
  [{ minReplicas: 9 }, "spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`"],
  [{ scaleTargetRef: { kind: "Deployment" } }, "spec.scaleTargetRef.name: Required value"],
  [{ metrics: [{ type: "Moon" }] }, "spec.metrics[0].type: Unsupported value"],
  [{ metrics: [{ type: "Resource" }] }, "spec.metrics[0].resource: Required value: must populate information for the given metric source"],
  [{ metrics: [{ ...cpu(50), pods: { metric: { name: "x" }, target: { type: "AverageValue", averageValue: "1" } } }] }, "spec.metrics[0].pods: Forbidden: must populate the given metric source only"],
  [{ metrics: [cpu(0)] }, "spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0"],
  [{ behavior: { scaleUp: { policies: [{ type: "Pods", value: 1, periodSeconds: 0 }] } } }, "spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 0: must be greater than zero"],
  [{ behavior: { scaleDown: { stabilizationWindowSeconds: 4000 } } }, "must be less than or equal to 3600"],
])("refuses %j", async (spec, message) => {
  await using api = new TestApi();
  const answer = await api.post(hpa(spec));
  expect(answer).toBeStatus(422, "Invalid");
  expect(answer.body.message).toContain(message);
});

test("rows", () => {
  const obj = hpa({ metrics: [cpu(80), memory, queue], minReplicas: 2 }) as unknown as HorizontalPodAutoscaler;
  obj.status = { desiredReplicas: 3, currentReplicas: 3, currentMetrics: [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: 40 } } }] };
  expect(columns.map((column) => column.value(obj, 0)).slice(0, 6)).toEqual(["web", "Deployment/web", "cpu: 40%/80%, memory: <unknown>/1Gi + 1 more...", "2", 5, 3]);
});
