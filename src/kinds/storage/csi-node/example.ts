import type { CSINode } from "../../types/storage-v1.generated.ts";

export const example = (): CSINode => ({
  apiVersion: "storage.k8s.io/v1", kind: "CSINode", metadata: { name: "node-1" }, spec: { drivers: [{ name: "disk.example.com", nodeID: "n1" }] },
});
