import type { StorageClass } from "../../types/storage-v1.generated.ts";

export const example = (): StorageClass => ({ apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "example" }, provisioner: "example.com/disk" });
