import type { VolumeAttributesClass } from "../../types/storage-v1.generated.ts";

export const example = (): VolumeAttributesClass => ({
  apiVersion: "storage.k8s.io/v1", kind: "VolumeAttributesClass", metadata: { name: "example" }, driverName: "disk.example.com", parameters: { iops: "100" },
});
