import type { Controller } from "../../../controllers/controller.ts";
import type { Transaction } from "../../transaction.ts";
import type { PersistentVolume, PersistentVolumeClaim, Pod } from "../../types/core-v1.generated.ts";
import { storageClass } from "../../storage/storage-class/kind.ts";
import { persistentVolumeClaim } from "../persistent-volume-claim/kind.ts";
import { pod } from "../pod/kind.ts";
import { bind, setVolumePhase, unbind } from "./binding.ts";
import { syncClaim } from "./claims.ts";
import { persistentVolume } from "./kind.ts";
import { claimKey, isReservedFor } from "./match.ts";
import { reclaim } from "./reclaim.ts";

/**
 * Binds claims to volumes, as upstream's persistent volume controller: each side is looked at by itself, and both
 * together always come to rest with a volume and a claim that point at each other, or at nothing. Keys: `volume NAME`
 * and `claim NAMESPACE/NAME`.
 */
export const persistentVolumeController: Controller = {
  name: "persistentvolume-controller",
  watches: [
    { kind: persistentVolume, keys: ({ object, previous }, reader) => volumeKeys(object, previous, (volume) => reader.list(persistentVolumeClaim, { field: { path: "volume", value: volume } })) },
    { kind: persistentVolumeClaim, keys: ({ object, previous }) => claimKeys(object, previous) },
    { kind: storageClass, keys: (_change, reader) => reader.list(persistentVolumeClaim, { field: { path: "unbound", value: "true" } }).map(keyOfClaim) },
    // A claim that waits for its first consumer is bound when a pod with it has a node.
    { kind: pod, keys: ({ type, object, previous }) => (type !== "DELETED" && object.spec?.nodeName && !previous?.spec?.nodeName ? podClaims(object) : []) },
  ],
  reconcile(tx, key) {
    const [what, name = ""] = key.split(" ");
    if (what === "volume") return syncVolume(tx, name);
    const [namespace, claimName] = name.split("/");
    const claim = tx.get(persistentVolumeClaim, namespace, claimName!);
    if (claim) syncClaim(tx, claim);
  },
};

const keyOfClaim = (claim: PersistentVolumeClaim): string => `claim ${claimKey(claim)}`;

function* volumeKeys(volume: PersistentVolume, previous: PersistentVolume | undefined, claimsOf: (volume: string) => PersistentVolumeClaim[]): Iterable<string> {
  yield `volume ${volume.metadata.name}`;
  for (const ref of new Set([volume.spec?.claimRef, previous?.spec?.claimRef])) if (ref) yield `claim ${ref.namespace}/${ref.name}`;
  for (const claim of claimsOf(volume.metadata.name!)) yield keyOfClaim(claim);
}

function* claimKeys(claim: PersistentVolumeClaim, previous: PersistentVolumeClaim | undefined): Iterable<string> {
  yield keyOfClaim(claim);
  for (const volume of new Set([claim.spec?.volumeName, previous?.spec?.volumeName])) if (volume) yield `volume ${volume}`;
}

function* podClaims(obj: Pod): Iterable<string> {
  for (const volume of obj.spec?.volumes ?? []) {
    const name = volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral && `${obj.metadata.name}-${volume.name}`);
    if (name) yield `claim ${obj.metadata.namespace}/${name}`;
  }
}

function syncVolume(tx: Transaction, name: string): void {
  const volume = tx.get(persistentVolume, undefined, name);
  if (!volume) return;
  const ref = volume.spec?.claimRef;
  if (!ref?.uid) {
    if (volume.status?.phase !== "Available") setVolumePhase(tx, volume, "Available");
    return wakeClaims(tx, volume);
  }
  const claim = tx.get(persistentVolumeClaim, ref.namespace, ref.name!);
  if (!claim || claim.metadata.uid !== ref.uid) return release(tx, volume);
  if (!claim.spec?.volumeName) return tx.enqueue("persistentvolume-controller", keyOfClaim(claim));
  if (claim.spec.volumeName !== name) return unbind(tx, volume);
  if (volume.status?.phase !== "Bound") bind(tx, volume, claim);
}

/** Who may be waiting for it: the claim that it is kept for, or any without a volume. */
function wakeClaims(tx: Transaction, volume: PersistentVolume): void {
  for (const claim of tx.list(persistentVolumeClaim, { field: { path: "unbound", value: "true" } })) {
    if (!volume.spec?.claimRef || isReservedFor(volume, claim)) tx.enqueue("persistentvolume-controller", keyOfClaim(claim));
  }
}

function release(tx: Transaction, volume: PersistentVolume): void {
  const phase = volume.status?.phase;
  if (phase !== "Released" && phase !== "Failed") setVolumePhase(tx, volume, "Released");
  reclaim(tx, tx.get(persistentVolume, undefined, volume.metadata.name!)!);
}
