import { roundUpToMilli } from "../../pod-spec/quantity-checks.ts";
import { volumeTypesByName } from "../../pod-spec/volumes/index.ts";
import type { PersistentVolume, PersistentVolumeSpec } from "../../types/core-v1.generated.ts";

export function defaultVolume(obj: PersistentVolume): void {
  const spec = (obj.spec ??= {});
  obj.status ??= {};
  obj.status.phase ||= "Pending";
  spec.persistentVolumeReclaimPolicy ||= "Retain";
  spec.volumeMode ??= "Filesystem";
  defaultVolumeSource(spec);
  for (const name in spec.capacity) spec.capacity[name] = roundUpToMilli(spec.capacity[name]!);
}

/** As the same sources in pods. */
function defaultVolumeSource(spec: PersistentVolumeSpec): void {
  for (const [name, source] of Object.entries(spec)) {
    if (name !== "csi" && source !== null && typeof source === "object") volumeTypesByName.get(name)?.defaults?.(source);
  }
}
