import { ageColumn, nameColumn } from "../../columns.ts";
import type { Column } from "../../kind.ts";
import type { PersistentVolume } from "../../types/core-v1.generated.ts";
import { accessModesText, storageClassOf } from "../volume-terms.ts";

export const columns: readonly Column<PersistentVolume>[] = [
  nameColumn,
  { name: "Capacity", type: "string", description: "The size.", value: (obj) => obj.spec?.capacity?.storage ?? "0" },
  { name: "Access Modes", type: "string", description: "How it may be mounted.", value: (obj) => accessModesText(obj.spec?.accessModes) },
  { name: "Reclaim Policy", type: "string", description: "What becomes of it after its claim.", value: (obj) => obj.spec?.persistentVolumeReclaimPolicy ?? "" },
  { name: "Status", type: "string", description: "Available, Bound, Released or Failed.", value: (obj) => (obj.metadata.deletionTimestamp ? "Terminating" : obj.status?.phase ?? "") },
  { name: "Claim", type: "string", description: "The claim that has it.", value: (obj) => (obj.spec?.claimRef ? `${obj.spec.claimRef.namespace ?? ""}/${obj.spec.claimRef.name ?? ""}` : "") },
  { name: "StorageClass", type: "string", description: "The class that it belongs to.", value: storageClassOf },
  { name: "VolumeAttributesClass", type: "string", description: "The attributes class that it belongs to.", value: (obj) => obj.spec?.volumeAttributesClassName ?? "<unset>" },
  { name: "Reason", type: "string", description: "Why it failed.", value: (obj) => obj.status?.reason ?? "" },
  ageColumn,
  { name: "VolumeMode", type: "string", priority: 1, description: "File system or block device.", value: (obj) => obj.spec?.volumeMode ?? "<unset>" },
];
