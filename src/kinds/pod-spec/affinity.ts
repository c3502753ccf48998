import { type FieldError, forbiddenField, invalidValue, Path, required } from "../../lib/field-error.ts";
import { check } from "../field-checks.ts";
import type {
  Affinity, NodeAffinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodAffinity, PodAffinityTerm,
} from "../types/core-v1.generated.ts";
import type { LabelSelector } from "../types/meta-v1.generated.ts";
import { validateLabelSelector } from "../values/label-selector.ts";
import { isDns1123Label, isDns1123Subdomain, isLabelValue, isQualifiedName } from "../values/names.ts";

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

export function validateAffinity({ nodeAffinity, podAffinity, podAntiAffinity }: Affinity, path: string): FieldError[] {
  return [
    ...(nodeAffinity ? validateNodeAffinity(nodeAffinity, `${path}.nodeAffinity`) : []),
    ...(podAffinity ? validatePodAffinity(podAffinity, `${path}.podAffinity`) : []),
    ...(podAntiAffinity ? validatePodAffinity(podAntiAffinity, `${path}.podAntiAffinity`) : []),
  ];
}

function validateNodeAffinity(affinity: NodeAffinity, path: string): FieldError[] {
  const selector = affinity[REQUIRED];
  return [
    ...(selector ? validateNodeSelector(selector, `${path}.${REQUIRED}`) : []),
    ...(affinity[PREFERRED] ?? []).flatMap(({ weight, preference }, i) => [
      ...validateWeight(weight, `${path}.${PREFERRED}[${i}].weight`),
      // Invalid label values are tolerated in preferences, which then match no node.
      ...validateTerm(preference ?? {}, `${path}.${PREFERRED}[${i}].preference`, { checkValues: false }),
    ]),
  ];
}

export function validateNodeSelector({ nodeSelectorTerms = [] }: NodeSelector, path: string): FieldError[] {
  if (nodeSelectorTerms.length === 0) return [required(`${path}.nodeSelectorTerms`, "must have at least one node selector term")];
  return nodeSelectorTerms.flatMap((term, i) => validateTerm(term, `${path}.nodeSelectorTerms[${i}]`, { checkValues: true }));
}

function validateTerm(term: NodeSelectorTerm, path: string, options: { checkValues: boolean }): FieldError[] {
  return [
    ...(term.matchExpressions ?? []).flatMap((e, i) => validateExpression(e, `${path}.matchExpressions[${i}]`, options)),
    ...(term.matchFields ?? []).flatMap((e, i) => validateField(e, `${path}.matchFields[${i}]`)),
  ];
}

function validateExpression({ key = "", operator = "", values = [] }: NodeSelectorRequirement, path: string, { checkValues }: { checkValues: boolean }): FieldError[] {
  return [
    ...validateOperator(operator, values, path),
    ...check(`${path}.key`, key, isQualifiedName),
    ...(checkValues ? values.flatMap((value, i) => check(`${path}.values[${i}]`, value, isLabelValue)) : []),
  ];
}

function validateOperator(operator: string, values: readonly string[], path: string): FieldError[] {
  switch (operator) {
    case "In": case "NotIn":
      return values.length > 0 ? [] : [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
    case "Exists": case "DoesNotExist":
      return values.length === 0 ? [] : [forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    case "Gt": case "Lt":
      return values.length === 1 ? [] : [required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
    default:
      return [invalidValue(`${path}.operator`, operator, "not a valid selector operator")];
  }
}

function validateField({ key = "", operator = "", values = [] }: NodeSelectorRequirement, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (operator !== "In" && operator !== "NotIn") errors.push(invalidValue(`${path}.operator`, operator, "not a valid selector operator"));
  else if (values.length !== 1) errors.push(required(`${path}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"));
  if (key !== "metadata.name") return [...errors, invalidValue(`${path}.key`, key, "not a valid field selector key")];
  return errors.concat(values.flatMap((value, i) => check(`${path}.values[${i}]`, value, isDns1123Subdomain)));
}

function validatePodAffinity(affinity: PodAffinity, path: string): FieldError[] {
  return [
    ...(affinity[REQUIRED] ?? []).flatMap((term, i) => validatePodTerm(term, `${path}.${REQUIRED}[${i}]`)),
    ...(affinity[PREFERRED] ?? []).flatMap(({ weight, podAffinityTerm }, i) => [
      ...validateWeight(weight, `${path}.${PREFERRED}[${i}].weight`),
      ...validatePodTerm(podAffinityTerm ?? { topologyKey: "" }, `${path}.${PREFERRED}[${i}].podAffinityTerm`),
    ]),
  ];
}

function validateWeight(weight = 0, path: string): FieldError[] {
  return weight > 0 && weight <= 100 ? [] : [invalidValue(path, weight, "must be in the range 1-100")];
}

function validatePodTerm(term: PodAffinityTerm, path: string): FieldError[] {
  const topologyKey = term.topologyKey ?? "";
  return [
    ...validateLabelSelector(term.labelSelector, Path.of(`${path}.labelSelector`)),
    ...validateLabelSelector(term.namespaceSelector, Path.of(`${path}.namespaceSelector`)),
    ...(term.namespaces ?? []).flatMap((name) => check(`${path}.namespace`, name, isDns1123Label)),
    ...validateLabelKeys(term, path),
    ...(topologyKey ? [] : [required(`${path}.topologyKey`, "can not be empty")]),
    ...check(`${path}.topologyKey`, topologyKey, isQualifiedName),
  ];
}

interface LabelKeys { matchLabelKeys?: string[]; mismatchLabelKeys?: string[]; labelSelector?: LabelSelector }

/** Also of topology spread constraints. */
export function validateLabelKeys({ matchLabelKeys = [], mismatchLabelKeys = [], labelSelector }: LabelKeys, path: string): FieldError[] {
  const errors = [
    ...validateKeys(matchLabelKeys, labelSelector, `${path}.matchLabelKeys`),
    ...validateKeys(mismatchLabelKeys, labelSelector, `${path}.mismatchLabelKeys`),
  ];
  // The selector contains the expression that was made of each key; a second one of the same key is the author's.
  const seen = new Set(Object.keys(labelSelector?.matchLabels ?? {}));
  for (const { key } of labelSelector?.matchExpressions ?? []) {
    const i = matchLabelKeys.lastIndexOf(key);
    if (i >= 0 && seen.has(key)) errors.push(invalidValue(`${path}[${i}]`, key, "exists in both matchLabelKeys and labelSelector"));
    seen.add(key);
  }
  matchLabelKeys.forEach((key, i) => {
    if (mismatchLabelKeys.includes(key)) errors.push(invalidValue(`${path}.matchLabelKeys[${i}]`, key, "exists in both matchLabelKeys and mismatchLabelKeys"));
  });
  return errors;
}

function validateKeys(keys: readonly string[], selector: LabelSelector | undefined, path: string): FieldError[] {
  if (keys.length === 0) return [];
  if (!selector) return [forbiddenField(path, "must not be specified when labelSelector is not set")];
  return keys.flatMap((key, i) => check(`${path}[${i}]`, key, isQualifiedName));
}
