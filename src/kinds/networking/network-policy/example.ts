import type { NetworkPolicy } from "../../types/networking-v1.generated.ts";

export const example = (): NetworkPolicy => ({
  apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name: "example" }, spec: { podSelector: { matchLabels: { app: "web" } }, policyTypes: ["Ingress"] },
});
