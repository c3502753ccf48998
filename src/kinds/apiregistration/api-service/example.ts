import type { APIService } from "../../types/apiregistration-v1.generated.ts";

export const example = (): APIService => ({
  apiVersion: "apiregistration.k8s.io/v1", kind: "APIService", metadata: { name: "v1.example.com" },
  spec: { group: "example.com", version: "v1", groupPriorityMinimum: 1000, versionPriority: 15, service: { namespace: "default", name: "api", port: 443 } },
});
