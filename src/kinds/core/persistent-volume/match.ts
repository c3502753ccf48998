import { matchesNodeSelector } from "../../pod-spec/node-selector.ts";
import { compareText } from "../../pod-spec/quantity-checks.ts";
import type { Reader } from "../../transaction.ts";
import type { Node, PersistentVolume, PersistentVolumeClaim } from "../../types/core-v1.generated.ts";
import { labelSelectorOf, matchesLabels } from "../../values/label-selector.ts";
import { storageClassOf } from "../volume-terms.ts";
import { persistentVolume } from "./kind.ts";

/** Which volume a claim gets: pure matching, as upstream's volume index does it. */

export const claimKey = (claim: PersistentVolumeClaim): string => `${claim.metadata.namespace}/${claim.metadata.name}`;

/** Is this volume kept for the claim (or bound to it)? */
export function isReservedFor({ spec }: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const ref = spec?.claimRef;
  return ref !== undefined && ref.namespace === claim.metadata.namespace && ref.name === claim.metadata.name && (!ref.uid || ref.uid === claim.metadata.uid);
}

/** A volume that was kept for the claim comes first, then the smallest that is large enough. `node`: where it will be used. */
export function findVolume(reader: Reader, claim: PersistentVolumeClaim, node?: Node): PersistentVolume | undefined {
  const reserved = reader.list(persistentVolume, { field: { path: "claim", value: claimKey(claim) } }).find((volume) => isReservedFor(volume, claim) && suits(volume, claim, node));
  if (reserved) return reserved;
  const free = reader.list(persistentVolume, { field: { path: "available", value: `class:${storageClassOf(claim)}` } });
  const selector = labelSelectorOf(claim.spec?.selector ?? {});
  return free
    .filter((volume) => volume.status?.phase === "Available" && suits(volume, claim, node) && matchesLabels(selector, volume.metadata.labels))
    .sort((a, b) => compareText(sizeOf(a), sizeOf(b)) || (a.metadata.name! < b.metadata.name! ? -1 : 1))[0];
}

const sizeOf = (volume: PersistentVolume): string => volume.spec?.capacity?.storage ?? "0";

function suits(volume: PersistentVolume, claim: PersistentVolumeClaim, node: Node | undefined): boolean {
  if (volume.metadata.deletionTimestamp || misfit(volume, claim) !== undefined) return false;
  if ((volume.spec?.volumeAttributesClassName ?? "") !== (claim.spec?.volumeAttributesClassName ?? "")) return false;
  const required = volume.spec?.nodeAffinity?.required;
  return !node || !required || matchesNodeSelector(required, node);
}

/** Why a volume cannot serve a claim that names it; the texts are upstream's. */
export function misfit({ metadata, spec }: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  const wanted = claim.spec ?? {};
  if (compareText(spec?.capacity?.storage ?? "0", wanted.resources?.requests?.storage ?? "0") < 0) return "requested PV is too small";
  if (storageClassOf({ metadata, spec }) !== storageClassOf(claim)) return "storageClassName does not match";
  if ((spec?.volumeMode ?? "Filesystem") !== (wanted.volumeMode ?? "Filesystem")) return "incompatible volumeMode";
  const modes: readonly string[] = spec?.accessModes ?? [];
  return (wanted.accessModes ?? []).every((mode) => modes.includes(mode)) ? undefined : "incompatible accessMode";
}
