import { type FieldError, invalidField, invalidValue, notSupported, required, tooMany } from "../../../lib/field-error.ts";
import { check } from "../../field-checks.ts";
import type { JobSpec, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyOnPodConditionsPattern, PodFailurePolicyRule } from "../../types/batch-v1.generated.ts";
import { isQualifiedName } from "../../values/names.ts";
import { countIndexes } from "./indexes.ts";

const RULES_MAX = 20;
const EXIT_CODES_MAX = 255;
const PATTERNS_MAX = 20;
const ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];
const STATUSES = ["False", "True", "Unknown"];

export function validatePodFailurePolicy(spec: JobSpec, path: string): FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? [];
  if (rules.length > RULES_MAX) return [tooMany(`${path}.rules`, rules.length, RULES_MAX)];
  const containers = new Set([...(spec.template.spec?.containers ?? []), ...(spec.template.spec?.initContainers ?? [])].map(({ name }) => name));
  return rules.flatMap((rule, i) => validateRule(spec, rule, `${path}.rules[${i}]`, containers));
}

function validateRule(spec: JobSpec, { action, onExitCodes, onPodConditions }: PodFailurePolicyRule, path: string, containers: ReadonlySet<string>): FieldError[] {
  const errors: FieldError[] = [];
  if (!action) errors.push(required(`${path}.action`, `valid values: ["Count" "FailIndex" "FailJob" "Ignore"]`));
  else if (!ACTIONS.includes(action)) errors.push(notSupported(`${path}.action`, action, ACTIONS));
  if (action === "FailIndex" && spec.backoffLimitPerIndex == null) errors.push(invalidValue(`${path}.action`, action, "requires the backoffLimitPerIndex to be set"));
  const byConditions = (onPodConditions?.length ?? 0) > 0;
  if (onExitCodes) errors.push(...validateExitCodes(onExitCodes, `${path}.onExitCodes`, containers));
  if (byConditions) errors.push(...validatePatterns(onPodConditions!, `${path}.onPodConditions`));
  if (onExitCodes && byConditions) errors.push(invalidField(path, "specifying both OnExitCodes and OnPodConditions is not supported"));
  if (!onExitCodes && !byConditions) errors.push(invalidField(path, "specifying one of OnExitCodes and OnPodConditions is required"));
  return errors;
}

function validateExitCodes({ containerName, operator, values = [] }: PodFailurePolicyOnExitCodesRequirement, path: string, containers: ReadonlySet<string>): FieldError[] {
  const errors: FieldError[] = [];
  if (!operator) errors.push(required(`${path}.operator`, `valid values: ["In" "NotIn"]`));
  else if (operator !== "In" && operator !== "NotIn") errors.push(notSupported(`${path}.operator`, operator, ["In", "NotIn"]));
  if (containerName != null && !containers.has(containerName)) errors.push(invalidValue(`${path}.containerName`, containerName, "must be one of the container or initContainer names in the pod template"));
  if (values.length === 0) errors.push(invalidValue(`${path}.values`, values, "at least one value is required"));
  if (values.length > EXIT_CODES_MAX) errors.push(tooMany(`${path}.values`, values.length, EXIT_CODES_MAX));
  let ordered = true;
  const seen = new Set<number>();
  values.forEach((value, i) => {
    if (operator === "In" && value === 0) errors.push(invalidValue(`${path}.values[${i}]`, value, "must not be 0 for the In operator"));
    if (seen.has(value)) errors.push({ reason: "FieldValueDuplicate", field: `${path}.values[${i}]`, message: `Duplicate value: ${value}` });
    seen.add(value);
    ordered &&= i === 0 || values[i - 1]! <= value;
  });
  if (!ordered) errors.push(invalidValue(`${path}.values`, values, "must be ordered"));
  return errors;
}

function validatePatterns(patterns: readonly PodFailurePolicyOnPodConditionsPattern[], path: string): FieldError[] {
  if (patterns.length > PATTERNS_MAX) return [tooMany(path, patterns.length, PATTERNS_MAX)];
  return patterns.flatMap(({ type, status }, i) => [
    ...check(`${path}[${i}].type`, type ?? "", isQualifiedName),
    ...(!status ? [required(`${path}[${i}].status`, `valid values: ["False" "True" "Unknown"]`)] : STATUSES.includes(status) ? [] : [notSupported(`${path}[${i}].status`, status, STATUSES)]),
  ]);
}

export function validateSuccessPolicy(spec: JobSpec, path: string): FieldError[] {
  if (spec.completionMode !== "Indexed") return [invalidValue(path, spec.successPolicy, "requires indexed completion mode")];
  const rules = spec.successPolicy?.rules ?? [];
  if (rules.length === 0) return [required(`${path}.rules`, "at least one rules must be specified when the successPolicy is specified")];
  if (rules.length > RULES_MAX) return [tooMany(`${path}.rules`, rules.length, RULES_MAX)];
  return rules.flatMap(({ succeededCount, succeededIndexes }, i) => {
    const at = `${path}.rules[${i}]`;
    if (succeededCount == null && succeededIndexes == null) return [required(at, "at least one of succeededCount or succeededIndexes must be specified")];
    const completions = spec.completions ?? 0;
    const errors: FieldError[] = [];
    let total = completions;
    if (succeededIndexes != null) {
      try {
        total = countIndexes(succeededIndexes, completions);
      } catch (error) {
        errors.push(invalidValue(`${at}.succeededIndexes`, succeededIndexes, `error parsing succeededIndexes: ${(error as Error).message}`));
      }
    }
    if (succeededCount != null) {
      if (succeededCount < 0) errors.push(invalidValue(`${at}.succeededCount`, succeededCount, "must be greater than or equal to 0"));
      if (succeededCount > completions) errors.push(invalidValue(`${at}.succeededCount`, succeededCount, `must be less than or equal to ${completions} (the number of specified completions)`));
      else if (succeededIndexes != null && succeededCount > total) errors.push(invalidValue(`${at}.succeededCount`, succeededCount, `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`));
    }
    return errors;
  });
}
