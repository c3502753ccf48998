/** core/v1 PersistentVolume: a piece of storage with a life of its own. The controller here binds volumes to claims. */
import type { Kind } from "../../kind.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { PersistentVolume } from "../../types/core-v1.generated.ts";
import { formatTime } from "../../values/time.ts";
import { availableIndex } from "./available-index.ts";
import { columns } from "./columns.ts";
import { defaultVolume } from "./defaults.ts";
import { example } from "./example.ts";
import { validateVolume, validateVolumeUpdate } from "./validate.ts";
import { keepTransitionTime, volumeWarnings } from "./status.ts";

const view = statusSubresource<PersistentVolume>();

export const persistentVolume: Kind<PersistentVolume> = {
  group: "", kind: "PersistentVolume", resource: "persistentvolumes", singular: "persistentvolume", shortNames: ["pv"],
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.core.v1.PersistentVolume" }],
  strategy: {
    hasGeneration: false,
    returnsDeleted: true,
    defaults: defaultVolume,
    prepareForCreate(obj, ctx) { obj.status = { phase: "Pending", lastPhaseTransitionTime: formatTime(ctx.nowMs) }; },
    prepareForUpdate: (obj, old) => restore(obj, old, "status"),
    validate: validateVolume,
    validateUpdate: validateVolumeUpdate,
    warnings: volumeWarnings,
  },
  subresources: {
    status: {
      ...view,
      prepareForUpdate(obj, old, ctx) {
        view.prepareForUpdate(obj, old, ctx);
        keepTransitionTime(obj, old, ctx.nowMs);
      },
    },
  },
  columns,
  selectableFields: { name: (obj) => obj.metadata.name ?? "" },
  indexes: {
    available: availableIndex,
    /** Volumes that are reserved for a claim or bound to it. */
    claim: (obj) => (obj.spec?.claimRef ? `${obj.spec.claimRef.namespace}/${obj.spec.claimRef.name}` : undefined),
  },
  example,
};
