import type { ResourceClaim } from "../../types/resource-v1.generated.ts";

export const example = (): ResourceClaim => ({
  apiVersion: "resource.k8s.io/v1", kind: "ResourceClaim", metadata: { name: "example" },
  spec: { devices: { requests: [{ name: "gpu", exactly: { deviceClassName: "gpus" } }] } },
});
