/**
 * core/v1 PersistentVolumeClaim: what storage somebody needs. The controller of volumes binds it to one; from then on only
 * its size and its attributes class may change.
 */
import type { Kind } from "../../kind.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { PersistentVolumeClaim } from "../../types/core-v1.generated.ts";
import { columns } from "./columns.ts";
import { defaultClaim } from "./defaults.ts";
import { example } from "./example.ts";
import { prepareClaimForCreate, prepareClaimForUpdate } from "./prepare.ts";
import { validateClaim, validateClaimStatus, validateClaimUpdate } from "./validate.ts";
import { claimWarnings } from "./warnings.ts";

export const persistentVolumeClaim: Kind<PersistentVolumeClaim> = {
  group: "", kind: "PersistentVolumeClaim", resource: "persistentvolumeclaims", singular: "persistentvolumeclaim", shortNames: ["pvc"],
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.core.v1.PersistentVolumeClaim" }],
  strategy: {
    hasGeneration: false,
    returnsDeleted: true,
    defaults: defaultClaim,
    prepareForCreate: prepareClaimForCreate,
    prepareForUpdate(obj, old) {
      restore(obj, old, "status");
      prepareClaimForUpdate(obj);
    },
    validate: validateClaim,
    validateUpdate: validateClaimUpdate,
    warnings: claimWarnings,
  },
  subresources: { status: statusSubresource({ validateUpdate: validateClaimStatus }) },
  columns,
  selectableFields: { name: (obj) => obj.metadata.name ?? "" },
  indexes: {
    /** Claims that want or have a certain volume. */
    volume: (obj) => obj.spec?.volumeName || undefined,
    /** Claims that wait for one. */
    unbound: (obj) => (obj.metadata.annotations?.["pv.kubernetes.io/bind-completed"] === undefined ? "true" : undefined),
  },
  example,
};
