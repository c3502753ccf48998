import { duplicate, invalidValue, notSupported, Path, required, type FieldError } from "../../../lib/field-error.ts";
import type { AuditAnnotation, ValidatingAdmissionPolicy, Validation } from "../../types/admissionregistration-v1.generated.ts";
import { isQualifiedName } from "../../values/names.ts";
import { Environment } from "../policy/environment.ts";
import { validateFailurePolicy, validateMatchConditions, validateVariables, wrong } from "../policy/expressions.ts";
import { validateConstraints, validateParamKind } from "../policy/match-resources.ts";

const REASONS = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const ANNOTATIONS_MAX = 20;
const VALUE_EXPRESSION_BYTES_MAX = 5 * 1024;

export function validateValidatingAdmissionPolicy({ metadata, spec = {} }: ValidatingAdmissionPolicy): FieldError[] {
  const at = Path.of("spec");
  const hasParams = spec.paramKind !== undefined;
  const environment = new Environment({ hasParams, hasAuthorizer: true });
  const errors = [
    ...validateFailurePolicy(spec.failurePolicy, at.child("failurePolicy")), ...validateParamKind(spec.paramKind, at.child("paramKind")),
    ...validateConstraints(spec.matchConstraints, at.child("matchConstraints")),
    ...validateMatchConditions(spec.matchConditions, at.child("matchConditions"), hasParams), ...validateVariables(spec.variables, at.child("variables"), environment),
  ];
  if (!spec.validations?.length && !spec.auditAnnotations?.length) {
    const nothing = "validations or auditAnnotations must contain at least one item";
    errors.push(required(at.child("validations"), nothing), required(at.child("auditAnnotations"), nothing));
  }
  spec.validations?.forEach((validation, i) => errors.push(...validateValidation(validation, at.child("validations").index(i), environment)));
  return [...errors, ...validateAuditAnnotations(spec.auditAnnotations ?? [], metadata.name, at.child("auditAnnotations"), environment)];
}

function validateValidation({ expression, message = "", messageExpression = "", reason }: Validation, at: Path, environment: Environment): FieldError[] {
  const errors = expression?.trim() ? wrong(environment.compile(expression, ["bool"]), at.child("expression")) : [required(at.child("expression"), "expression is not specified")];
  if (messageExpression.trim()) errors.push(...wrong(environment.compile(messageExpression, ["string"], { hasAuthorizer: false }), at.child("messageExpression")));
  else if (messageExpression) errors.push(invalidValue(at.child("messageExpression"), messageExpression, "must be non-empty if specified"));
  if (message && !message.trim()) errors.push(invalidValue(at.child("message"), message, "must be non-empty if specified"));
  else if (/[\n\r]/.test(message.trim())) errors.push(invalidValue(at.child("message"), message, "must not contain line breaks"));
  if (reason !== undefined && !REASONS.includes(reason)) errors.push(notSupported(at.child("reason"), reason, REASONS));
  return errors;
}

function validateAuditAnnotations(annotations: readonly AuditAnnotation[], policy: string | undefined, at: Path, environment: Environment): FieldError[] {
  if (annotations.length > ANNOTATIONS_MAX) return [invalidValue(at, annotations, `must not have more than ${ANNOTATIONS_MAX} auditAnnotations`)];
  const keys = annotations.map(({ key }) => key);
  return annotations.flatMap(({ key = "", valueExpression = "" }, i) => {
    const here = at.index(i);
    const value = here.child("valueExpression");
    const expression = valueExpression.trim();
    const errors = policy ? isQualifiedName(`${policy}/${key}`).map((text) => invalidValue(here.child("key"), `${policy}/${key}`, text)) : [invalidValue(here.child("key"), key, "requires metadata.name be non-empty")];
    if (!expression) errors.push(required(value, "valueExpression is not specified"));
    else if (expression.length > VALUE_EXPRESSION_BYTES_MAX) errors.push(required(value, `must not exceed ${VALUE_EXPRESSION_BYTES_MAX} bytes in length`));
    else errors.push(...wrong(environment.compile(expression, ["string", "null_type"]), value));
    if (keys.indexOf(key) < i) errors.push(duplicate(here.child("key"), key));
    return errors;
  });
}
