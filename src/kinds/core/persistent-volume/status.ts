import { termWarnings } from "../../pod-spec/placement-warnings.ts";
import { OLD_VOLUMES, volumeField } from "../../pod-spec/warnings.ts";
import type { PersistentVolume } from "../../types/core-v1.generated.ts";
import { formatTime } from "../../values/time.ts";

/** lastPhaseTransitionTime follows the phase unless the writer sets it. */
export function keepTransitionTime(obj: PersistentVolume, old: PersistentVolume, nowMs: number): void {
  const status = (obj.status ??= {});
  const before = old.status?.lastPhaseTransitionTime;
  if (status.phase === old.status?.phase) {
    if (status.lastPhaseTransitionTime === undefined && before !== undefined) status.lastPhaseTransitionTime = before;
  } else if (status.lastPhaseTransitionTime === undefined || status.lastPhaseTransitionTime === before) {
    status.lastPhaseTransitionTime = formatTime(nowMs);
  }
}

const ANNOTATIONS = ["volume.beta.kubernetes.io/storage-class", "volume.beta.kubernetes.io/mount-options"] as const;

export function volumeWarnings({ metadata, spec }: PersistentVolume): string[] {
  const warnings = (spec?.nodeAffinity?.required?.nodeSelectorTerms ?? []).flatMap((term, i) => termWarnings(term, `spec.nodeAffinity.required.nodeSelectorTerms[${i}]`, false));
  const [className, mountOptions] = ANNOTATIONS;
  if (metadata.annotations?.[className] !== undefined) warnings.push(`metadata.annotations[${className}]: deprecated since v1.8; use "storageClassName" attribute instead`);
  if (metadata.annotations?.[mountOptions] !== undefined) warnings.push(`metadata.annotations[${mountOptions}]: deprecated since v1.31; use "mountOptions" attribute instead`);
  if (spec?.persistentVolumeReclaimPolicy === "Recycle") {
    warnings.push("spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.");
  }
  for (const key of Object.keys(spec ?? {})) {
    const text = OLD_VOLUMES[key as keyof typeof OLD_VOLUMES];
    if (text) warnings.push(`spec.${volumeField(key)}: ${text}`);
  }
  return warnings;
}
