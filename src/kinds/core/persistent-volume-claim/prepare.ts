import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from "../../types/core-v1.generated.ts";

export function prepareClaimForCreate(obj: PersistentVolumeClaim): void {
  obj.status = { phase: "Pending" };
  dropUnknownSource(obj.spec!);
  alignSources(obj.spec!);
}

export const prepareClaimForUpdate = (obj: PersistentVolumeClaim): void => alignSources(obj.spec ?? {});

/** The older field takes claims and snapshots; anything else in it is dropped without a word, as ever. */
function dropUnknownSource(spec: PersistentVolumeClaimSpec): void {
  const source = spec.dataSource;
  if (!source || spec.dataSourceRef) return;
  const isClaim = source.kind === "PersistentVolumeClaim" && !source.apiGroup;
  const isSnapshot = source.kind === "VolumeSnapshot" && source.apiGroup === "snapshot.storage.k8s.io";
  if (!isClaim && !isSnapshot) delete spec.dataSource;
}

/** Either field fills in the other, unless the source is in another namespace. */
function alignSources(spec: PersistentVolumeClaimSpec): void {
  const { dataSource, dataSourceRef } = spec;
  if (dataSourceRef?.namespace) return;
  if (dataSource && !dataSourceRef) spec.dataSourceRef = { ...dataSource };
  else if (dataSourceRef && !dataSource) {
    const { namespace: _namespace, ...rest } = dataSourceRef;
    spec.dataSource = rest;
  }
}
