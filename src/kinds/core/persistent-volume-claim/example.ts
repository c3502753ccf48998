import type { PersistentVolumeClaim } from "../../types/core-v1.generated.ts";

export const example = (): PersistentVolumeClaim => ({
  apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "example" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
});
