/** admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding: where a policy holds, with which parameters, and what follows. */
import { duplicate, invalidValue, notSupported, required, type FieldError } from "../../../lib/field-error.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import type { Kind } from "../../kind.ts";
import type { ValidatingAdmissionPolicyBinding } from "../../types/admissionregistration-v1.generated.ts";
import { defaultMatchResources, validateMatchResources } from "../match.ts";
import { paramRefText, validateParamRef, validatePolicyName } from "../policies.ts";
import { example } from "./example.ts";

export const validatingAdmissionPolicyBinding: Kind<ValidatingAdmissionPolicyBinding> = {
  group: "admissionregistration.k8s.io", kind: "ValidatingAdmissionPolicyBinding", resource: "validatingadmissionpolicybindings", singular: "validatingadmissionpolicybinding",
  categories: ["api-extensions"], scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding" }],
  strategy: {
    hasGeneration: true,
    defaults: ({ spec }) => defaultMatchResources(spec?.matchResources),
    validate: ({ spec }) => [
      ...validatePolicyName(spec?.policyName, "spec.policyName"),
      ...validateParamRef(spec?.paramRef, "spec.paramRef"),
      ...validateMatchResources(spec?.matchResources, "spec.matchResources"),
      ...validateActions(spec?.validationActions ?? [], "spec.validationActions"),
    ],
  },
  columns: [
    nameColumn,
    { name: "PolicyName", type: "string", description: "The policy.", value: ({ spec }) => spec?.policyName ?? "" },
    { name: "ParamRef", type: "string", description: "Its parameters.", value: ({ spec }) => paramRefText(spec?.paramRef) },
    ageColumn,
  ],
  example,
};

const ACTIONS = ["Audit", "Deny", "Warn"];

function validateActions(actions: readonly string[], path: string): FieldError[] {
  const errors = actions.flatMap((action, i) => [
    ...(ACTIONS.includes(action) ? [] : [notSupported(`${path}[${i}]`, action, ACTIONS)]),
    ...(actions.indexOf(action) < i ? [duplicate(`${path}[${i}]`, action)] : []),
  ]);
  if (actions.includes("Deny") && actions.includes("Warn")) {
    errors.push(invalidValue(path, actions, "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)"));
  }
  return actions.length === 0 ? [required(path, "at least one validation action is required")] : errors;
}
