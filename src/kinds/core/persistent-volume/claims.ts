import { defaultClass } from "../../storage/storage-class/default-class.ts";
import { storageClass } from "../../storage/storage-class/kind.ts";
import type { Transaction } from "../../transaction.ts";
import type { Node, PersistentVolumeClaim } from "../../types/core-v1.generated.ts";
import type { StorageClass } from "../../types/storage-v1.generated.ts";
import { node as nodeKind } from "../node/kind.ts";
import { persistentVolumeClaim } from "../persistent-volume-claim/kind.ts";
import { pod } from "../pod/kind.ts";
import { storageClassOf } from "../volume-terms.ts";
import { bind, BIND_COMPLETED } from "./binding.ts";
import { persistentVolume } from "./kind.ts";
import { findVolume, isReservedFor, misfit } from "./match.ts";

const SOURCE = "persistentvolume-controller";
const SELECTED_NODE = "volume.kubernetes.io/selected-node";
const PROVISIONER = "volume.kubernetes.io/storage-provisioner";
const BETA_PROVISIONER = "volume.beta.kubernetes.io/storage-provisioner";
const NO_PROVISIONER = "kubernetes.io/no-provisioner";
const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

/** One claim, looked at by itself: bound for good, to a volume of its choice, to one that suits, or waiting. */
export function syncClaim(tx: Transaction, claim: PersistentVolumeClaim): void {
  if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) return syncBound(tx, claim);
  if (claim.metadata.deletionTimestamp) return;
  if (claim.spec?.volumeName) return syncNamed(tx, claim);
  const classed = withDefaultClass(tx, claim);
  const binding = bindingOf(tx, classed);
  const volume = binding === "wait" ? findReserved(tx, classed) : findVolume(tx, classed, binding);
  if (volume) return bind(tx, volume, classed);
  explainWaiting(tx, classed, binding === "wait");
}

function syncBound(tx: Transaction, claim: PersistentVolumeClaim): void {
  const name = claim.spec?.volumeName;
  if (!name) return lose(tx, claim, "ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!");
  const volume = tx.get(persistentVolume, undefined, name);
  if (!volume) return lose(tx, claim, "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
  const ref = volume.spec?.claimRef;
  if (ref && ref.uid !== claim.metadata.uid) return lose(tx, claim, "ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly");
  if (!ref || volume.status?.phase !== "Bound" || claim.status?.phase !== "Bound") bind(tx, volume, claim);
}

/** The claim asks for one volume by name, and waits for it. */
function syncNamed(tx: Transaction, claim: PersistentVolumeClaim): void {
  const volume = tx.get(persistentVolume, undefined, claim.spec!.volumeName!);
  if (!volume || volume.metadata.deletionTimestamp) return;
  if (volume.spec?.claimRef && !isReservedFor(volume, claim)) return;
  const why = misfit(volume, claim);
  if (why === undefined) return bind(tx, volume, claim);
  tx.event(claim, { type: "Warning", reason: "VolumeMismatch", message: `Cannot bind to requested volume ${JSON.stringify(volume.metadata.name)}: ${why}`, source: SOURCE });
}

function lose(tx: Transaction, claim: PersistentVolumeClaim, reason: string, message: string): void {
  if (claim.status?.phase === "Lost") return;
  tx.update(persistentVolumeClaim, claim.metadata.namespace, claim.metadata.name!, (draft) => { draft.status = { phase: "Lost" }; }, { subresource: "status" });
  tx.event(claim, { type: "Warning", reason, message, source: SOURCE });
}

/** A claim made before there was a default class gets it now. */
function withDefaultClass(tx: Transaction, claim: PersistentVolumeClaim): PersistentVolumeClaim {
  if (claim.spec?.storageClassName !== undefined || claim.metadata.annotations?.[CLASS_ANNOTATION] !== undefined) return claim;
  const found = defaultClass(tx);
  if (!found) return claim;
  return tx.update(persistentVolumeClaim, claim.metadata.namespace, claim.metadata.name!, (draft) => { draft.spec!.storageClassName = found.metadata.name!; }) ?? claim;
}

/** At once, for a certain node, or not before a consumer has a node (WaitForFirstConsumer). */
function bindingOf(tx: Transaction, claim: PersistentVolumeClaim): undefined | Node | "wait" {
  if (classOf(tx, claim)?.volumeBindingMode !== "WaitForFirstConsumer") return undefined;
  const selected = claim.metadata.annotations?.[SELECTED_NODE] ?? consumerNode(tx, claim);
  return (selected === undefined ? undefined : tx.get(nodeKind, undefined, selected)) ?? "wait";
}

function consumerNode(tx: Transaction, { metadata }: PersistentVolumeClaim): string | undefined {
  return tx.list(pod, { namespace: metadata.namespace! }).find((p) => p.spec?.nodeName && p.spec.volumes?.some((volume) =>
    volume.persistentVolumeClaim?.claimName === metadata.name || (volume.ephemeral && `${p.metadata.name}-${volume.name}` === metadata.name)))?.spec?.nodeName;
}

/** What was reserved for the claim needs no waiting. */
function findReserved(tx: Transaction, claim: PersistentVolumeClaim) {
  const volume = findVolume(tx, claim);
  return volume && isReservedFor(volume, claim) ? volume : undefined;
}

const classOf = (tx: Transaction, claim: PersistentVolumeClaim): StorageClass | undefined => {
  const name = storageClassOf(claim);
  return name === "" ? undefined : tx.get(storageClass, undefined, name);
};

function explainWaiting(tx: Transaction, claim: PersistentVolumeClaim, isDelayed: boolean): void {
  const tell = (reason: string, message: string, type: "Normal" | "Warning" = "Normal") => tx.event(claim, { type, reason, message, source: SOURCE });
  const name = storageClassOf(claim);
  if (isDelayed) return tell("WaitForFirstConsumer", "waiting for first consumer to be created before binding");
  if (name === "") return tell("FailedBinding", "no persistent volumes available for this claim and no storage class is set");
  const found = classOf(tx, claim);
  if (!found) return tell("ProvisioningFailed", `storageclass.storage.k8s.io ${JSON.stringify(name)} not found`, "Warning");
  if (found.provisioner === NO_PROVISIONER) return tell("FailedBinding", "no persistent volumes available for this claim and the storage class provisions none");
  tx.update(persistentVolumeClaim, claim.metadata.namespace, claim.metadata.name!, (draft) => {
    draft.metadata.annotations = { ...draft.metadata.annotations, [BETA_PROVISIONER]: found.provisioner, [PROVISIONER]: found.provisioner };
  });
  tell("ExternalProvisioning", `Waiting for a volume to be created either by the external provisioner '${found.provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`);
}
