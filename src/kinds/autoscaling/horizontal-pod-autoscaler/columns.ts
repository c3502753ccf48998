import { ageColumn, nameColumn } from "../../columns.ts";
import type { Column } from "../../kind.ts";
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from "../../types/autoscaling-v2.generated.ts";

const SHOWN_MAX = 2;

export const columns: readonly Column<HorizontalPodAutoscaler>[] = [
  nameColumn,
  { name: "Reference", type: "string", description: "What it scales.", value: ({ spec }) => `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}` },
  { name: "Targets", type: "string", description: "What is measured, of what is aimed at.", value: targetsText },
  { name: "MinPods", type: "string", description: "The least that it scales to.", value: (obj) => String(obj.spec.minReplicas ?? "<unset>") },
  { name: "MaxPods", type: "string", description: "The most that it scales to.", value: (obj) => obj.spec.maxReplicas },
  { name: "Replicas", type: "string", description: "How many there are.", value: (obj) => obj.status?.currentReplicas ?? 0 },
  ageColumn,
];

function targetsText({ spec, status }: HorizontalPodAutoscaler): string {
  const metrics = spec.metrics ?? [];
  if (metrics.length === 0) return "<none>";
  const shown = metrics.slice(0, SHOWN_MAX).map((metric, i) => metricText(metric, status?.currentMetrics?.[i])).join(", ");
  return metrics.length > SHOWN_MAX ? `${shown} + ${metrics.length - SHOWN_MAX} more...` : shown;
}

function metricText(metric: MetricSpec, current: MetricStatus | undefined): string {
  const source = metric.resource ?? metric.containerResource ?? metric.object ?? metric.pods ?? metric.external;
  const measured = current && (current.resource ?? current.containerResource ?? current.object ?? current.pods ?? current.external);
  const name = metric.resource?.name ?? metric.containerResource?.name;
  const text = `${valueText(source?.target, measured?.current)}/${targetText(source?.target)}`;
  return name ? `${name}: ${text}` : text;
}

function targetText(target: MetricTarget | undefined): string {
  if (target?.averageUtilization != null) return `${target.averageUtilization}%`;
  return target?.averageValue != null ? `${target.averageValue}${target.value == null ? "" : " (avg)"}` : (target?.value ?? "<auto>");
}

function valueText(target: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  if (target?.averageUtilization != null) return current?.averageUtilization == null ? "<unknown>" : `${current.averageUtilization}%`;
  return (target?.averageValue != null ? current?.averageValue : current?.value) ?? "<unknown>";
}
