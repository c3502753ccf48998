import type { ValidatingAdmissionPolicyBinding } from "../../types/admissionregistration-v1.generated.ts";

export const example = (): ValidatingAdmissionPolicyBinding => ({
  apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicyBinding", metadata: { name: "example" },
  spec: { policyName: "nothing-yet", validationActions: ["Audit"] },
});
