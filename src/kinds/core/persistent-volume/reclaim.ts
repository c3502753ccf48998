import type { Transaction } from "../../transaction.ts";
import type { PersistentVolume } from "../../types/core-v1.generated.ts";
import { setVolumePhase } from "./binding.ts";

const PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";
const SOURCE = "persistentvolume-controller";

/**
 * What becomes of a released volume. Retain: nothing. Delete: the driver that made it deletes it; of a volume that nobody
 * can delete only the failure is told, as upstream does of volumes without a deleter.
 */
export function reclaim(tx: Transaction, volume: PersistentVolume): void {
  const { spec, metadata } = volume;
  if (spec?.persistentVolumeReclaimPolicy === "Retain" || volume.status?.phase === "Failed") return;
  if (spec?.persistentVolumeReclaimPolicy === "Delete" && (spec.csi || metadata.annotations?.[PROVISIONED_BY])) return;
  const isDelete = spec?.persistentVolumeReclaimPolicy === "Delete";
  const message = isDelete ? "error getting deleter volume plugin for volume: no deletable volume plugin matched" : "no recycler volume plugin found";
  setVolumePhase(tx, volume, "Failed", message);
  tx.event(volume, { type: "Warning", reason: isDelete ? "VolumeFailedDelete" : "VolumeFailedRecycle", message, source: SOURCE });
}
