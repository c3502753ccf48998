import { forbiddenField, type FieldError } from "../../../lib/field-error.ts";
import { immutable, sameValue } from "../../field-checks.ts";
import type { PersistentVolume, PersistentVolumeSpec } from "../../types/core-v1.generated.ts";
import { SOURCES, validateVolumeSpec } from "./validate-spec.ts";

export const validateVolume = ({ metadata, spec }: PersistentVolume): FieldError[] => validateVolumeSpec(spec ?? {}, "spec", { name: metadata.name });

/** The paths without `spec` are upstream's. */
export function validateVolumeUpdate(obj: PersistentVolume, old: PersistentVolume): FieldError[] {
  const errors: FieldError[] = [];
  if (!sameValue(sourceOf(withoutNewSecret(obj.spec, old.spec)), sourceOf(old.spec))) {
    errors.push(forbiddenField("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation"));
  }
  errors.push(...immutable("volumeMode", obj.spec?.volumeMode, old.spec?.volumeMode));
  if (old.spec?.nodeAffinity) errors.push(...immutable("nodeAffinity", obj.spec?.nodeAffinity, old.spec.nodeAffinity));
  if (old.spec?.volumeAttributesClassName !== undefined && obj.spec?.volumeAttributesClassName === undefined) {
    errors.push(forbiddenField("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden"));
  }
  return errors;
}

const sourceOf = (spec: PersistentVolumeSpec | undefined) => Object.fromEntries(Object.entries(spec ?? {}).filter(([name]) => SOURCES.has(name)));

/** The secret for expansion may be added once. */
function withoutNewSecret(spec: PersistentVolumeSpec | undefined, old: PersistentVolumeSpec | undefined): PersistentVolumeSpec | undefined {
  if (!spec?.csi?.controllerExpandSecretRef || !old?.csi || old.csi.controllerExpandSecretRef) return spec;
  const { controllerExpandSecretRef: _added, ...csi } = spec.csi;
  return { ...spec, csi };
}
