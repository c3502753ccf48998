import { duplicate, forbiddenField, invalidValue, notSupported, required, type FieldError, type Path } from "../../../lib/field-error.ts";
import type { MatchResources, NamedRuleWithOperations, ParamKind, ParamRef, RuleWithOperations } from "../../types/admissionregistration-v1.generated.ts";
import { validateLabelSelector } from "../../values/label-selector.ts";
import { isDns1035Label, isDns1123Subdomain, isPathSegmentName } from "../../values/names.ts";

export function defaultMatchResources(match: MatchResources | undefined): void {
  if (!match) return;
  match.matchPolicy ??= "Equivalent";
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])]) rule.scope ??= "*";
}

export function validateMatchResources(match: MatchResources | undefined, at: Path): FieldError[] {
  if (!match) return [];
  const errors: FieldError[] = [];
  if (!match.matchPolicy) errors.push(required(at.child("matchPolicy")));
  else if (!["Equivalent", "Exact"].includes(match.matchPolicy)) errors.push(notSupported(at.child("matchPolicy"), match.matchPolicy, ["Equivalent", "Exact"]));
  errors.push(...validateLabelSelector(match.namespaceSelector, at.child("namespaceSelector")), ...validateLabelSelector(match.objectSelector, at.child("objectSelector")));
  match.resourceRules?.forEach((rule, i) => errors.push(...validateNamedRule(rule, at.child("resourceRules").index(i))));
  match.excludeResourceRules?.forEach((rule, i) => errors.push(...validateNamedRule(rule, at.child("excludeResourceRules").index(i))));
  return errors;
}

/** What a policy itself must say besides. */
export function validateConstraints(match: MatchResources | undefined, at: Path): FieldError[] {
  if (!match) return [required(at)];
  return [...validateMatchResources(match, at), ...(match.resourceRules?.length ? [] : [required(at.child("resourceRules"))])];
}

/** A deletion has nothing to mutate. */
export function validateMutatingOperations(match: MatchResources | undefined, at: Path): FieldError[] {
  const operations = (match?.resourceRules ?? []).flatMap((rule) => rule.operations ?? []);
  const supported = ["*", "CONNECT", "CREATE", "UPDATE"];
  return operations.filter((op) => !supported.includes(op)).map((op) => notSupported(at.child("resourceRules", "operations"), op, supported));
}

function validateNamedRule(rule: NamedRuleWithOperations, at: Path): FieldError[] {
  const errors: FieldError[] = [];
  rule.resourceNames?.forEach((name, i) => {
    const here = at.child("resourceNames").index(i);
    errors.push(...isPathSegmentName(name).map((text) => invalidValue(here, name, text)));
    if (rule.resourceNames!.indexOf(name) < i) errors.push(duplicate(here, name));
  });
  return [...errors, ...validateRule(rule, at)];
}

const operations = ["CONNECT", "CREATE", "DELETE", "UPDATE", "*"];

/** Also for webhooks. */
export function validateRule(rule: RuleWithOperations, at: Path, allowSubresources = true): FieldError[] {
  const errors: FieldError[] = [];
  const list = (name: "operations" | "apiGroups" | "apiVersions" | "resources", wildcard: string) => {
    const values = rule[name] ?? [];
    if (values.length === 0) errors.push(required(at.child(name)));
    if (values.length > 1 && values.includes("*")) errors.push(invalidValue(at.child(name), values, wildcard));
    return values;
  };
  list("operations", "if '*' is present, must not specify other operations").forEach((op, i) => { if (!operations.includes(op)) errors.push(notSupported(at.child("operations").index(i), op, operations)); });
  list("apiGroups", "if '*' is present, must not specify other API groups");
  list("apiVersions", "if '*' is present, must not specify other API versions").forEach((v, i) => { if (v === "") errors.push(required(at.child("apiVersions").index(i))); });
  errors.push(...validateResources(rule.resources ?? [], at.child("resources"), allowSubresources));
  if (rule.scope !== undefined && !["Cluster", "Namespaced", "*"].includes(rule.scope)) errors.push(notSupported(at.child("scope"), rule.scope, ["*", "Cluster", "Namespaced"]));
  return errors;
}

