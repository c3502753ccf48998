import type { AdmissionPlugin } from "../plugin.ts";

const FINALIZERS = new Map([
  ["/persistentvolumes", "kubernetes.io/pv-protection"],
  ["/persistentvolumeclaims", "kubernetes.io/pvc-protection"],
  ["storage.k8s.io/volumeattributesclasses", "kubernetes.io/vac-protection"],
]);

/** New volumes and claims get a finalizer that their protection controllers take off when nobody uses them any more. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: "StorageObjectInUseProtection",
  handles: ({ operation, kind, subresource }) => operation === "CREATE" && subresource === undefined && FINALIZERS.has(`${kind.group}/${kind.resource}`),
  mutate({ kind, object }) {
    const finalizer = FINALIZERS.get(`${kind.group}/${kind.resource}`)!;
    const { finalizers = [] } = object!.metadata;
    if (!finalizers.includes(finalizer)) object!.metadata.finalizers = [...finalizers, finalizer];
  },
};
