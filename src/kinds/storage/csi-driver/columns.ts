import { ageColumn, nameColumn, orNone } from "../../columns.ts";
import type { Column } from "../../kind.ts";
import type { CSIDriver } from "../../types/storage-v1.generated.ts";

export const columns: readonly Column<CSIDriver>[] = [
  nameColumn,
  { name: "AttachRequired", type: "boolean", description: "Whether volumes must be attached before they are mounted.", value: (obj) => obj.spec.attachRequired ?? true },
  { name: "PodInfoOnMount", type: "boolean", description: "Whether the driver is told about the pod.", value: (obj) => obj.spec.podInfoOnMount ?? false },
  { name: "StorageCapacity", type: "boolean", description: "Whether the driver publishes its capacity.", value: (obj) => obj.spec.storageCapacity ?? false },
  { name: "TokenRequests", type: "string", description: "Audiences of the service account tokens that the driver gets.", value: (obj) => obj.spec.tokenRequests?.map((request) => request.audience).join(",") ?? "<unset>" },
  { name: "RequiresRepublish", type: "boolean", description: "Whether the driver is called from time to time.", value: (obj) => obj.spec.requiresRepublish ?? false },
  { name: "Modes", type: "string", description: "Sorts of volumes that the driver serves.", value: (obj) => orNone(obj.spec.volumeLifecycleModes?.join(",")) },
  ageColumn,
];
