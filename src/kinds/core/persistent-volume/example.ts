import type { PersistentVolume } from "../../types/core-v1.generated.ts";

export const example = (): PersistentVolume => ({
  apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "example" },
  spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/tmp/example" } },
});
