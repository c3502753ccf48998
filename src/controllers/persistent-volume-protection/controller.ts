import { persistentVolume } from "../../kinds/core/persistent-volume/kind.ts";
import { persistentVolumeClaim } from "../../kinds/core/persistent-volume-claim/kind.ts";
import type { Kind } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import { volumeAttributesClass } from "../../kinds/storage/volume-attributes-class/kind.ts";
import type { Transaction } from "../../kinds/transaction.ts";
import { itself, type Controller } from "../controller.ts";

const VOLUME_PROTECTION = "kubernetes.io/pv-protection";
const CLASS_PROTECTION = "kubernetes.io/vac-protection";

/** A bound volume that is being deleted stays until its claim is gone. */
export const volumeProtectionController: Controller = {
  name: "pv-protection-controller",
  watches: [itself(persistentVolume)],
  reconcile(tx, name) {
    const volume = tx.get(persistentVolume, undefined, name);
    if (volume && volume.status?.phase !== "Bound") unprotect(tx, persistentVolume, volume, VOLUME_PROTECTION);
  },
};

/** An attributes class that is being deleted stays as long as claims or volumes have it. */
export const attributesClassProtectionController: Controller = {
  name: "vac-protection-controller",
  watches: [
    itself(volumeAttributesClass),
    { kind: persistentVolumeClaim, keys: ({ object, previous }) => leftClasses([previous?.spec?.volumeAttributesClassName, previous?.status?.currentVolumeAttributesClassName, object.spec?.volumeAttributesClassName]) },
    { kind: persistentVolume, keys: ({ object, previous }) => leftClasses([previous?.spec?.volumeAttributesClassName, object.spec?.volumeAttributesClassName]) },
  ],
  reconcile(tx, name) {
    const found = tx.get(volumeAttributesClass, undefined, name);
    if (!found?.metadata.deletionTimestamp) return;
    const isUsed = tx.list(persistentVolumeClaim).some(({ spec, status }) => [spec?.volumeAttributesClassName, status?.currentVolumeAttributesClassName, status?.modifyVolumeStatus?.targetVolumeAttributesClassName].includes(name))
      || tx.list(persistentVolume).some(({ spec }) => spec?.volumeAttributesClassName === name);
    if (!isUsed) unprotect(tx, volumeAttributesClass, found, CLASS_PROTECTION);
  },
};

const leftClasses = (names: readonly (string | undefined)[]): string[] => [...new Set(names.filter((name) => name !== undefined && name !== ""))] as string[];

function unprotect(tx: Transaction, kind: Kind, object: KubeObject, finalizer: string): void {
  const { deletionTimestamp, finalizers, namespace, name } = object.metadata;
  if (!deletionTimestamp || !finalizers?.includes(finalizer)) return;
  tx.update(kind, namespace, name!, (draft: KubeObject) => { draft.metadata.finalizers = draft.metadata.finalizers?.filter((f) => f !== finalizer); });
}