function validateResources(resources: readonly string[], at: Path, allowSubresources: boolean): FieldError[] {
  if (resources.length === 0) return [required(at)];
  const errors: FieldError[] = [];
  const all = new Set(resources);
  resources.forEach((text, i) => {
    const [name, sub] = text.split("/");
    if (text === "") errors.push(required(at.index(i)));
    if (sub !== undefined && !allowSubresources) errors.push(invalidValue(at.index(i), text, "must not specify subresources"));
    else if (sub !== undefined && all.has(`${name}/*`) && sub !== "*") errors.push(invalidValue(at.index(i), text, `if '${name}/*' is present, must not specify ${text}`));
    else if (sub !== undefined && name !== "*" && all.has(`*/${sub}`)) errors.push(invalidValue(at.index(i), text, `if '*/${sub}' is present, must not specify ${text}`));
  });
  if (all.has("*/*") && all.size > 1) errors.push(invalidValue(at, resources, "if '*/*' is present, must not specify other resources"));
  else if (all.has("*") && resources.some((r) => r !== "*" && !r.includes("/"))) errors.push(invalidValue(at, resources, "if '*' is present, must not specify other resources without subresources"));
  return errors;
}

export function validateParamKind(param: ParamKind | undefined, at: Path): FieldError[] {
  if (!param) return [];
  const errors: FieldError[] = [];
  const { apiVersion = "", kind = "" } = param;
  const here = at.child("apiVersion");
  const parts = apiVersion.split("/");
  const [group, version] = parts.length === 1 ? ["", parts[0]!] : [parts[0]!, parts[1]!];
  if (apiVersion === "") errors.push(required(here));
  else if (parts.length > 2) errors.push(invalidValue(here, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  else {
    const wrongGroup = group === "" ? [] : isDns1123Subdomain(group);
    if (wrongGroup.length > 0) errors.push(invalidValue(here, group, wrongGroup.join(",")));
    const wrongVersion = version === "" ? ["version must be specified"] : isDns1035Label(version);
    if (wrongVersion.length > 0) errors.push(invalidValue(here, version === "" ? apiVersion : version, wrongVersion.join(",")));
  }
  const wrongKind = isDns1035Label(kind.toLowerCase());
  if (kind === "") errors.push(required(at.child("kind")));
  else if (wrongKind.length > 0) errors.push(invalidValue(at.child("kind"), kind, `may have mixed case, but should otherwise match: ${wrongKind.join(",")}`));
  return errors;
}

export function validateParamRef(ref: ParamRef | undefined, at: Path): FieldError[] {
  if (!ref) return [];
  const errors: FieldError[] = [];
  const both = "name and selector are mutually exclusive";
  if (ref.name) {
    errors.push(...isPathSegmentName(ref.name).map((text) => invalidValue(at.child("name"), ref.name, text)));
    if (ref.selector) errors.push(forbiddenField(at.child("name"), both), forbiddenField(at.child("selector"), both));
  }
  errors.push(...validateLabelSelector(ref.selector, at.child("selector")));
  if (!ref.name && !ref.selector) errors.push(required(at, "one of name or selector must be specified"));
  if (!ref.parameterNotFoundAction) errors.push(required(at.child("parameterNotFoundAction")));
  else if (!["Allow", "Deny"].includes(ref.parameterNotFoundAction)) errors.push(notSupported(at.child("parameterNotFoundAction"), ref.parameterNotFoundAction, ["Deny", "Allow"]));
  return errors;
}

export function validatePolicyName(name: string | undefined, at: Path): FieldError[] {
  if (!name) return [required(at)];
  return isDns1123Subdomain(name).map((text) => invalidValue(at, name, text));
}
