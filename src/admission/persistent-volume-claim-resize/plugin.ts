import { persistentVolumeClaim } from "../../kinds/core/persistent-volume-claim/kind.ts";
import { storageClassOf } from "../../kinds/core/volume-terms.ts";
import { compareText } from "../../kinds/pod-spec/quantity-checks.ts";
import { storageClass } from "../../kinds/storage/storage-class/kind.ts";
import type { PersistentVolumeClaim } from "../../kinds/types/core-v1.generated.ts";
import { forbidden } from "../../lib/errors.ts";
import type { AdmissionPlugin } from "../plugin.ts";

/** A bound claim may ask for more where its class allows that. */
export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: "PersistentVolumeClaimResize",
  handles: ({ operation, kind, subresource }) => operation === "UPDATE" && kind === persistentVolumeClaim && subresource === undefined,
  validate({ object, old, name }, { reader }) {
    const [claim, was] = [object as PersistentVolumeClaim, old as PersistentVolumeClaim];
    const size = claim.spec?.resources?.requests?.storage ?? "0";
    if (compareText(size, was.spec?.resources?.requests?.storage ?? "0") <= 0) return;
    const subject = { group: "", resource: "persistentvolumeclaims", name };
    if (was.status?.phase !== "Bound") throw forbidden(subject, "Only bound persistent volume claims can be expanded");
    const className = storageClassOf(claim);
    if (className && reader.get(storageClass, undefined, className)?.allowVolumeExpansion) return;
    throw forbidden(subject, "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize");
  },
};
