/**
 * ValidatingAdmissionPolicy: every binding that is about a request runs its policy, once for each of its parameters, in
 * the transaction of the write. What a policy has against it denies, warns, or is only noted for the audit log. As upstream's
 * plugin of this name, texts included.
 */
import { validatingAdmissionPolicyBinding } from "../../kinds/admissionregistration/validating-admission-policy-binding/kind.ts";
import { validatingAdmissionPolicy } from "../../kinds/admissionregistration/validating-admission-policy/kind.ts";
import type { WriteContext } from "../../kinds/kind.ts";
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from "../../kinds/types/admissionregistration-v1.generated.ts";
import { ApiError, forbidden } from "../../lib/errors.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../plugin.ts";
import { isExempt, matches } from "../policy/match.ts";
import { collectParams, ConfigurationError } from "../policy/params.ts";
import { evaluatePolicy, type Denial } from "./evaluate.ts";

export const validatingAdmissionPolicyPlugin: AdmissionPlugin = {
  name: "ValidatingAdmissionPolicy",
  handles: (attributes) => !isExempt(attributes),
  validate(attributes, ctx) {
    // All run before the first denial is told: warnings of the others are told too.
    let first: ApiError | undefined;
    for (const binding of ctx.reader.list(validatingAdmissionPolicyBinding)) {
      const policy = ctx.reader.get(validatingAdmissionPolicy, undefined, binding.spec.policyName);
      if (!policy || !matches(policy.spec?.matchConstraints, attributes, ctx) || !matches(binding.spec.matchResources, attributes, ctx)) continue;
      for (const denial of denialsOf(policy, binding, attributes, ctx)) {
        const { validationActions } = binding.spec;
        const name = policy.metadata.name;
        if (validationActions.includes("Warn") && !denial.always) ctx.warn(`Validation failed for ValidatingAdmissionPolicy '${name}' with binding '${binding.metadata.name}': ${denial.message}`);
        if (validationActions.includes("Audit") && !denial.always) ctx.annotate?.(failureKey, failureText(binding, denial));
        if (denial.always || validationActions.includes("Deny")) first ??= refusal(attributes, denial, `ValidatingAdmissionPolicy '${name}' with binding '${binding.metadata.name}' denied request: ${denial.message}`);
      }
    }
    if (first) throw first;
  },
};

function denialsOf(policy: ValidatingAdmissionPolicy, binding: ValidatingAdmissionPolicyBinding, attributes: AdmissionAttributes, ctx: WriteContext): Denial[] {
  try {
    return collectParams(policy.spec?.paramKind, binding.spec.paramRef, attributes.namespace, ctx).flatMap((params) => evaluatePolicy(policy, attributes, ctx, params));
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    if (policy.spec?.failurePolicy === "Ignore") return [];
    // Nothing softens this: a binding that does not work denies whatever its actions say.
    throw refusal(attributes, { message: error.message, expressionIndex: 0 }, `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}' denied request: ${error.message}`);
  }
}

const failureKey = "validation.policy.admission.k8s.io/validation_failure";
const failureText = ({ metadata, spec }: ValidatingAdmissionPolicyBinding, { message, expressionIndex }: Denial): string =>
  JSON.stringify([{ message, policy: spec.policyName, binding: metadata.name, expressionIndex, validationActions: spec.validationActions }]);

const codes: Record<string, number> = { Unauthorized: 401, Forbidden: 403, RequestEntityTooLarge: 413, Invalid: 422 };

function refusal({ kind, name, object }: AdmissionAttributes, { reason = "Invalid" }: Denial, message: string): ApiError {
  const shown = name ?? object?.metadata.name;
  const { status } = forbidden({ group: kind.group, resource: kind.resource, ...(shown && { name: shown }) }, message);
  return new ApiError(codes[reason] ?? 422, reason, status.message!, { ...status.details, causes: [{ message }] });
}
