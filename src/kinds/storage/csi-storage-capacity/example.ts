import type { CSIStorageCapacity } from "../../types/storage-v1.generated.ts";

export const example = (): CSIStorageCapacity => ({
  apiVersion: "storage.k8s.io/v1", kind: "CSIStorageCapacity", metadata: { name: "example" }, storageClassName: "fast", capacity: "10Gi",
});
