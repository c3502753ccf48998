import { ageColumn, nameColumn } from "../../columns.ts";
import type { Column } from "../../kind.ts";
import type { StorageClass } from "../../types/storage-v1.generated.ts";
import { isDefaultClass } from "./is-default.ts";

export const columns: readonly Column<StorageClass>[] = [
  { ...nameColumn, value: (obj: StorageClass) => `${obj.metadata.name}${isDefaultClass(obj) ? " (default)" : ""}` },
  { name: "Provisioner", type: "string", description: "Who makes the volumes.", value: (obj) => obj.provisioner },
  { name: "ReclaimPolicy", type: "string", description: "What becomes of a volume that was released.", value: (obj) => obj.reclaimPolicy ?? "Delete" },
  { name: "VolumeBindingMode", type: "string", description: "When claims are bound and volumes provisioned.", value: (obj) => obj.volumeBindingMode ?? "Immediate" },
  { name: "AllowVolumeExpansion", type: "string", description: "Whether volumes may grow.", value: (obj) => obj.allowVolumeExpansion ?? false },
  ageColumn,
];
