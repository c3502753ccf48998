import { validateNotNegative } from "../../apps/workload-template.ts";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../../lib/field-error.ts";
import { check } from "../../field-checks.ts";
import { isNegative } from "../../pod-spec/quantity-checks.ts";
import type { HorizontalPodAutoscaler, HPAScalingRules, MetricSpec, MetricTarget } from "../../types/autoscaling-v2.generated.ts";
import { isPathSegmentName } from "../../values/names.ts";
import { quantityMilli } from "../../values/quantity.ts";

const TYPES = ["ContainerResource", "External", "Object", "Pods", "Resource"];
const FIELDS: Readonly<Record<string, keyof MetricSpec>> = { ContainerResource: "containerResource", External: "external", Object: "object", Pods: "pods", Resource: "resource" };
const WINDOW_SECONDS_MAX = 3600;
const PERIOD_SECONDS_MAX = 1800;

export function validateHorizontalPodAutoscaler({ spec }: HorizontalPodAutoscaler): FieldError[] {
  const { minReplicas = 1, maxReplicas = 0 } = spec;
  const zeroAllowed = spec.metrics?.some(({ type }) => type === "Object" || type === "External") ?? false;
  const errors: FieldError[] = [];
  if (minReplicas < (zeroAllowed ? 0 : 1)) errors.push(invalidValue("spec.minReplicas", minReplicas, `must be greater than or equal to ${zeroAllowed ? 0 : 1}`));
  if (maxReplicas < 1) errors.push(invalidValue("spec.maxReplicas", maxReplicas, "must be greater than 0"));
  if (maxReplicas < minReplicas) errors.push(invalidValue("spec.maxReplicas", maxReplicas, "must be greater than or equal to `minReplicas`"));
  errors.push(...validateReference(spec.scaleTargetRef, "spec.scaleTargetRef"));
  (spec.metrics ?? []).forEach((metric, i) => errors.push(...validateMetric(metric, `spec.metrics[${i}]`)));
  if (spec.behavior?.scaleUp) errors.push(...validateRules(spec.behavior.scaleUp, "spec.behavior.scaleUp"));
  if (spec.behavior?.scaleDown) errors.push(...validateRules(spec.behavior.scaleDown, "spec.behavior.scaleDown"));
  return errors;
}

function validateReference({ kind, name }: { kind?: string; name?: string } = {}, path: string): FieldError[] {
  return [["kind", kind] as const, ["name", name] as const].flatMap(([field, value]) => (value ? check(`${path}.${field}`, value, isPathSegmentName) : [required(`${path}.${field}`)]));
}

function validateMetric(metric: MetricSpec, path: string): FieldError[] {
  if (!metric.type) return [required(`${path}.type`, "must specify a metric source type")];
  const field = FIELDS[metric.type];
  if (!field) return [notSupported(`${path}.type`, metric.type, TYPES)];
  const others = Object.values(FIELDS).filter((other) => other !== field && metric[other] !== undefined);
  const errors = others.map((other) => forbiddenField(`${path}.${other}`, "must populate the given metric source only"));
  const source = metric[field] as { name?: string; container?: string; metric?: { name?: string }; describedObject?: { kind?: string; name?: string }; target?: MetricTarget } | undefined;
  if (!source) return [...errors, required(`${path}.${field}`, "must populate information for the given metric source")];
  const at = `${path}.${field}`;
  if (field === "object") errors.push(...validateReference(source.describedObject, `${at}.describedObject`));
  if (field === "resource" || field === "containerResource") {
    if (!source.name) errors.push(required(`${at}.name`, "must specify a resource name"));
    if (field === "containerResource" && !source.container) errors.push(required(`${at}.container`, "must specify a container"));
  } else if (!source.metric?.name) errors.push(required(`${at}.metric.name`, "must specify a metric name"));
  return [...errors, ...validateTarget(source.target ?? { type: "" }, `${at}.target`, field)];
}

function validateTarget({ type, value, averageValue, averageUtilization }: MetricTarget, path: string, field: keyof MetricSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (!type) errors.push(required(`${path}.type`, "must specify a metric target type"));
  else if (!["Utilization", "Value", "AverageValue"].includes(type)) errors.push(invalidValue(`${path}.type`, type, "must be either Utilization, Value, or AverageValue"));
  if (value != null && quantityMilli(value) <= 0) errors.push(invalidValue(`${path}.value`, value, "must be positive"));
  if (averageValue != null && quantityMilli(averageValue) <= 0) errors.push(invalidValue(`${path}.averageValue`, averageValue, "must be positive"));
  if (averageUtilization != null && averageUtilization < 1) errors.push(invalidValue(`${path}.averageUtilization`, averageUtilization, "must be greater than 0"));
  if (field === "pods") {
    if (averageValue == null) errors.push(required(`${path}.averageValue`, "must specify a positive target averageValue"));
  } else if (field === "resource" || field === "containerResource") {
    if (averageUtilization == null && averageValue == null) errors.push(required(`${path}.averageUtilization`, "must set either a target raw value or a target utilization"));
    if (averageUtilization != null && averageValue != null) errors.push(forbiddenField(`${path}.averageValue`, "may not set both a target raw value and a target utilization"));
  } else if (value == null && averageValue == null) errors.push(required(field === "object" ? `${path}.averageValue` : `${path}.value`, "must set either a target value for metric or a per-pod target"));
  else if (field === "external" && value != null && averageValue != null) errors.push(forbiddenField(`${path}.value`, "may not set both a target value for metric and a per-pod target"));
  return errors;
}

function validateRules({ stabilizationWindowSeconds: window, selectPolicy, policies = [], tolerance }: HPAScalingRules, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (window != null && window < 0) errors.push(invalidValue(`${path}.stabilizationWindowSeconds`, window, "must be greater than or equal to zero"));
  if (window != null && window > WINDOW_SECONDS_MAX) errors.push(invalidValue(`${path}.stabilizationWindowSeconds`, window, `must be less than or equal to ${WINDOW_SECONDS_MAX}`));
  if (selectPolicy != null && !["Disabled", "Max", "Min"].includes(selectPolicy)) errors.push(notSupported(`${path}.selectPolicy`, selectPolicy, ["Disabled", "Max", "Min"]));
  if (isNegative(tolerance)) errors.push(invalidValue(`${path}.tolerance`, tolerance, "must be greater than or equal to 0"));
  if (policies.length === 0) errors.push(required(`${path}.policies`, "must specify at least one Policy"));
  policies.forEach(({ type, value, periodSeconds }, i) => {
    const at = `${path}.policies[${i}]`;
    if (type !== "Percent" && type !== "Pods") errors.push(notSupported(`${at}.type`, type ?? "", ["Percent", "Pods"]));
    if ((value ?? 0) <= 0) errors.push(invalidValue(`${at}.value`, value ?? 0, "must be greater than zero"));
    if ((periodSeconds ?? 0) <= 0) errors.push(invalidValue(`${at}.periodSeconds`, periodSeconds ?? 0, "must be greater than zero"));
    else if (periodSeconds > PERIOD_SECONDS_MAX) errors.push(invalidValue(`${at}.periodSeconds`, periodSeconds, `must be less than or equal to ${PERIOD_SECONDS_MAX}`));
  });
  return errors;
}

export const validateHorizontalPodAutoscalerStatus = ({ status = { desiredReplicas: 0 } }: HorizontalPodAutoscaler): FieldError[] =>
  validateNotNegative(status, "status", ["currentReplicas", "desiredReplicas"]);
