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
import { collectParams, ConfigurationError, paramKindOf } from "../policy/params.ts";
import { seenIn } from "../policy/seen.ts";
import { evaluatePolicy, type Denial } from "./evaluate.ts";

export const validatingAdmissionPolicyPlugin: AdmissionPlugin = {
  name: "ValidatingAdmissionPolicy",
  handles: (attributes) => !isExempt(attributes),
  validate(attributes, ctx) {
    const bindings = ctx.reader.list(validatingAdmissionPolicyBinding);
    if (bindings.length === 0) return;
    const outcome = new Outcome(attributes, ctx);
    for (const [name, bound] of Map.groupBy(bindings, ({ spec }) => spec.policyName)) {
      const policy = ctx.reader.get(validatingAdmissionPolicy, undefined, name);
      if (policy) judge(policy, bound, outcome);
    }
    outcome.tell();
  },
};

function judge(policy: ValidatingAdmissionPolicy, bindings: readonly ValidatingAdmissionPolicyBinding[], outcome: Outcome): void {
  const { attributes, ctx } = outcome;
  const version = matches(policy.spec?.matchConstraints, attributes, ctx);
  if (!version) return;
  const annotations = new Map<string, Set<string>>();
  try {
    paramKindOf(policy.spec?.paramKind, ctx);
    const seen = seenIn(version, attributes, ctx, "validating").attributes;
    for (const binding of bindings) {
      if (!matches(binding.spec.matchResources, attributes, ctx)) continue;
      outcome.add(policy, binding, denialsOf(policy, binding, seen, { ctx, annotations }));
    }
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    outcome.misconfigured(policy, error);
  }
  // The same from several bindings is told once.
  for (const [key, values] of annotations) ctx.annotate?.(`${policy.metadata.name}/${key}`, [...values].join(", "));
}

function denialsOf(policy: ValidatingAdmissionPolicy, binding: ValidatingAdmissionPolicyBinding, seen: AdmissionAttributes, { ctx, annotations }: { ctx: WriteContext; annotations: Map<string, Set<string>> }): Denial[] {
  try {
    return collectParams(policy.spec?.paramKind, binding.spec.paramRef, seen.namespace, ctx).flatMap((params) => evaluatePolicy(policy, seen, ctx, { params, annotations }));
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    // Nothing softens this: a binding that does not work denies whatever its actions say.
    return policy.spec?.failurePolicy === "Ignore" ? [] : [{ message: error.message, expressionIndex: 0, always: true }];
  }
}

const failureKey = "validation.policy.admission.k8s.io/validation_failure";
const failuresMax = 50;
const codes: Record<string, number> = { Unauthorized: 401, Forbidden: 403, RequestEntityTooLarge: 413, Invalid: 422 };

/** What came of all policies together: all run before the first denial is told, since the others may warn. */
class Outcome {
  readonly attributes: AdmissionAttributes;
  readonly ctx: WriteContext;
  readonly #failures: object[] = [];
  #first: ApiError | undefined;

  constructor(attributes: AdmissionAttributes, ctx: WriteContext) {
    this.attributes = attributes;
    this.ctx = ctx;
  }

  add(policy: ValidatingAdmissionPolicy, { metadata, spec: { policyName, validationActions } }: ValidatingAdmissionPolicyBinding, denials: readonly Denial[]): void {
    const by = `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${metadata.name}'`;
    for (const denial of denials) {
      const { message, expressionIndex } = denial;
      if (denial.always || validationActions.includes("Deny")) this.#deny(denial, `${by} denied request: ${message}`);
      if (denial.always) continue;
      if (validationActions.includes("Audit")) this.#failures.push({ message, policy: policyName, binding: metadata.name, expressionIndex, validationActions });
      if (validationActions.includes("Warn")) this.ctx.warn(`Validation failed for ${by}: ${message}`);
    }
  }

  misconfigured({ metadata, spec }: ValidatingAdmissionPolicy, { message }: ConfigurationError): void {
    if (spec?.failurePolicy !== "Ignore") this.#deny({ message, expressionIndex: 0 }, `ValidatingAdmissionPolicy '${metadata.name}' denied request: ${message}`);
  }

  /** Throws if there is a denial. */
  tell(): void {
    if (this.#failures.length > 0) this.ctx.annotate?.(failureKey, JSON.stringify(this.#failures.slice(0, failuresMax)));
    if (this.#first) throw this.#first;
  }

  #deny({ reason = "Invalid" }: Denial, message: string): void {
    if (this.#first) return;
    const { kind, name, object } = this.attributes;
    const shown = name ?? object?.metadata.name;
    const { status } = forbidden({ group: kind.group, resource: kind.resource, ...(shown && { name: shown }) }, message);
    this.#first = new ApiError(codes[reason] ?? 422, reason, status.message!, { ...status.details, causes: [{ message }] });
  }
}
