import { deepEqual } from "../../../lib/deep-equal.ts";
import { forbiddenField, invalidValue, notSupported, required, type FieldError } from "../../../lib/field-error.ts";
import { check } from "../../field-checks.ts";
import { defaultFlowSchemas, isMandatory } from "../default-configuration.ts";
import type { FlowSchema, NonResourcePolicyRule, PolicyRulesWithSubjects, ResourcePolicyRule, Subject } from "../../types/flowcontrol-v1.generated.ts";
import { isDns1123Label, isDns1123Subdomain } from "../../values/names.ts";

const PRECEDENCE_MAX = 10_000;
const DISTINGUISHERS = ["ByNamespace", "ByUser"];
const SUBJECT_KINDS = ["Group", "ServiceAccount", "User"];
const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];

export function validateFlowSchema({ metadata, spec }: FlowSchema): FieldError[] {
  const precedence = spec?.matchingPrecedence ?? 0;
  const level = spec?.priorityLevelConfiguration?.name;
  const errors: FieldError[] = [];
  const refuse = (text: string) => errors.push(invalidValue("spec.matchingPrecedence", precedence, text));
  if (precedence <= 0) refuse("must be a positive value");
  if (precedence > PRECEDENCE_MAX) refuse(`must not be greater than ${PRECEDENCE_MAX}`);
  if (precedence === 1 && metadata.name !== "exempt") refuse("only the schema named 'exempt' may have matchingPrecedence 1");
  const method = spec?.distinguisherMethod;
  if (method && !DISTINGUISHERS.includes(method.type)) errors.push(notSupported("spec.distinguisherMethod.type", method, DISTINGUISHERS));
  errors.push(...(level ? check("spec.priorityLevelConfiguration.name", level, isDns1123Subdomain) : [required("spec.priorityLevelConfiguration.name", "must reference a priority level")]));
  errors.push(...(spec?.rules ?? []).flatMap((rule, i) => validateRule(rule, `spec.rules[${i}]`)));
  const fixed = isMandatory(metadata.name ?? "") && defaultFlowSchemas.find((schema) => schema.metadata.name === metadata.name);
  if (fixed && !deepEqual(fixed.spec, spec)) errors.push(invalidValue("spec", spec, `spec of '${metadata.name}' must equal the fixed value`));
  return errors;
}

function validateRule({ subjects = [], resourceRules = [], nonResourceRules = [] }: PolicyRulesWithSubjects, path: string): FieldError[] {
  return [
    ...(subjects.length === 0 ? [required(`${path}.subjects`, "subjects must contain at least one value")] : []),
    ...subjects.flatMap((subject, i) => validateSubject(subject, `${path}.subjects[${i}]`)),
    ...(resourceRules.length + nonResourceRules.length === 0 ? [required(path, "at least one of resourceRules and nonResourceRules has to be non-empty")] : []),
    ...resourceRules.flatMap((rule, i) => validateResourceRule(rule, `${path}.resourceRules[${i}]`)),
    ...nonResourceRules.flatMap((rule, i) => validateNonResourceRule(rule, `${path}.nonResourceRules[${i}]`)),
  ];
}

function validateSubject(subject: Subject, path: string): FieldError[] {
  if (!SUBJECT_KINDS.includes(subject.kind)) return [notSupported(`${path}.kind`, subject.kind ?? "", SUBJECT_KINDS)];
  const errors: FieldError[] = [];
  for (const [kind, field] of [["ServiceAccount", "serviceAccount"], ["User", "user"], ["Group", "group"]] as const) {
    const at = `${path}.${field}`;
    if (subject.kind !== kind) {
      if (subject[field]) errors.push(forbiddenField(at, `${field} is forbidden when subject kind is not '${kind}'`));
    } else if (!subject[field]) errors.push(required(at, `${field} is required when subject kind is '${kind}'`));
    else if (!subject[field].name) errors.push(required(`${at}.name`));
  }
  return subject.kind === "ServiceAccount" && subject.serviceAccount ? errors.concat(validateAccount(subject.serviceAccount, `${path}.serviceAccount`)) : errors;
}

function validateAccount({ name, namespace }: { name?: string; namespace?: string }, path: string): FieldError[] {
  return [
    ...(name && name !== "*" ? check(`${path}.name`, name, isDns1123Subdomain) : []),
    ...(namespace ? check(`${path}.namespace`, namespace, isDns1123Label) : [required(`${path}.namespace`, "must specify namespace for service account")]),
  ];
}

function validateVerbs(verbs: readonly string[], path: string): FieldError[] {
  if (verbs.length === 0) return [required(path, "verbs must contain at least one value")];
  if (verbs.includes("*")) return verbs.length > 1 ? [invalidValue(path, verbs, "if '*' is present, must not specify other verbs")] : [];
  return verbs.every((verb) => VERBS.includes(verb)) ? [] : [notSupported(path, verbs, VERBS)];
}

/** `*` alone or anything but it. */
const validateWildcard = (values: readonly string[], path: string, empty: string, others: string): FieldError[] => {
  if (values.length === 0) return [required(path, empty)];
  return values.length > 1 && values.includes("*") ? [invalidValue(path, values, `if '*' is present, must not specify other ${others}`)] : [];
};

function validateResourceRule({ verbs = [], apiGroups = [], resources = [], namespaces = [], clusterScope }: ResourcePolicyRule, path: string): FieldError[] {
  const errors = [
    ...validateVerbs(verbs, `${path}.verbs`),
    ...validateWildcard(apiGroups, `${path}.apiGroups`, "resource rules must supply at least one api group", "api groups"),
    ...validateWildcard(resources, `${path}.resources`, "resource rules must supply at least one resource", "resources"),
  ];
  if (namespaces.length === 0 && clusterScope) return errors;
  errors.push(...validateWildcard(namespaces, `${path}.namespaces`, "resource rules that are not cluster scoped must supply at least one namespace", "namespaces"));
  if (namespaces.includes("*")) return errors;
  return errors.concat(namespaces.flatMap((name, i) =>
    isDns1123Label(name).map((text) => invalidValue(`${path}.namespaces[${i}]`, name, `each member of this list must be '*' or a DNS-1123 label; ${text}`))));
}

function validateNonResourceRule({ verbs = [], nonResourceURLs = [] }: NonResourcePolicyRule, path: string): FieldError[] {
  const at = `${path}.nonResourceURLs`;
  const errors = [...validateVerbs(verbs, `${path}.verbs`), ...validateWildcard(nonResourceURLs, at, "nonResourceURLs must contain at least one value", "non-resource URLs")];
  if (nonResourceURLs.includes("*")) return errors;
  return errors.concat(nonResourceURLs.flatMap((url, i) => {
    const fault = urlFault(url);
    return fault === undefined ? [] : [invalidValue(`${at}[${i}]`, url, fault)];
  }));
}

function urlFault(url: string): string | undefined {
  if (url === "") return "must not be empty";
  if (url === "/") return undefined;
  if (!url.startsWith("/")) return "must start with slash";
  if (url.includes(" ")) return "must not contain white-space";
  if (url.includes("//")) return "must not contain double slash";
  const stars = url.split("*").length - 1;
  return stars > 1 || (stars === 1 && !url.endsWith("/*")) ? "wildcard can only do suffix matching" : undefined;
}
