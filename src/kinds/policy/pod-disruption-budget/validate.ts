import { validateAtMostAll, validateCountOrPercent } from "../../apps/count-or-percent.ts";
import { validateNotNegative } from "../../apps/workload-template.ts";
import { type FieldError, invalidValue, notSupported, Path } from "../../../lib/field-error.ts";
import type { PodDisruptionBudget } from "../../types/policy-v1.generated.ts";
import { validateConditions } from "../../validate-conditions.ts";
import { validateLabelSelector } from "../../values/label-selector.ts";

const EVICTION_POLICIES = ["AlwaysAllow", "IfHealthyBudget"];

export function validatePodDisruptionBudget({ spec = {} }: PodDisruptionBudget): FieldError[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
  const errors: FieldError[] = [];
  if (minAvailable != null && maxUnavailable != null) errors.push(invalidValue("spec", spec, "minAvailable and maxUnavailable cannot be both set"));
  for (const [field, value] of [["minAvailable", minAvailable], ["maxUnavailable", maxUnavailable]] as const) {
    if (value != null) errors.push(...validateCountOrPercent(value, `spec.${field}`), ...validateAtMostAll(value, `spec.${field}`));
  }
  errors.push(...validateLabelSelector(selector, Path.of("spec.selector")));
  if (policy != null && !EVICTION_POLICIES.includes(policy)) errors.push(notSupported("spec.unhealthyPodEvictionPolicy", policy, EVICTION_POLICIES));
  return errors;
}

export const validatePodDisruptionBudgetStatus = ({ status = {} }: PodDisruptionBudget): FieldError[] => [
  ...validateConditions(status.conditions, "status.conditions"),
  ...validateNotNegative(status, "status", ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"]),
];
