import type { DeviceClass } from "../../types/resource-v1.generated.ts";

export const example = (): DeviceClass => ({
  apiVersion: "resource.k8s.io/v1", kind: "DeviceClass", metadata: { name: "example" }, spec: { selectors: [{ cel: { expression: 'device.driver == "gpu.example.com"' } }] },
});
