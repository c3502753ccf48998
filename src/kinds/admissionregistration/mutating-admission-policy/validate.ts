import { invalidValue, notSupported, Path, required, type FieldError } from "../../../lib/field-error.ts";
import type { MutatingAdmissionPolicy, Mutation } from "../../types/admissionregistration-v1.generated.ts";
import { Environment } from "../policy/environment.ts";
import { validateFailurePolicy, validateMatchConditions, validateVariables, wrong } from "../policy/expressions.ts";
import { validateConstraints, validateMutatingOperations, validateParamKind } from "../policy/match-resources.ts";

export function validateMutatingAdmissionPolicy({ spec = {} }: MutatingAdmissionPolicy): FieldError[] {
  const at = Path.of("spec");
  const hasParams = spec.paramKind !== undefined;
  const environment = new Environment({ hasParams, hasAuthorizer: true, hasPatchTypes: true });
  const errors = [
    ...validateFailurePolicy(spec.failurePolicy, at.child("failurePolicy")), ...validateParamKind(spec.paramKind, at.child("paramKind")),
    ...validateConstraints(spec.matchConstraints, at.child("matchConstraints")), ...validateMutatingOperations(spec.matchConstraints, at.child("matchConstraints")),
    ...validateMatchConditions(spec.matchConditions, at.child("matchConditions"), hasParams), ...validateVariables(spec.variables, at.child("variables"), environment),
  ];
  if (!spec.mutations?.length) errors.push(required(at.child("mutations"), "mutations must contain at least one item"));
  spec.mutations?.forEach((mutation, i) => errors.push(...validateMutation(mutation, at.child("mutations").index(i), environment)));
  const policy = spec.reinvocationPolicy;
  if (!policy) errors.push(required(at.child("reinvocationPolicy")));
  else if (policy !== "Never" && policy !== "IfNeeded") errors.push(notSupported(at.child("reinvocationPolicy"), policy, ["IfNeeded", "Never"]));
  return errors;
}

function validateMutation(mutation: Mutation, at: Path, environment: Environment): FieldError[] {
  const { patchType } = mutation;
  if (!patchType) return [required(at.child("patchType"))];
  if (patchType !== "JSONPatch" && patchType !== "ApplyConfiguration") return [notSupported(at.child("patchType"), patchType, ["ApplyConfiguration", "JSONPatch"])];
  const isJson = patchType === "JSONPatch";
  const [wanted, other] = isJson ? (["jsonPatch", "applyConfiguration"] as const) : (["applyConfiguration", "jsonPatch"] as const);
  const errors = mutation[other] ? [invalidValue(at.child(other), `{${other}}`, `must not be specified when patchType is ${patchType}`)] : [];
  const expression = mutation[wanted]?.expression?.trim();
  if (!mutation[wanted]) return [...errors, required(at.child(wanted), `must be specified when patchType is ${patchType}`)];
  if (!expression) return [...errors, required(at.child(wanted, "expression"))];
  return [...errors, ...wrong(environment.compile(expression, [isJson ? "list" : "Object"]), at.child(wanted, "expression"))];
}
