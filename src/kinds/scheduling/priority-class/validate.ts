import { type FieldError, forbiddenField, notSupported } from "../../../lib/field-error.ts";
import { immutable } from "../../field-checks.ts";
import type { PriorityClass } from "../../types/scheduling-v1.generated.ts";
import { systemPriorityClasses } from "./system-classes.ts";

const USER_VALUE_MAX = 1_000_000_000;
const POLICIES = ["Never", "PreemptLowerPriority"];

export function validatePriorityClass(obj: PriorityClass): FieldError[] {
  const { metadata: { name = "" }, value = 0, preemptionPolicy } = obj;
  const errors: FieldError[] = [];
  if (name.startsWith("system-")) {
    const problem = systemProblem(obj);
    if (problem) errors.push(forbiddenField("metadata.name", `priority class names with 'system-' prefix are reserved for system use only. error: ${problem}`));
  } else if (value > USER_VALUE_MAX) {
    errors.push(forbiddenField("value", `maximum allowed value of a user defined priority is ${USER_VALUE_MAX}`));
  }
  if (preemptionPolicy != null && !POLICIES.includes(preemptionPolicy)) errors.push(notSupported("preemptionPolicy", preemptionPolicy, POLICIES));
  return errors;
}

function systemProblem({ metadata: { name }, value = 0, globalDefault = false }: PriorityClass): string | undefined {
  const known = systemPriorityClasses.find((system) => system.metadata.name === name);
  if (!known) return `${name} is not a known system priority class`;
  if (known.value !== value) return `value of ${name} PriorityClass must be ${known.value}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

export function validatePriorityClassUpdate(obj: PriorityClass, old: PriorityClass): FieldError[] {
  return [
    ...((obj.value ?? 0) === (old.value ?? 0) ? [] : [forbiddenField("value", "may not be changed in an update.")]),
    ...immutable("preemptionPolicy", obj.preemptionPolicy, old.preemptionPolicy),
  ];
}
