import type { ResourceSlice } from "../../types/resource-v1.generated.ts";

export const example = (): ResourceSlice => ({
  apiVersion: "resource.k8s.io/v1", kind: "ResourceSlice", metadata: { name: "example" },
  spec: { driver: "gpu.example.com", pool: { name: "node-1", generation: 1, resourceSliceCount: 1 }, nodeName: "node-1", devices: [{ name: "gpu-0", attributes: { model: { string: "a" } } }] },
});
