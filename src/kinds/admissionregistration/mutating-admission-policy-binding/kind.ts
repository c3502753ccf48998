/** admissionregistration.k8s.io/v1 MutatingAdmissionPolicyBinding: where a policy's changes are made, with which parameters. */
import { ageColumn, nameColumn } from "../../columns.ts";
import type { Kind } from "../../kind.ts";
import type { MutatingAdmissionPolicyBinding } from "../../types/admissionregistration-v1.generated.ts";
import { defaultMatchResources, validateMatchResources, validateMutableOperations } from "../match.ts";
import { paramRefText, validateParamRef, validatePolicyName } from "../policies.ts";
import { example } from "./example.ts";

export const mutatingAdmissionPolicyBinding: Kind<MutatingAdmissionPolicyBinding> = {
  group: "admissionregistration.k8s.io", kind: "MutatingAdmissionPolicyBinding", resource: "mutatingadmissionpolicybindings", singular: "mutatingadmissionpolicybinding",
  categories: ["api-extensions"], scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding" }],
  strategy: {
    hasGeneration: true,
    defaults: ({ spec }) => defaultMatchResources(spec?.matchResources),
    validate: ({ spec }) => [
      ...validatePolicyName(spec?.policyName, "spec.policyName"),
      ...validateParamRef(spec?.paramRef, "spec.paramRef"),
      ...validateMatchResources(spec?.matchResources, "spec.matchResources"),
      ...validateMutableOperations(spec?.matchResources, "spec.matchResources"),
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
