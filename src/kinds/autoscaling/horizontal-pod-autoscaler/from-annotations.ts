import type { CrossVersionObjectReference, HorizontalPodAutoscalerBehavior, HorizontalPodAutoscalerCondition, HPAScalingRules } from "../../types/autoscaling-v2.generated.ts";
import type { LabelSelector } from "../../types/meta-v1.generated.ts";
import { isQuantity } from "../../values/quantity.ts";
import { isJsonObject } from "../../../lib/json-value.ts";

/**
 * Annotations are anybody's: what is read from them is built anew from the parts that have the right type, and the rest
 * is not there.
 */
export type Loose = Readonly<Record<string, unknown>>;

export const objectOf = (value: unknown): Loose | undefined => (isJsonObject(value) ? value : undefined);
export const objectsOf = (value: unknown): Loose[] | undefined => (Array.isArray(value) && value.every(isJsonObject) ? value : undefined);
export const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
export const quantityOf = (value: unknown): string | undefined => (typeof value === "string" && isQuantity(value) ? value : undefined);
export const intOf = (value: unknown): number | undefined => (Number.isInteger(value) && Math.abs(value as number) < 2 ** 31 ? (value as number) : undefined);

export function parsedAnnotation(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const defined = <T extends object>(fields: T): T => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

export function referenceOf(value: unknown): CrossVersionObjectReference {
  const { kind, name, apiVersion } = objectOf(value) ?? {};
  return defined({ kind: textOf(kind) ?? "", name: textOf(name) ?? "", apiVersion: textOf(apiVersion) });
}

export function selectorOf(value: unknown): LabelSelector | undefined {
  const selector = objectOf(value);
  if (!selector) return undefined;
  const labels = Object.entries(objectOf(selector.matchLabels) ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const expressions = (objectsOf(selector.matchExpressions) ?? []).map(({ key, operator, values }) => ({
    key: textOf(key) ?? "", operator: textOf(operator) ?? "", ...(Array.isArray(values) && { values: values.filter((text): text is string => typeof text === "string") }),
  }));
  return { ...(labels.length > 0 && { matchLabels: Object.fromEntries(labels) }), ...(expressions.length > 0 && { matchExpressions: expressions }) };
}

export function behaviorOf(value: unknown): HorizontalPodAutoscalerBehavior | undefined {
  const behavior = objectOf(value);
  return behavior && defined({ scaleUp: rulesOf(behavior.scaleUp), scaleDown: rulesOf(behavior.scaleDown) });
}

function rulesOf(value: unknown): HPAScalingRules | undefined {
  const rules = objectOf(value);
  if (!rules) return undefined;
  const policies = objectsOf(rules.policies)?.map(({ type, value: amount, periodSeconds }) => ({ type: textOf(type) ?? "", value: intOf(amount) ?? 0, periodSeconds: intOf(periodSeconds) ?? 0 }));
  return defined({ stabilizationWindowSeconds: intOf(rules.stabilizationWindowSeconds), selectPolicy: textOf(rules.selectPolicy), policies, tolerance: quantityOf(rules.tolerance) });
}

export function conditionsOf(value: unknown): HorizontalPodAutoscalerCondition[] | undefined {
  return objectsOf(value)?.map(({ type, status, reason, message }) => defined({ type: textOf(type) ?? "", status: textOf(status) ?? "", reason: textOf(reason), message: textOf(message) }));
}
