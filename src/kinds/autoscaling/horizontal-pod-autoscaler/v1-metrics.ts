import type { CrossVersionObjectReference, MetricSpec, MetricTarget } from "../../types/autoscaling-v2.generated.ts";
import type { LabelSelector } from "../../types/meta-v1.generated.ts";
import { defined, intOf, objectOf, quantityOf, referenceOf, selectorOf, textOf, type Loose } from "./from-annotations.ts";

/** A metric in the form of autoscaling/v1's internal types, which only the annotation shows. */
export interface V1Metric {
  type: string;
  object?: { target: CrossVersionObjectReference; metricName: string; targetValue?: string; selector?: LabelSelector; averageValue?: string };
  pods?: { metricName: string; targetAverageValue?: string; selector?: LabelSelector };
  resource?: { name: string; targetAverageUtilization?: number; targetAverageValue?: string };
  containerResource?: { name: string; container: string; targetAverageUtilization?: number; targetAverageValue?: string };
  external?: { metricName: string; metricSelector?: LabelSelector; targetValue?: string; targetAverageValue?: string };
}

export function metricToV1({ type, object, pods, resource, containerResource, external }: MetricSpec): V1Metric {
  const averages = ({ averageUtilization, averageValue }: MetricTarget) => defined({ targetAverageUtilization: averageUtilization, targetAverageValue: averageValue });
  return {
    type,
    ...(object && { object: { target: object.describedObject, metricName: object.metric.name, ...defined({ targetValue: object.target.value ?? "0", selector: object.metric.selector, averageValue: object.target.averageValue }) } }),
    ...(pods && { pods: { metricName: pods.metric.name, ...defined({ targetAverageValue: pods.target.averageValue, selector: pods.metric.selector }) } }),
    ...(resource && { resource: { name: resource.name, ...averages(resource.target) } }),
    ...(containerResource && { containerResource: { name: containerResource.name, container: containerResource.container, ...averages(containerResource.target) } }),
    ...(external && { external: { metricName: external.metric.name, ...defined({ metricSelector: external.metric.selector, targetValue: external.target.value, targetAverageValue: external.target.averageValue }) } }),
  };
}

/** Undefined where the source that the type names is missing. */
export function metricFromV1(given: Loose): MetricSpec | undefined {
  const type = textOf(given.type);
  const source = type && objectOf(given[`${type[0]?.toLowerCase()}${type.slice(1)}`]);
  if (!source) return undefined;
  const name = textOf(source.name) ?? "";
  const averages = () => target(undefined, source.targetAverageValue, source.targetAverageUtilization);
  switch (type) {
    case "Object": return { type, object: { describedObject: referenceOf(source.target), metric: metric(source.metricName, source.selector), target: target(source.targetValue === "0" ? undefined : source.targetValue, source.averageValue) } };
    case "Pods": return { type, pods: { metric: metric(source.metricName, source.selector), target: target(undefined, source.targetAverageValue) } };
    case "Resource": return { type, resource: { name, target: averages() } };
    case "ContainerResource": return { type, containerResource: { name, container: textOf(source.container) ?? "", target: averages() } };
    case "External": return { type, external: { metric: metric(source.metricName, source.metricSelector), target: target(source.targetValue, source.targetAverageValue) } };
    default: return undefined;
  }
}

const metric = (name: unknown, selector: unknown) => defined({ name: textOf(name) ?? "", selector: selectorOf(selector) });

function target(givenValue?: unknown, givenAverage?: unknown, givenUtilization?: unknown): MetricTarget {
  const [value, averageValue, averageUtilization] = [quantityOf(givenValue), quantityOf(givenAverage), intOf(givenUtilization)];
  const type = averageUtilization !== undefined ? "Utilization" : averageValue !== undefined ? "AverageValue" : "Value";
  return defined({ type, value, averageValue, averageUtilization });
}
