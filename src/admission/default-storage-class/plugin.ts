import { persistentVolumeClaim } from "../../kinds/core/persistent-volume-claim/kind.ts";
import { defaultClass } from "../../kinds/storage/storage-class/default-class.ts";
import type { PersistentVolumeClaim } from "../../kinds/types/core-v1.generated.ts";
import type { AdmissionPlugin } from "../plugin.ts";

const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

/** A claim that says nothing of a class gets the default one, if there is any; an empty class is something said. */
export const defaultStorageClass: AdmissionPlugin = {
  name: "DefaultStorageClass",
  handles: ({ operation, kind, subresource }) => operation === "CREATE" && kind === persistentVolumeClaim && subresource === undefined,
  mutate({ object }, { reader }) {
    const claim = object as PersistentVolumeClaim;
    if (claim.spec?.storageClassName !== undefined || claim.metadata.annotations?.[CLASS_ANNOTATION] !== undefined) return;
    const found = defaultClass(reader);
    if (found) claim.spec = { ...claim.spec, storageClassName: found.metadata.name! };
  },
};
