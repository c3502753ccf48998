/** storage.k8s.io/v1 CSIStorageCapacity: how much a driver can provision of a class in a part of the cluster. */
import { invalidValue, Path } from "../../../lib/field-error.ts";
import { nameColumn } from "../../columns.ts";
import { immutable } from "../../field-checks.ts";
import type { Kind } from "../../kind.ts";
import { OLD_LABELS, termWarnings } from "../../pod-spec/placement-warnings.ts";
import { isNegative } from "../../pod-spec/quantity-checks.ts";
import type { CSIStorageCapacity } from "../../types/storage-v1.generated.ts";
import { validateLabelSelector } from "../../values/label-selector.ts";
import { validateClassName } from "../driver.ts";
import { example } from "./example.ts";

export const csiStorageCapacity: Kind<CSIStorageCapacity> = {
  group: "storage.k8s.io", kind: "CSIStorageCapacity", resource: "csistoragecapacities", singular: "csistoragecapacity",
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.storage.v1.CSIStorageCapacity" }],
  strategy: {
    hasGeneration: false, allowUnconditionalUpdate: false,
    warnings: ({ nodeTopology }) => [
      ...termWarnings(nodeTopology as never ?? {}, "nodeTopology", false),
      ...Object.keys(nodeTopology?.matchLabels ?? {}).flatMap((key) => (OLD_LABELS[key] ? [`nodeTopology.matchLabels.${key}: ${OLD_LABELS[key]}`] : [])),
    ],
    validate: (obj) => [
      ...validateLabelSelector(obj.nodeTopology, Path.of("nodeTopology")),
      ...validateClassName(obj.storageClassName ?? "", "storageClassName"),
      ...(isNegative(obj.capacity) ? [invalidValue("capacity", obj.capacity, "must be greater than or equal to 0")] : []),
    ],
    validateUpdate: (obj, old) => [
      ...immutable("nodeTopology", obj.nodeTopology, old.nodeTopology),
      ...immutable("storageClassName", obj.storageClassName, old.storageClassName),
    ],
  },
  columns: [
    nameColumn,
    { name: "StorageClassName", type: "string", description: "The class of the volumes.", value: (obj) => obj.storageClassName },
    { name: "Capacity", type: "string", description: "What is available.", value: (obj) => obj.capacity ?? "<unset>" },
  ],
  example,
};
