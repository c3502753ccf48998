import { invalid } from "../../lib/errors.ts";
import { invalidValue, notSupported, required, typeInvalid, type FieldError } from "../../lib/field-error.ts";
import { isDns1123Subdomain } from "../../kinds/values/names.ts";
import type { AuditPolicy } from "./policy.ts";
import { isJsonObject } from "../../lib/json-value.ts";

const LEVELS = ["None", "Metadata", "Request", "RequestResponse"];
const STAGES = ["RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"];
const TYPE = "audit.k8s.io/v1 Policy";
const LISTS = ["users", "userGroups", "verbs", "namespaces", "nonResourceURLs", "omitStages"] as const;

/** The policy, or 422 with upstream's words for everything that is wrong with it. */
export function parsePolicy(value: unknown): AuditPolicy {
  const errors: FieldError[] = [];
  if (!isJsonObject(value)) throw refused([typeInvalid("policy", value, "must be an object")]);
  if (`${value.apiVersion} ${value.kind}` !== TYPE) errors.push(invalidValue("apiVersion", value.apiVersion, "the policy must be a Policy of audit.k8s.io/v1"));
  errors.push(...validateStages(value.omitStages, "omitStages"));
  if (!Array.isArray(value.rules) || value.rules.length === 0) errors.push(required("rules", "loaded illegal policy with 0 rules"));
  else errors.push(...value.rules.flatMap((rule: unknown, i) => validateRule(rule, `rules[${i}]`)));
  if (errors.length > 0) throw refused(errors);
  return value as unknown as AuditPolicy;
}

const refused = (errors: readonly FieldError[]) => invalid({ group: "audit.k8s.io", resource: "policies", kind: "Policy" }, errors);

function validateRule(rule: unknown, path: string): FieldError[] {
  if (!isJsonObject(rule)) return [typeInvalid(path, rule, "must be an object")];
  const shapes = LISTS.filter((name) => rule[name] !== undefined && !isTexts(rule[name])).map((name) => typeInvalid(`${path}.${name}`, rule[name], "must be a list of strings"));
  if (shapes.length > 0) return shapes;
  const { level, nonResourceURLs = [], namespaces = [] } = rule as { level?: string; nonResourceURLs?: string[]; namespaces?: string[] };
  const resources = rule.resources ?? [];
  const errors = level === undefined || level === "" ? [required(`${path}.level`)] : LEVELS.includes(level) ? [] : [notSupported(`${path}.level`, level, LEVELS)];
  nonResourceURLs.forEach((url, i) => {
    if (url === "*") return;
    if (!url.startsWith("/")) errors.push(invalidValue(`${path}.nonResourceURLs[${i}]`, url, "non-resource URL rules must begin with a '/' character"));
    if (url.slice(0, -1).includes("*")) errors.push(invalidValue(`${path}.nonResourceURLs[${i}]`, url, "non-resource URL wildcards '*' must be the final character of the rule"));
  });
  if (!Array.isArray(resources)) return [...errors, typeInvalid(`${path}.resources`, resources, "must be a list")];
  errors.push(...resources.flatMap((group: unknown) => validateGroup(group, `${path}.resources`)), ...validateStages(rule.omitStages, `${path}.omitStages`));
  if (nonResourceURLs.length > 0 && resources.length + namespaces.length > 0) {
    errors.push(invalidValue(`${path}.nonResourceURLs`, nonResourceURLs, "rules cannot apply to both regular resources and non-resource URLs"));
  }
  return errors;
}

function validateGroup(value: unknown, path: string): FieldError[] {
  if (!isJsonObject(value) || ["resources", "resourceNames"].some((name) => value[name] !== undefined && !isTexts(value[name])) || (value.group !== undefined && typeof value.group !== "string")) {
    return [typeInvalid(path, value, "must name a group, resources and resourceNames")];
  }
  const { group = "", resources = [], resourceNames = [] } = value as { group?: string; resources?: string[]; resourceNames?: string[] };
  const faults = group !== "" && group !== "*" ? isDns1123Subdomain(group) : [];
  return [
    ...(faults.length > 0 ? [invalidValue(`${path}.group`, group, faults.join(","))] : []),
    ...(resourceNames.length > 0 && resources.length === 0 ? [invalidValue(`${path}.resourceNames`, resourceNames, "using resourceNames requires at least one resource")] : []),
  ];
}

function validateStages(value: unknown, path: string): FieldError[] {
  if (value === undefined) return [];
  if (!isTexts(value)) return [typeInvalid(path, value, "must be a list of strings")];
  return value.flatMap((stage, i) => (STAGES.includes(stage) ? [] : [invalidValue(`${path}[${i}]`, stage, `allowed stages are ${STAGES.join(",")}`)]));
}

const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((item) => typeof item === "string");
