import type { CSIDriver } from "../../types/storage-v1.generated.ts";

export const example = (): CSIDriver => ({ apiVersion: "storage.k8s.io/v1", kind: "CSIDriver", metadata: { name: "disk.example.com" }, spec: {} });
