import { invalidValue, notSupported, Path, required, type FieldError } from "../../lib/field-error.ts";
import { deepEqual } from "../../lib/deep-equal.ts";
import { isDns1123Subdomain, isPathSegmentName } from "../values/names.ts";
import { labelSelectorOf, validateLabelSelector } from "../values/label-selector.ts";
import { RBAC_GROUP, type ClusterRole, type PolicyRule, type Role, type RoleBinding, type Subject } from "./types.ts";

export const validateRole = (role: Role): FieldError[] => validateRules(role, true);

export function validateClusterRole(role: ClusterRole): FieldError[] {
  const errors = validateRules(role, false);
  if (!role.aggregationRule) return errors;
  const path = Path.of("aggregationRule", "clusterRoleSelectors");
  const selectors = role.aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) errors.push(required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil"));
  for (const [i, selector] of selectors.entries()) {
    errors.push(...validateLabelSelector(selector, path.index(i)));
    try { labelSelectorOf(selector); } catch { errors.push(invalidValue(path.index(i), null, "invalid label selector.")); }
  }
  return errors;
}

function validateRules(role: Role, namespaced: boolean): FieldError[] {
  return (role.rules ?? []).flatMap((rule, i) => validateRule(rule, namespaced, Path.of("rules").index(i)));
}

function validateRule(rule: PolicyRule, namespaced: boolean, path: Path): FieldError[] {
  const errors: FieldError[] = [];
  if (!rule.verbs?.length) errors.push(required(path.child("verbs"), "verbs must contain at least one value"));
  if (rule.nonResourceURLs?.length) {
    const refuse = (why: string) => errors.push(invalidValue(path.child("nonResourceURLs"), rule.nonResourceURLs, why));
    if (namespaced) refuse("namespaced rules cannot apply to non-resource URLs");
    if (rule.apiGroups?.length || rule.resources?.length || rule.resourceNames?.length) refuse("rules cannot apply to both regular resources and non-resource URLs");
    return errors;
  }
  if (!rule.apiGroups?.length) errors.push(required(path.child("apiGroups"), "resource rules must supply at least one api group"));
  if (!rule.resources?.length) errors.push(required(path.child("resources"), "resource rules must supply at least one resource"));
  return errors;
}

export const validateRoleBinding = (binding: RoleBinding): FieldError[] => validateBinding(binding, true);
export const validateClusterRoleBinding = (binding: RoleBinding): FieldError[] => validateBinding(binding, false);

function validateBinding(binding: RoleBinding, namespaced: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const path = Path.of("roleRef");
  const ref = binding.roleRef ?? { kind: "", name: "" };
  const kinds = namespaced ? ["Role", "ClusterRole"] : ["ClusterRole"];
  if (ref.apiGroup !== RBAC_GROUP) errors.push(notSupported(path.child("apiGroup"), ref.apiGroup ?? "", [RBAC_GROUP]));
  if (!kinds.includes(ref.kind)) errors.push(notSupported(path.child("kind"), ref.kind, kinds));
  if (!ref.name) errors.push(required(path.child("name")));
  else for (const text of isPathSegmentName(ref.name)) errors.push(invalidValue(path.child("name"), ref.name, text));
  for (const [i, subject] of (binding.subjects ?? []).entries()) {
    errors.push(...validateSubject(subject, namespaced, Path.of("subjects").index(i)));
  }
  return errors;
}

function validateSubject(subject: Subject, namespaced: boolean, path: Path): FieldError[] {
  const errors: FieldError[] = [];
  if (!subject.name) errors.push(required(path.child("name")));
  const group = subject.apiGroup ?? "";
  switch (subject.kind) {
    case "ServiceAccount":
      if (subject.name) for (const text of isDns1123Subdomain(subject.name)) errors.push(invalidValue(path.child("name"), subject.name, text));
      if (group) errors.push(notSupported(path.child("apiGroup"), group, [""]));
      if (!namespaced && !subject.namespace) errors.push(required(path.child("namespace")));
      return errors;
    case "User":
    case "Group":
      if (group !== RBAC_GROUP) errors.push(notSupported(path.child("apiGroup"), group, [RBAC_GROUP]));
      return errors;
    default:
      return [...errors, notSupported(path.child("kind"), subject.kind, ["ServiceAccount", "User", "Group"])];
  }
}

export function validateBindingUpdate(binding: RoleBinding, old: RoleBinding): FieldError[] {
  return deepEqual(binding.roleRef, old.roleRef) ? [] : [invalidValue("roleRef", binding.roleRef, "cannot change roleRef")];
}
