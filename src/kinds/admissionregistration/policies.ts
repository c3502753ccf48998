import { duplicate, forbiddenField, invalidValue, notSupported, Path, required, type FieldError } from "../../lib/field-error.ts";
import { check } from "../field-checks.ts";
import type { AuditAnnotation, Mutation, ParamKind, ParamRef, Validation, Variable } from "../types/admissionregistration-v1.generated.ts";
import { validateLabelSelector } from "../values/label-selector.ts";
import { isDns1035Label, isDns1123Subdomain, isPathSegmentName, isQualifiedName } from "../values/names.ts";
import { validateExpression } from "./expressions.ts";

/** Parts of both policies and of their bindings. */
const REASONS = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const NOT_FOUND_ACTIONS = ["Allow", "Deny"];
const AUDIT_ANNOTATIONS_MAX = 20;
const VALUE_EXPRESSION_BYTES_MAX = 5 * 1024;

export interface Names { hasParams: boolean; hasVariables: boolean }

export function validateParamKind({ apiVersion = "", kind = "" }: ParamKind, path: string): FieldError[] {
  const parts = apiVersion.split("/");
  const [group, version] = parts.length === 2 ? parts as [string, string] : ["", apiVersion];
  const errors: FieldError[] = [];
  if (apiVersion === "") errors.push(required(`${path}.apiVersion`));
  else if (parts.length > 2) errors.push(invalidValue(`${path}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  else {
    if (group && isDns1123Subdomain(group).length > 0) errors.push(invalidValue(`${path}.apiVersion`, group, isDns1123Subdomain(group).join(",")));
    if (version === "") errors.push(invalidValue(`${path}.apiVersion`, apiVersion, "version must be specified"));
    else if (isDns1035Label(version).length > 0) errors.push(invalidValue(`${path}.apiVersion`, version, isDns1035Label(version).join(",")));
  }
  if (kind === "") return [...errors, required(`${path}.kind`)];
  const texts = isDns1035Label(kind.toLowerCase());
  return texts.length === 0 ? errors : [...errors, invalidValue(`${path}.kind`, kind, `may have mixed case, but should otherwise match: ${texts.join(",")}`)];
}

export function validateParamRef(ref: ParamRef | undefined, path: string): FieldError[] {
  if (!ref) return [];
  const both = ref.name && ref.selector;
  const text = "name and selector are mutually exclusive";
  const action = ref.parameterNotFoundAction;
  return [
    ...(ref.name ? check(`${path}.name`, ref.name, isPathSegmentName) : []),
    ...(both ? [forbiddenField(`${path}.name`, text)] : []),
    ...validateLabelSelector(ref.selector, Path.of(`${path}.selector`)),
    ...(both ? [forbiddenField(`${path}.selector`, text)] : []),
    ...(!ref.name && !ref.selector ? [required(path, "one of name or selector must be specified")] : []),
    ...(!action ? [required(`${path}.parameterNotFoundAction`)] : NOT_FOUND_ACTIONS.includes(action) ? [] : [notSupported(`${path}.parameterNotFoundAction`, action, NOT_FOUND_ACTIONS)]),
  ];
}

export const validatePolicyName = (name: string | undefined, path: string): FieldError[] => (name ? check(path, name, isDns1123Subdomain) : [required(path)]);

export function paramRefText(ref: ParamRef | undefined): string {
  if (ref?.name) return `${ref.namespace || "*"}/${ref.name}`;
  return ref?.selector ? JSON.stringify(ref.selector) : "<unset>";
}

export const validateVariables = (variables: readonly Variable[] | undefined, path: string, names: Names): FieldError[] =>
  (variables ?? []).flatMap(({ name = "", expression = "" }, i) => [
    ...(name.trim() === "" ? [required(`${path}[${i}].name`, "name is not specified")] : /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) ? [] : [invalidValue(`${path}[${i}].name`, name, "must be a valid CEL identifier")]),
    ...(expression.trim() === "" ? [required(`${path}[${i}].expression`, "expression is not specified")] : validateExpression(expression, `${path}[${i}].expression`, { ...names, hasAuthorizer: true })),
  ]);

export function validateValidation({ expression = "", message = "", messageExpression = "", reason }: Validation, path: string, names: Names): FieldError[] {
  return [
    ...(expression.trim() === "" ? [required(`${path}.expression`, "expression is not specified")] : validateExpression(expression, `${path}.expression`, { ...names, hasAuthorizer: true, result: "bool" })),
    ...validateMessageExpression(messageExpression, `${path}.messageExpression`, names),
    ...(message !== "" && message.trim() === "" ? [invalidValue(`${path}.message`, message, "must be non-empty if specified")] : []),
    ...(/[\n\r]/.test(message.trim()) ? [invalidValue(`${path}.message`, message, "must not contain line breaks")] : []),
    ...(reason !== undefined && !REASONS.includes(reason) ? [notSupported(`${path}.reason`, reason, REASONS)] : []),
  ];
}

function validateMessageExpression(expression: string, path: string, names: Names): FieldError[] {
  if (expression === "") return [];
  if (expression.trim() === "") return [invalidValue(path, expression, "must be non-empty if specified")];
  return validateExpression(expression, path, { ...names, result: "string" });
}

export function validateAuditAnnotations(annotations: readonly AuditAnnotation[] | undefined, policyName: string | undefined, path: string, names: Names): FieldError[] {
  const all = annotations ?? [];
  const keys = all.map((annotation) => annotation.key);
  if (all.length > AUDIT_ANNOTATIONS_MAX) return [invalidValue(path, all, `must not have more than ${AUDIT_ANNOTATIONS_MAX} auditAnnotations`)];
  return all.flatMap(({ key = "", valueExpression = "" }, i) => {
    const at = `${path}[${i}]`;
    const expression = valueExpression.trim();
    return [
      ...(policyName ? check(`${at}.key`, `${policyName}/${key}`, isQualifiedName) : [invalidValue(`${at}.key`, key, "requires metadata.name be non-empty")]),
      ...(expression === "" ? [required(`${at}.valueExpression`, "valueExpression is not specified")]
        : expression.length > VALUE_EXPRESSION_BYTES_MAX ? [required(`${at}.valueExpression`, `must not exceed ${VALUE_EXPRESSION_BYTES_MAX} bytes in length`)]
          : validateExpression(expression, `${at}.valueExpression`, { ...names, hasAuthorizer: true })),
      ...(keys.indexOf(key) < i ? [duplicate(`${at}.key`, key)] : []),
    ];
  });
}

/** Whether the expression gives a patch is seen when it runs: its types are made for each request. */
export function validateMutation(mutation: Mutation, path: string): FieldError[] {
  const patchType: string = mutation.patchType ?? "";
  const json = ["jsonPatch", mutation.jsonPatch] as const;
  const apply = ["applyConfiguration", mutation.applyConfiguration] as const;
  if (patchType === "") return [required(`${path}.patchType`)];
  if (patchType !== "JSONPatch" && patchType !== "ApplyConfiguration") return [notSupported(`${path}.patchType`, patchType, ["ApplyConfiguration", "JSONPatch"])];
  const [[field, patch], [other, unwanted]] = patchType === "JSONPatch" ? [json, apply] : [apply, json];
  return [
    ...(!patch ? [required(`${path}.${field}`, `must be specified when patchType is ${patchType}`)] : patch.expression?.trim() ? [] : [required(`${path}.${field}.expression`)]),
    ...(unwanted ? [invalidValue(`${path}.${other}`, `{${other}}`, `must not be specified when patchType is ${patchType}`)] : []),
  ];
}
