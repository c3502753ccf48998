import type { VolumeAttachment } from "../../types/storage-v1.generated.ts";

export const example = (): VolumeAttachment => ({
  apiVersion: "storage.k8s.io/v1", kind: "VolumeAttachment", metadata: { name: "example" },
  spec: { attacher: "disk.example.com", nodeName: "node-1", source: { persistentVolumeName: "volume-1" } },
});
