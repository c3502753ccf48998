/** admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding: where a policy holds, with which parameters, and what follows. */
import { ageColumn, nameColumn } from "../../columns.ts";
import type { Kind } from "../../kind.ts";
import type { ValidatingAdmissionPolicyBinding } from "../../types/admissionregistration-v1.generated.ts";
import { paramRefColumn, policyNameColumn } from "../policy/columns.ts";
import { defaultMatchResources } from "../policy/match-resources.ts";
import { example } from "./example.ts";
import { validateValidatingAdmissionPolicyBinding } from "./validate.ts";

export const validatingAdmissionPolicyBinding: Kind<ValidatingAdmissionPolicyBinding> = {
  group: "admissionregistration.k8s.io", kind: "ValidatingAdmissionPolicyBinding", resource: "validatingadmissionpolicybindings", singular: "validatingadmissionpolicybinding",
  categories: ["api-extensions"], scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding" }],
  strategy: {
    hasGeneration: true, allowUnconditionalUpdate: false,
    defaults: ({ spec }) => defaultMatchResources(spec?.matchResources),
    validate: validateValidatingAdmissionPolicyBinding,
  },
  columns: [nameColumn, policyNameColumn, paramRefColumn, ageColumn],
  example,
};
