import { required, type FieldError } from "../../../lib/field-error.ts";
import type { ValidatingAdmissionPolicy } from "../../types/admissionregistration-v1.generated.ts";
import { FAILURE_POLICIES, oneOf, validateMatchConditions, validateMatchConstraints } from "../match.ts";
import { validateAuditAnnotations, validateParamKind, validateValidation, validateVariables } from "../policies.ts";

const NOTHING = "validations or auditAnnotations must contain at least one item";

export function validatePolicy({ metadata, spec = {} }: ValidatingAdmissionPolicy): FieldError[] {
  const names = { hasParams: spec.paramKind !== undefined, hasVariables: (spec.variables?.length ?? 0) > 0 };
  const { validations = [], auditAnnotations = [] } = spec;
  return [
    ...oneOf(spec.failurePolicy, FAILURE_POLICIES, "spec.failurePolicy"),
    ...(spec.paramKind ? validateParamKind(spec.paramKind, "spec.paramKind") : []),
    ...validateMatchConstraints(spec.matchConstraints, "spec.matchConstraints"),
    ...validateMatchConditions(spec.matchConditions, "spec.matchConditions", { hasParams: names.hasParams }),
    ...validateVariables(spec.variables, "spec.variables", names),
    ...(validations.length + auditAnnotations.length === 0 ? [required("spec.validations", NOTHING), required("spec.auditAnnotations", NOTHING)] : []),
    ...validations.flatMap((validation, i) => validateValidation(validation, `spec.validations[${i}]`, names)),
    ...validateAuditAnnotations(auditAnnotations, metadata.name, "spec.auditAnnotations", names),
  ];
}
