import { typeName } from "../../cel/values.ts";
import type { WriteContext } from "../../kinds/kind.ts";
import { Environment, type Compiled } from "../../kinds/admissionregistration/policy/environment.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { ValidatingAdmissionPolicy, Validation } from "../../kinds/types/admissionregistration-v1.generated.ts";
import type { AdmissionAttributes } from "../plugin.ts";
import { Activation } from "../policy/activation.ts";
import { compileConditions, meetsConditions } from "../policy/conditions.ts";

/** `always`: the binding's actions do not soften it. */
export interface Denial { message: string; reason?: string; expressionIndex: number; always?: true }

interface CompiledPolicy {
  conditions: Compiled[];
  variables: Map<string, Compiled>;
  validations: { written: Validation; rule: Compiled; message?: Compiled }[];
  annotations: { key: string; value: Compiled }[];
}

const messageBytesMax = 5 * 1024;
const annotationLengthMax = 10 * 1024;
const compiled = new WeakMap<ValidatingAdmissionPolicy, CompiledPolicy>();

function compiledOf(policy: ValidatingAdmissionPolicy): CompiledPolicy {
  let found = compiled.get(policy);
  if (!found) compiled.set(policy, (found = compile(policy)));
  return found;
}

function compile({ spec = {} }: ValidatingAdmissionPolicy): CompiledPolicy {
  const hasParams = spec.paramKind !== undefined;
  const environment = new Environment({ hasParams, hasAuthorizer: true });
  const variables = new Map((spec.variables ?? []).map((variable) => [variable.name, environment.addVariable(variable)]));
  return {
    conditions: compileConditions(spec.matchConditions, hasParams), variables,
    validations: (spec.validations ?? []).map((written) => ({
      written, rule: environment.compile(written.expression, ["bool"]), ...(written.messageExpression && { message: environment.compile(written.messageExpression, ["string"], { hasAuthorizer: false }) }),
    })),
    annotations: (spec.auditAnnotations ?? []).map(({ key, valueExpression }) => ({ key, value: environment.compile(valueExpression.trim(), ["string", "null_type"]) })),
  };
}

/** What a policy has against a request. Its failure policy decides about expressions that fail to run. */
export function evaluatePolicy(policy: ValidatingAdmissionPolicy, attributes: AdmissionAttributes, ctx: WriteContext, { params, annotations }: { params: KubeObject | undefined; annotations: Map<string, Set<string>> }): Denial[] {
  const { conditions, variables, validations } = compiledOf(policy);
  const failed = (message: string): Denial[] => (policy.spec?.failurePolicy === "Ignore" ? [] : [{ message, expressionIndex: 0 }]);
  const met = meetsConditions(conditions, attributes, ctx, params);
  if (met === false) return [];
  if (met !== true) return failed(met.error);
  const activation = new Activation(attributes, ctx, { params, variables });
  const denials: Denial[] = [];
  for (const [expressionIndex, { written, rule, message }] of validations.entries()) {
    const { value, error, outOfBudget } = activation.evaluate(rule);
    if (error !== undefined) denials.push(...failed(error).map((d) => ({ ...d, expressionIndex })));
    else if (value !== true) denials.push({ message: messageOf(written, message && textOf(activation, message)), reason: written.reason ?? "Invalid", expressionIndex });
    if (outOfBudget) break;
  }
  return [...denials, ...annotate(policy, new Activation(attributes, ctx, { params, variables }), annotations)];
}

/** What the policy tells the audit log; expressions that fail deny under `Fail`, as upstream. */
function annotate(policy: ValidatingAdmissionPolicy, activation: Activation, annotations: Map<string, Set<string>>): Denial[] {
  return compiledOf(policy).annotations.flatMap(({ key, value: expression }): Denial[] => {
    const { value = null, error } = activation.evaluate(expression);
    if (typeof value === "string" && value.trim() !== "") annotations.set(key, (annotations.get(key) ?? new Set()).add(value.trim().slice(0, annotationLengthMax)));
    const wrong = error ?? (value === null || typeof value === "string" ? undefined : `valueExpression '${expression.expression}' resulted in unsupported return type: ${typeName(value)}. Return type must be either string or null.`);
    return wrong === undefined || (error !== undefined && policy.spec?.failurePolicy === "Ignore") ? [] : [{ message: wrong, expressionIndex: 0, always: true }];
  });
}

/** What a message expression says, if that is fit to be told. */
function textOf(activation: Activation, message: Compiled): string {
  const { value } = activation.evaluate(message);
  const text = typeof value === "string" ? value.trim() : "";
  return text.length > messageBytesMax || text.includes("\n") ? "" : text;
}

const messageOf = ({ message, expression }: Validation, said: string | undefined): string => said || message?.trim() || `failed expression: ${expression.trim()}`;
