import type { ValidatingAdmissionPolicy } from "../../types/admissionregistration-v1.generated.ts";

export const example = (): ValidatingAdmissionPolicy => ({
  apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy", metadata: { name: "example" },
  spec: {
    matchConstraints: { resourceRules: [{ operations: ["CREATE"], apiGroups: ["example.com"], apiVersions: ["v1"], resources: ["widgets"] }] },
    validations: [{ expression: "object.metadata.name != ''" }],
  },
});
