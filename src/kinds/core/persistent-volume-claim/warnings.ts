import { isWhole } from "../../pod-spec/quantity-checks.ts";
import type { PersistentVolumeClaim } from "../../types/core-v1.generated.ts";

const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

export function claimWarnings({ metadata, spec }: PersistentVolumeClaim): string[] {
  const warnings: string[] = [];
  if (metadata.annotations?.[CLASS_ANNOTATION] !== undefined) {
    warnings.push(`metadata.annotations[${CLASS_ANNOTATION}]: deprecated since v1.8; use "storageClassName" attribute instead`);
  }
  for (const part of ["requests", "limits"] as const) {
    const storage = spec?.resources?.[part]?.storage;
    if (storage !== undefined && !isWhole(storage)) warnings.push(`spec.resources.${part}[storage]: fractional byte value ${JSON.stringify(storage)} is invalid, must be an integer`);
  }
  return warnings;
}
