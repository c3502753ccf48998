import { invalidValue, required, type FieldError } from "../../../lib/field-error.ts";
import { check } from "../../field-checks.ts";
import { validateResourceName, validateResourceQuantity } from "../../pod-spec/resources.ts";
import type { ResourceQuota, ResourceQuotaSpec } from "../../types/core-v1.generated.ts";
import { isQualifiedName } from "../../values/names.ts";

const COMPUTE = new Set(["cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"]);
const STORAGE = new Set(["persistentvolumeclaims", "requests.storage"]);
const STANDARD = new Set([
  ...COMPUTE, ...STORAGE, "ephemeral-storage", "requests.ephemeral-storage", "limits.ephemeral-storage", "pods", "resourcequotas", "services",
  "replicationcontrollers", "secrets", "configmaps", "services.nodeports", "services.loadbalancers",
]);
const isStandardForQuota = (name: string): boolean => STANDARD.has(name) || name.startsWith("hugepages-") || name.startsWith("requests.hugepages-");

const EXISTS_ONLY = new Set(["BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity"]);
const SCOPES = new Set([...EXISTS_ONLY, "PriorityClass", "VolumeAttributesClass"]);
const CONTRADICTIONS = [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]] as const;

export function validateResourceQuota({ spec, status }: ResourceQuota): FieldError[] {
  return [
    ...validateHard(spec?.hard, "spec.hard"),
    ...validateScopes(spec ?? {}, "spec.scopes"),
    ...validateSelector(spec ?? {}, "spec.scopeSelector.matchExpressions"),
    ...validateHard(status?.hard, "status.hard"),
    ...validateHard(status?.used, "status.used"),
  ];
}

export function validateResourceQuotaUpdate(obj: ResourceQuota, old: ResourceQuota): FieldError[] {
  const sorted = ({ spec }: ResourceQuota) => [...new Set(spec?.scopes)].sort().join();
  return sorted(obj) === sorted(old) ? [] : [invalidValue("spec.scopes", obj.spec?.scopes ?? [], "field is immutable")];
}

export function validateResourceQuotaStatus({ status }: ResourceQuota): FieldError[] {
  return [...validateHard(status?.hard, "status.hard"), ...validateHard(status?.used, "status.used")];
}

function validateHard(hard: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  return Object.entries(hard ?? {}).flatMap(([name, amount]) => [
    ...validateQuotaName(name, `${path}[${name}]`),
    ...validateResourceQuantity(name, amount, `${path}[${name}]`),
  ]);
}

function validateQuotaName(name: string, path: string): FieldError[] {
  if (name.startsWith("requests.hugepages-")) return check(path, name, isQualifiedName);
  const errors = validateResourceName(name, path);
  if (!name.includes("/") && !isStandardForQuota(name)) errors.push(invalidValue(path, name, "must be a standard resource for quota"));
  return errors;
}

function suits(scope: string, name: string): boolean {
  if (scope === "BestEffort") return name === "pods";
  if (scope === "VolumeAttributesClass") return STORAGE.has(name);
  return !SCOPES.has(scope) || name === "pods" || COMPUTE.has(name);
}

const unsuited = (scope: string, hard: ResourceQuotaSpec["hard"]): string[] =>
  Object.keys(hard ?? {}).filter((name) => isStandardForQuota(name) && !suits(scope, name));

function validateScopes({ scopes = [], hard }: ResourceQuotaSpec, path: string): FieldError[] {
  const refuse = refusalsOf(path, scopes);
  const errors = scopes.flatMap((scope) => [
    ...(SCOPES.has(scope) ? [] : [refuse("unsupported scope")]),
    ...unsuited(scope, hard).map(() => refuse("unsupported scope applied to resource")),
  ]);
  for (const pair of CONTRADICTIONS) if (pair.every((scope) => scopes.includes(scope))) errors.push(refuse("conflicting scopes"));
  return errors;
}

/** Every refusal shows the whole value: each text is made once, however often it is said. */
function refusalsOf(path: string, value: unknown): (text: string) => FieldError {
  const made = new Map<string, FieldError>();
  return (text) => made.get(text) ?? made.set(text, invalidValue(path, value, text)).get(text)!;
}

const EXISTS_TEXT = "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

function validateSelector({ scopeSelector, scopes, hard }: ResourceQuotaSpec, path: string): FieldError[] {
  const expressions = scopeSelector?.matchExpressions ?? [];
  const refuse = refusalsOf(path, scopeSelector);
  const errors: FieldError[] = [];
  for (const { scopeName = "", operator = "", values = [] } of expressions) {
    if (!SCOPES.has(scopeName)) errors.push(invalidValue(`${path}.scopeName`, scopeName, "unsupported scope"));
    errors.push(...unsuited(scopeName, hard).map(() => refuse("unsupported scope applied to resource")));
    if (EXISTS_ONLY.has(scopeName) && operator !== "Exists") errors.push(invalidValue(`${path}.operator`, operator, EXISTS_TEXT));
    errors.push(...validateOperator(operator, values, path));
  }
  for (const pair of CONTRADICTIONS) {
    if (pair.every((scope) => expressions.some((e) => e.scopeName === scope))) errors.push(invalidValue(path, scopes ?? [], "conflicting scopes"));
  }
  return errors;
}

function validateOperator(operator: string, values: readonly string[], path: string): FieldError[] {
  switch (operator) {
    case "In": case "NotIn":
      return values.length > 0 ? [] : [required(`${path}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector")];
    case "Exists": case "DoesNotExist":
      return values.length === 0 ? [] : [invalidValue(`${path}.values`, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector")];
    default: return [invalidValue(`${path}.operator`, operator, "not a valid selector operator")];
  }
}
