/** admissionregistration.k8s.io/v1 MutatingAdmissionPolicyBinding: where a policy's changes are made, with which parameters. */
import { Path } from "../../../lib/field-error.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import type { Kind } from "../../kind.ts";
import type { MutatingAdmissionPolicyBinding } from "../../types/admissionregistration-v1.generated.ts";
import { paramRefColumn, policyNameColumn } from "../policy/columns.ts";
import { defaultMatchResources, validateMatchResources, validateMutatingOperations, validateParamRef, validatePolicyName } from "../policy/match-resources.ts";
import { example } from "./example.ts";

const SPEC = Path.of("spec");

export const mutatingAdmissionPolicyBinding: Kind<MutatingAdmissionPolicyBinding> = {
  group: "admissionregistration.k8s.io", kind: "MutatingAdmissionPolicyBinding", resource: "mutatingadmissionpolicybindings", singular: "mutatingadmissionpolicybinding",
  categories: ["api-extensions"], scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding" }],
  strategy: {
    hasGeneration: true, allowUnconditionalUpdate: false,
    defaults: ({ spec }) => defaultMatchResources(spec?.matchResources),
    validate: ({ spec }) => [
      ...validatePolicyName(spec?.policyName, SPEC.child("policyName")),
      ...validateParamRef(spec?.paramRef, SPEC.child("paramRef")),
      ...validateMatchResources(spec?.matchResources, SPEC.child("matchResources")),
      ...validateMutatingOperations(spec?.matchResources, SPEC.child("matchResources")),
    ],
  },
  columns: [nameColumn, policyNameColumn, paramRefColumn, ageColumn],
  example,
};
