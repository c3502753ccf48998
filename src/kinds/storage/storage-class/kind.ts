/** storage.k8s.io/v1 StorageClass: how volumes of a sort are provisioned. It cannot be changed but for expansion and topologies. */
import type { Kind } from "../../kind.ts";
import { OLD_LABELS } from "../../pod-spec/placement-warnings.ts";
import type { StorageClass } from "../../types/storage-v1.generated.ts";
import { columns } from "./columns.ts";
import { example } from "./example.ts";
import { validateStorageClass, validateStorageClassUpdate } from "./validate.ts";

export const storageClass: Kind<StorageClass> = {
  group: "storage.k8s.io", kind: "StorageClass", resource: "storageclasses", singular: "storageclass", shortNames: ["sc"],
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.storage.v1.StorageClass" }],
  strategy: {
    hasGeneration: false,
    returnsDeleted: true,
    defaults(obj) {
      obj.reclaimPolicy ??= "Delete";
      obj.volumeBindingMode ??= "Immediate";
    },
    warnings: ({ allowedTopologies = [] }) => allowedTopologies.flatMap(({ matchLabelExpressions = [] }, i) =>
      matchLabelExpressions.flatMap(({ key }, j) => (OLD_LABELS[key] ? [`allowedTopologies[${i}].matchLabelExpressions[${j}].key: ${OLD_LABELS[key]}`] : []))),
    validate: validateStorageClass,
    validateUpdate: validateStorageClassUpdate,
  },
  columns,
  example,
};
