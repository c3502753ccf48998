import { type FieldError, duplicate, invalidValue, notSupported, Path, required } from "../../lib/field-error.ts";
import { check } from "../field-checks.ts";
import type { PodSchedulingGate, Toleration, TopologySpreadConstraint } from "../types/core-v1.generated.ts";
import { validateLabelSelector } from "../values/label-selector.ts";
import { isLabelValue, isQualifiedName } from "../values/names.ts";
import { validateLabelKeys } from "./affinity.ts";

export const TAINT_EFFECTS = ["NoExecute", "NoSchedule", "PreferNoSchedule"];

/** Of pods and of runtime classes. */
export function validateTolerations(tolerations: readonly Toleration[], path: string): FieldError[] {
  return tolerations.flatMap((toleration, i) => validateToleration(toleration, `${path}[${i}]`));
}

function validateToleration({ key = "", operator = "", value = "", effect = "", tolerationSeconds }: Toleration, path: string): FieldError[] {
  const errors: FieldError[] = key ? check(`${path}.key`, key, isQualifiedName) : [];
  if (!key && operator !== "Exists") {
    errors.push(invalidValue(`${path}.operator`, operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"'));
  }
  if (tolerationSeconds != null && effect !== "NoExecute") {
    errors.push(invalidValue(`${path}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
  }
  errors.push(...validateOperator(operator, value, `${path}.operator`));
  if (effect && !TAINT_EFFECTS.includes(effect)) errors.push(notSupported(`${path}.effect`, effect, TAINT_EFFECTS));
  return errors;
}

function validateOperator(operator: string, value: string, path: string): FieldError[] {
  switch (operator) {
    case "": case "Equal": {
      const texts = isLabelValue(value);
      return texts.length === 0 ? [] : [invalidValue(path, value, texts.join(";"))];
    }
    case "Exists": return value === "" ? [] : [invalidValue(path, value, "value must be empty when `operator` is 'Exists'")];
    case "Lt": case "Gt": return [notSupported(path, operator, ["Equal", "Exists", "Lt", "Gt"])];
    default: return [notSupported(path, operator, ["Equal", "Exists"])];
  }
}

const WHEN_UNSATISFIABLE = ["DoNotSchedule", "ScheduleAnyway"];
const NODE_POLICIES = ["Honor", "Ignore"];

export function validateTopologySpread(constraints: readonly TopologySpreadConstraint[], path: string): FieldError[] {
  return constraints.flatMap((constraint, i) => {
    const at = `${path}[${i}]`;
    const isRepeated = constraints.slice(i + 1).some((other) =>
      other.topologyKey === constraint.topologyKey && other.whenUnsatisfiable === constraint.whenUnsatisfiable);
    return [
      ...validateConstraint(constraint, at),
      ...(isRepeated ? [duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${constraint.topologyKey}, ${constraint.whenUnsatisfiable}}`)] : []),
    ];
  });
}

function validateConstraint(constraint: TopologySpreadConstraint, path: string): FieldError[] {
  const { maxSkew = 0, topologyKey, whenUnsatisfiable = "", minDomains } = constraint;
  const errors: FieldError[] = [];
  if (maxSkew <= 0) errors.push(invalidValue(`${path}.maxSkew`, maxSkew, "must be greater than zero"));
  if (!topologyKey) errors.push(required(`${path}.topologyKey`, "can not be empty"));
  if (!WHEN_UNSATISFIABLE.includes(whenUnsatisfiable)) errors.push(notSupported(`${path}.whenUnsatisfiable`, whenUnsatisfiable, WHEN_UNSATISFIABLE));
  if (minDomains != null && minDomains <= 0) errors.push(invalidValue(`${path}.minDomains`, minDomains, "must be greater than zero"));
  if (minDomains != null && whenUnsatisfiable !== "DoNotSchedule") {
    errors.push(invalidValue(`${path}.minDomains`, minDomains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`));
  }
  for (const field of ["nodeAffinityPolicy", "nodeTaintsPolicy"] as const) {
    const policy = constraint[field];
    if (policy != null && !NODE_POLICIES.includes(policy)) errors.push(notSupported(`${path}.${field}`, policy, NODE_POLICIES));
  }
  errors.push(...validateLabelKeys(constraint, path));
  return errors.concat(validateLabelSelector(constraint.labelSelector, Path.of(`${path}.labelSelector`)));
}

export function validateSchedulingGates(gates: readonly PodSchedulingGate[], path: string): FieldError[] {
  const seen = new Set<string>();
  return gates.flatMap(({ name = "" }, i) => {
    const errors = check(`${path}[${i}]`, name, isQualifiedName);
    if (seen.has(name)) errors.push(duplicate(`${path}[${i}]`, name));
    seen.add(name);
    return errors;
  });
}
