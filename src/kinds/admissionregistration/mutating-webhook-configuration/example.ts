import type { MutatingWebhookConfiguration } from "../../types/admissionregistration-v1.generated.ts";

export const example = (): MutatingWebhookConfiguration => ({
  apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingWebhookConfiguration", metadata: { name: "example" },
  webhooks: [{
    name: "check.example.com", clientConfig: { url: "https://webhook.example.com/check" }, sideEffects: "None", admissionReviewVersions: ["v1"],
    rules: [{ operations: ["CREATE"], apiGroups: ["example.com"], apiVersions: ["v1"], resources: ["widgets"] }],
  }],
});
