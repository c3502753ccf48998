import type { MutatingAdmissionPolicy } from "../../types/admissionregistration-v1.generated.ts";

export const example = (): MutatingAdmissionPolicy => ({
  apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingAdmissionPolicy", metadata: { name: "example" },
  spec: {
    matchConstraints: { resourceRules: [{ operations: ["CREATE"], apiGroups: ["example.com"], apiVersions: ["v1"], resources: ["widgets"] }] },
    mutations: [{ patchType: "JSONPatch", jsonPatch: { expression: '[JSONPatch{op: "add", path: "/metadata/labels", value: {"made": "here"}}]' } }],
    reinvocationPolicy: "Never",
  },
});
