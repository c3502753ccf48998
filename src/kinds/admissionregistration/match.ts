import { duplicate, invalidValue, notSupported, Path, required, tooMany, type FieldError } from "../../lib/field-error.ts";
import { check } from "../field-checks.ts";
import type { MatchCondition, MatchResources, NamedRuleWithOperations, RuleWithOperations } from "../types/admissionregistration-v1.generated.ts";
import { validateLabelSelector } from "../values/label-selector.ts";
import { isPathSegmentName, isQualifiedName } from "../values/names.ts";
import { validateExpression } from "./expressions.ts";

/** Which requests a webhook or policy is about: rules, selectors and conditions. */
export const FAILURE_POLICIES = ["Fail", "Ignore"];
export const MATCH_POLICIES = ["Equivalent", "Exact"];
const OPERATIONS = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
/** What a MutatingAdmissionPolicy can change. */
const MUTABLE_OPERATIONS = ["*", "CONNECT", "CREATE", "UPDATE"];
const SCOPES = ["*", "Cluster", "Namespaced"];
const CONDITIONS_MAX = 64;

export function defaultMatchResources(match: MatchResources | undefined): void {
  if (!match) return;
  match.matchPolicy ??= "Equivalent";
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  defaultRules([...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])]);
}

export function defaultRules(rules: readonly { scope?: string }[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ??= "*";
}

export function validateMatchResources(match: MatchResources | undefined, path: string): FieldError[] {
  if (!match) return [];
  const rules = (field: "resourceRules" | "excludeResourceRules") => (match[field] ?? []).flatMap((rule, i) => validateNamedRule(rule, `${path}.${field}[${i}]`));
  return [
    ...oneOf(match.matchPolicy, MATCH_POLICIES, `${path}.matchPolicy`),
    ...validateLabelSelector(match.namespaceSelector, Path.of(`${path}.namespaceSelector`)),
    ...validateLabelSelector(match.objectSelector, Path.of(`${path}.objectSelector`)),
    ...rules("resourceRules"), ...rules("excludeResourceRules"),
  ];
}

/** Of a policy itself: it must say what it is about. */
export function validateMatchConstraints(match: MatchResources | undefined, path: string): FieldError[] {
  if (!match) return [required(path)];
  return [...validateMatchResources(match, path), ...(match.resourceRules?.length ? [] : [required(`${path}.resourceRules`)])];
}

export const validateMutableOperations = (match: MatchResources | undefined, path: string): FieldError[] =>
  (match?.resourceRules ?? []).flatMap((rule) => (rule.operations ?? []).filter((op) => !MUTABLE_OPERATIONS.includes(op)).map((op) => notSupported(`${path}.resourceRules.operations`, op, MUTABLE_OPERATIONS)));

export function oneOf(value: string | undefined, allowed: readonly string[], path: string): FieldError[] {
  if (value === undefined || value === "") return [required(path)];
  return allowed.includes(value) ? [] : [notSupported(path, value, allowed)];
}

function validateNamedRule(rule: NamedRuleWithOperations, path: string): FieldError[] {
  const names = rule.resourceNames ?? [];
  return [
    ...names.flatMap((name, i) => [
      ...check(`${path}.resourceNames[${i}]`, name, isPathSegmentName),
      ...(names.indexOf(name) < i ? [duplicate(`${path}.resourceNames[${i}]`, name)] : []),
    ]),
    ...validateRule(rule, path),
  ];
}

export function validateRule({ operations = [], apiGroups = [], apiVersions = [], resources = [], scope }: RuleWithOperations, path: string): FieldError[] {
  return [
    ...validateWildcard(operations, `${path}.operations`, "operations"),
    ...operations.flatMap((op, i) => (OPERATIONS.includes(op) ? [] : [notSupported(`${path}.operations[${i}]`, op, OPERATIONS)])),
    ...validateWildcard(apiGroups, `${path}.apiGroups`, "API groups"),
    ...validateWildcard(apiVersions, `${path}.apiVersions`, "API versions"),
    ...apiVersions.flatMap((version, i) => (version === "" ? [required(`${path}.apiVersions[${i}]`)] : [])),
    ...validateResources(resources, `${path}.resources`),
    ...(scope !== undefined && !SCOPES.includes(scope) ? [notSupported(`${path}.scope`, scope, SCOPES)] : []),
  ];
}

function validateWildcard(values: readonly string[], path: string, what: string): FieldError[] {
  if (values.length === 0) return [required(path)];
  return values.length > 1 && values.includes("*") ? [invalidValue(path, values, `if '*' is present, must not specify other ${what}`)] : [];
}

/** `pods`, `pods/status`, `pods/*`, `*` + `/scale` and so on: none may cover another. */
function validateResources(resources: readonly string[], path: string): FieldError[] {
  if (resources.length === 0) return [required(path)];
  const errors: FieldError[] = [];
  const whole = new Set<string>();
  const everywhere = new Set<string>();
  resources.forEach((text, i) => {
    if (text === "") return void errors.push(required(`${path}[${i}]`));
    const slash = text.indexOf("/");
    if (slash < 0) return;
    const [resource, sub] = [text.slice(0, slash), text.slice(slash + 1)];
    if (whole.has(resource)) errors.push(invalidValue(`${path}[${i}]`, text, `if '${resource}/*' is present, must not specify ${text}`));
    if (everywhere.has(sub)) errors.push(invalidValue(`${path}[${i}]`, text, `if '*/${sub}' is present, must not specify ${text}`));
    if (sub === "*") whole.add(resource);
    if (resource === "*") everywhere.add(sub);
  });
  if (resources.length > 1 && resources.includes("*/*")) errors.push(invalidValue(path, resources, "if '*/*' is present, must not specify other resources"));
  if (resources.includes("*") && resources.some((text) => text !== "*" && !text.includes("/"))) {
    errors.push(invalidValue(path, resources, "if '*' is present, must not specify other resources without subresources"));
  }
  return errors;
}

export function validateMatchConditions(conditions: readonly MatchCondition[] | undefined, path: string, options: { hasParams?: boolean } = {}): FieldError[] {
  const all = conditions ?? [];
  const errors = all.length > CONDITIONS_MAX ? [tooMany(path, all.length, CONDITIONS_MAX)] : [];
  const names = all.map((condition) => condition.name ?? "");
  // Too many are refused without a look at each.
  if (errors.length > 0) return errors;
  return all.flatMap(({ name = "", expression = "" }, i) => [
    ...(expression.trim() === "" ? [required(`${path}[${i}].expression`)] : validateExpression(expression.trim(), `${path}[${i}].expression`, { ...options, hasAuthorizer: true, result: "bool" })),
    ...(name === "" ? [required(`${path}[${i}].name`)] : check(`${path}[${i}].name`, name, isQualifiedName)),
    ...(name !== "" && names.indexOf(name) < i ? [duplicate(`${path}[${i}].name`, name)] : []),
  ]);
}
