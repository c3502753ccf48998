import type { MutatingAdmissionPolicyBinding } from "../../types/admissionregistration-v1.generated.ts";

export const example = (): MutatingAdmissionPolicyBinding => ({
  apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingAdmissionPolicyBinding", metadata: { name: "example" }, spec: { policyName: "nothing-yet" },
});
