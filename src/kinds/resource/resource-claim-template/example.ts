import type { ResourceClaimTemplate } from "../../types/resource-v1.generated.ts";

export const example = (): ResourceClaimTemplate => ({
  apiVersion: "resource.k8s.io/v1", kind: "ResourceClaimTemplate", metadata: { name: "example" },
  spec: { spec: { devices: { requests: [{ name: "gpu", exactly: { deviceClassName: "gpus" } }] } } },
});
