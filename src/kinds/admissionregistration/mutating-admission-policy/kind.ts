/** admissionregistration.k8s.io/v1 MutatingAdmissionPolicy: changes to requests in CEL; its bindings say where they are made. */
import { required, type FieldError } from "../../../lib/field-error.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import type { Kind } from "../../kind.ts";
import type { MutatingAdmissionPolicy } from "../../types/admissionregistration-v1.generated.ts";
import { defaultMatchResources, FAILURE_POLICIES, oneOf, validateMatchConditions, validateMatchConstraints, validateMutableOperations } from "../match.ts";
import { validateMutation, validateParamKind, validateVariables } from "../policies.ts";
import { example } from "./example.ts";

export const mutatingAdmissionPolicy: Kind<MutatingAdmissionPolicy> = {
  group: "admissionregistration.k8s.io", kind: "MutatingAdmissionPolicy", resource: "mutatingadmissionpolicies", singular: "mutatingadmissionpolicy",
  categories: ["api-extensions"], scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy" }],
  strategy: {
    hasGeneration: true,
    defaults({ spec }) {
      if (spec) spec.failurePolicy ??= "Fail";
      defaultMatchResources(spec?.matchConstraints);
    },
    validate: validatePolicy,
  },
  columns: [
    nameColumn,
    { name: "Mutations", type: "integer", description: "How many changes it makes.", value: ({ spec }) => spec?.mutations?.length ?? 0 },
    { name: "ParamKind", type: "string", description: "The kind of its parameters.", value: ({ spec }) => (spec?.paramKind ? `${spec.paramKind.apiVersion}/${spec.paramKind.kind}` : "<unset>") },
    ageColumn,
  ],
  example,
};

function validatePolicy({ spec = {} }: MutatingAdmissionPolicy): FieldError[] {
  const names = { hasParams: spec.paramKind !== undefined, hasVariables: true };
  const { mutations = [] } = spec;
  return [
    ...oneOf(spec.failurePolicy, FAILURE_POLICIES, "spec.failurePolicy"),
    ...(spec.paramKind ? validateParamKind(spec.paramKind, "spec.paramKind") : []),
    ...validateMatchConstraints(spec.matchConstraints, "spec.matchConstraints"),
    ...validateMutableOperations(spec.matchConstraints, "spec.matchConstraints"),
    ...validateMatchConditions(spec.matchConditions, "spec.matchConditions", { hasParams: names.hasParams }),
    ...validateVariables(spec.variables, "spec.variables", names),
    ...(mutations.length === 0 ? [required("spec.mutations", "mutations must contain at least one item")] : []),
    ...mutations.flatMap((mutation, i) => validateMutation(mutation, `spec.mutations[${i}]`)),
    ...oneOf(spec.reinvocationPolicy, ["IfNeeded", "Never"], "spec.reinvocationPolicy"),
  ];
}
