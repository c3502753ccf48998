/** storage.k8s.io/v1 CSIDriver: what the control plane and the agents need to know of a volume driver. */
import type { Kind } from "../../kind.ts";
import type { CSIDriver } from "../../types/storage-v1.generated.ts";
import { columns } from "./columns.ts";
import { defaultCsiDriver } from "./defaults.ts";
import { example } from "./example.ts";
import { csiDriverWarnings, validateCsiDriver, validateCsiDriverUpdate } from "./validate.ts";

export const csiDriver: Kind<CSIDriver> = {
  group: "storage.k8s.io", kind: "CSIDriver", resource: "csidrivers", singular: "csidriver",
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.storage.v1.CSIDriver" }],
  strategy: {
    hasGeneration: false,
    returnsDeleted: true,
    allowUnconditionalUpdate: false,
    defaults: defaultCsiDriver,
    // Behind a gate that is off by default in v1.36.
    prepareForCreate(obj) { delete obj.spec.preventPodSchedulingIfMissing; },
    prepareForUpdate(obj, old) { if (old.spec.preventPodSchedulingIfMissing === undefined) delete obj.spec.preventPodSchedulingIfMissing; },
    validate: validateCsiDriver,
    validateUpdate: validateCsiDriverUpdate,
    warnings: csiDriverWarnings,
  },
  columns,
  example,
};
