import type { KubeObject } from "../../object.ts";
import type { HorizontalPodAutoscaler as V2, MetricSpec } from "../../types/autoscaling-v2.generated.ts";
import type { HorizontalPodAutoscaler as V1 } from "../../types/autoscaling-v1.generated.ts";
import { behaviorOf, conditionsOf, objectsOf, parsedAnnotation } from "./from-annotations.ts";
import { metricFromV1, metricToV1 } from "./v1-metrics.ts";

/** Where v1 keeps what it has no fields for. */
const METRICS = "autoscaling.alpha.kubernetes.io/metrics";
const BEHAVIOR = "autoscaling.alpha.kubernetes.io/behavior";
const CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions";

const isCpu = ({ type, resource }: MetricSpec): boolean => type === "Resource" && resource?.name === "cpu" && resource.target.averageUtilization !== undefined;

export function fromV2(obj: KubeObject): KubeObject {
  const { spec, status, ...rest } = obj as V2;
  const cpu = spec?.metrics?.find(isCpu);
  const others = spec?.metrics?.filter((metric) => metric !== cpu) ?? [];
  const current = status?.currentMetrics?.find(({ resource }) => resource?.name === "cpu")?.resource?.current.averageUtilization;
  const annotations = {
    ...obj.metadata.annotations,
    ...(others.length > 0 && { [METRICS]: JSON.stringify(others.map(metricToV1)) }),
    ...(spec?.behavior && { [BEHAVIOR]: JSON.stringify(spec.behavior) }),
    ...(status?.conditions?.length && { [CONDITIONS]: JSON.stringify(status.conditions) }),
  };
  const { metrics: _m, behavior: _b, ...plain } = spec ?? ({} as V2["spec"]);
  const { currentMetrics: _c, conditions: _d, ...counts } = status ?? { desiredReplicas: 0 };
  return {
    ...rest, apiVersion: "autoscaling/v1",
    metadata: { ...obj.metadata, ...(Object.keys(annotations).length > 0 && { annotations }) },
    spec: { ...plain, ...(cpu && { targetCPUUtilizationPercentage: cpu.resource!.target.averageUtilization }) },
    status: { ...counts, ...(current !== undefined && { currentCPUUtilizationPercentage: current }) },
  } as KubeObject;
}

export function toV2(obj: KubeObject): KubeObject {
  const { spec, status, ...rest } = obj as V1;
  const { [METRICS]: metricsText, [BEHAVIOR]: behaviorText, [CONDITIONS]: conditionsText, ...annotations } = obj.metadata.annotations ?? {};
  const { targetCPUUtilizationPercentage: percent, ...plain } = spec ?? ({} as V1["spec"]);
  const { currentCPUUtilizationPercentage: current, ...counts } = status ?? { currentReplicas: 0, desiredReplicas: 0 };
  const others = objectsOf(parsedAnnotation(metricsText))?.flatMap((metric) => metricFromV1(metric) ?? []) ?? [];
  const metrics: MetricSpec[] = [...others, ...(percent == null ? [] : [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: percent } } }])];
  const behavior = behaviorOf(parsedAnnotation(behaviorText));
  const conditions = conditionsOf(parsedAnnotation(conditionsText));
  const { annotations: _, ...metadata } = obj.metadata;
  return {
    ...rest, apiVersion: "autoscaling/v2",
    metadata: { ...metadata, ...(Object.keys(annotations).length > 0 && { annotations }) },
    spec: { ...plain, ...(metrics.length > 0 && { metrics }), ...(behavior && { behavior }) },
    ...(status && { status: {
      ...counts, ...(conditions && { conditions }),
      ...(current != null && { currentMetrics: [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: current } } }] }),
    } }),
  } as KubeObject;
}
