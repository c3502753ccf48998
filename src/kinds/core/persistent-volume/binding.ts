import { sameValue } from "../../field-checks.ts";
import type { Transaction } from "../../transaction.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "../../types/core-v1.generated.ts";
import { persistentVolumeClaim } from "../persistent-volume-claim/kind.ts";
import { persistentVolume } from "./kind.ts";
import { isReservedFor } from "./match.ts";

export const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
const BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";

/** Volume and claim point at each other. What the controller itself filled in is marked, to be undone if the other side goes. */
export function bind(tx: Transaction, volume: PersistentVolume, claim: PersistentVolumeClaim): void {
  const bound = tx.update(persistentVolume, undefined, volume.metadata.name!, (draft) => {
    if (!isReservedFor(draft, claim)) draft.metadata.annotations = { ...draft.metadata.annotations, [BOUND_BY_CONTROLLER]: "yes" };
    const { namespace, name, uid, resourceVersion } = claim.metadata;
    if (draft.spec!.claimRef?.uid !== uid) draft.spec!.claimRef = { kind: "PersistentVolumeClaim", apiVersion: "v1", namespace, name, uid, resourceVersion };
  });
  if (!bound) return;
  setVolumePhase(tx, bound, "Bound");
  const updated = tx.update(persistentVolumeClaim, claim.metadata.namespace, claim.metadata.name!, (draft) => {
    const annotations = (draft.metadata.annotations ??= {});
    if (draft.spec!.volumeName !== volume.metadata.name) annotations[BOUND_BY_CONTROLLER] = "yes";
    annotations[BIND_COMPLETED] = "yes";
    draft.spec!.volumeName = volume.metadata.name!;
  });
  if (updated) setBoundStatus(tx, updated, bound);
}

function setBoundStatus(tx: Transaction, claim: PersistentVolumeClaim, volume: PersistentVolume): void {
  tx.update(persistentVolumeClaim, claim.metadata.namespace, claim.metadata.name!, (draft) => {
    const status = (draft.status ??= {});
    const wasBound = status.phase === "Bound";
    status.phase = "Bound";
    if (!sameValue(status.accessModes, volume.spec?.accessModes)) status.accessModes = volume.spec?.accessModes;
    // Once bound, a larger size is reported by whoever makes the file system grow.
    if (!wasBound || status.capacity?.storage === undefined) status.capacity = { ...volume.spec?.capacity };
    const attributes = volume.spec?.volumeAttributesClassName;
    if (!wasBound && attributes) status.currentVolumeAttributesClassName = attributes;
  }, { subresource: "status" });
}

export function setVolumePhase(tx: Transaction, volume: PersistentVolume, phase: NonNullable<PersistentVolume["status"]>["phase"], message?: string): void {
  tx.update(persistentVolume, undefined, volume.metadata.name!, (draft) => {
    draft.status = { ...draft.status, phase };
    if (message === undefined) delete draft.status.message;
    else draft.status.message = message;
  }, { subresource: "status" });
}

/** The volume is free again; one that somebody had reserved by name stays reserved. */
export function unbind(tx: Transaction, volume: PersistentVolume): void {
  const free = tx.update(persistentVolume, undefined, volume.metadata.name!, (draft) => {
    if (draft.metadata.annotations?.[BOUND_BY_CONTROLLER] !== undefined) {
      delete draft.spec!.claimRef;
      delete draft.metadata.annotations[BOUND_BY_CONTROLLER];
    } else if (draft.spec!.claimRef) delete draft.spec!.claimRef.uid;
  });
  if (free) setVolumePhase(tx, free, "Available");
}
