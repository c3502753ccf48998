/** storage.k8s.io/v1 CSINode: the volume drivers that a node has. Named like the node. */
import { ageColumn, nameColumn } from "../../columns.ts";
import type { Kind } from "../../kind.ts";
import type { CSINode } from "../../types/storage-v1.generated.ts";
import { example } from "./example.ts";
import { validateCsiNode, validateCsiNodeUpdate } from "./validate.ts";

export const csiNode: Kind<CSINode> = {
  group: "storage.k8s.io", kind: "CSINode", resource: "csinodes", singular: "csinode",
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.storage.v1.CSINode" }],
  strategy: {
    hasGeneration: false, returnsDeleted: true, allowUnconditionalUpdate: false,
    validate: validateCsiNode,
    validateUpdate: validateCsiNodeUpdate,
  },
  columns: [nameColumn, { name: "Drivers", type: "integer", description: "How many drivers the node has.", value: (obj) => obj.spec.drivers?.length ?? 0 }, ageColumn],
  example,
};
