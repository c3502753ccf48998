import { ageColumn, nameColumn } from "../../columns.ts";
import type { Column } from "../../kind.ts";
import type { PersistentVolumeClaim } from "../../types/core-v1.generated.ts";
import { accessModesText, storageClassOf } from "../volume-terms.ts";

const whenBound = (obj: PersistentVolumeClaim, text: string): string => (obj.spec?.volumeName ? text : "");

export const columns: readonly Column<PersistentVolumeClaim>[] = [
  nameColumn,
  { name: "Status", type: "string", description: "Pending, Bound or Lost.", value: (obj) => (obj.metadata.deletionTimestamp ? "Terminating" : obj.status?.phase ?? "") },
  { name: "Volume", type: "string", description: "The volume that it is bound to.", value: (obj) => obj.spec?.volumeName ?? "" },
  { name: "Capacity", type: "string", description: "The size of the volume.", value: (obj) => whenBound(obj, obj.status?.capacity?.storage ?? "0") },
  { name: "Access Modes", type: "string", description: "How the volume may be mounted.", value: (obj) => whenBound(obj, accessModesText(obj.status?.accessModes)) },
  { name: "StorageClass", type: "string", description: "The class that the claim asks for.", value: storageClassOf },
  { name: "VolumeAttributesClass", type: "string", description: "The attributes class that the claim asks for.", value: (obj) => obj.spec?.volumeAttributesClassName ?? "<unset>" },
  ageColumn,
  { name: "VolumeMode", type: "string", priority: 1, description: "File system or block device.", value: (obj) => obj.spec?.volumeMode ?? "<unset>" },
];
