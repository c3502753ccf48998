import { type FieldError, forbiddenField, invalidValue, notSupported, Path, required } from "../../../lib/field-error.ts";
import { check } from "../../field-checks.ts";
import { quantityOf, roundUpToMilli } from "../../pod-spec/quantity-checks.ts";
import type { PersistentVolumeClaimSpec, TypedLocalObjectReference, TypedObjectReference } from "../../types/core-v1.generated.ts";
import { validateLabelSelector } from "../../values/label-selector.ts";
import { isDns1123Label, isDns1123Subdomain } from "../../values/names.ts";

/** The specification of a claim: of the kind itself, of ephemeral volumes, and of the templates of StatefulSets. */
const ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
export const VOLUME_MODES = ["Block", "Filesystem"];

export function defaultClaimSpec(spec: PersistentVolumeClaimSpec): void {
  spec.volumeMode ??= "Filesystem";
  for (const list of [spec.resources?.limits, spec.resources?.requests]) {
    for (const name in list) list[name] = roundUpToMilli(list[name]!);
  }
}

export function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: string): FieldError[] {
  const { accessModes = [], storageClassName, volumeMode, volumeAttributesClassName } = spec;
  const errors = accessModes.length === 0 ? [required(`${path}.accessModes`, "at least 1 access mode is required")] : [];
  errors.push(...validateLabelSelector(spec.selector, Path.of(`${path}.selector`)), ...validateAccessModes(accessModes, `${path}.accessModes`));
  errors.push(...validateStorage(spec.resources?.requests?.storage, `${path}.resources[storage]`));
  if (storageClassName) errors.push(...check(`${path}.storageClassName`, storageClassName, isDns1123Subdomain));
  if (volumeMode != null && !VOLUME_MODES.includes(volumeMode)) errors.push(notSupported(`${path}.volumeMode`, volumeMode, VOLUME_MODES));
  errors.push(...validateDataSources(spec, path));
  if (volumeAttributesClassName) errors.push(...check(`${path}.volumeAttributesClassName`, volumeAttributesClassName, isDns1123Subdomain));
  return errors;
}

export function validateAccessModes(modes: readonly string[], path: string): FieldError[] {
  const errors = modes.filter((mode) => !ACCESS_MODES.includes(mode)).map((mode) => notSupported(path, mode, ACCESS_MODES));
  const shared = modes.some((mode) => mode !== "ReadWriteOncePod" && ACCESS_MODES.includes(mode));
  if (shared && modes.includes("ReadWriteOncePod")) errors.push(forbiddenField(path, "may not use ReadWriteOncePod with other access modes"));
  return errors;
}

function validateStorage(storage: string | undefined, path: string): FieldError[] {
  if (storage === undefined) return [required(path)];
  return quantityOf(storage).nano > 0n ? [] : [invalidValue(path, storage, "must be greater than zero")];
}

function validateDataSources({ dataSource, dataSourceRef }: PersistentVolumeClaimSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (dataSource) errors.push(...validateSource(dataSource, `${path}.dataSource`));
  if (dataSourceRef) errors.push(...validateSource(dataSourceRef, `${path}.dataSourceRef`));
  if (dataSourceRef?.namespace) {
    errors.push(...check(`${path}.dataSourceRef.namespace`, dataSourceRef.namespace, isDns1123Label));
    if (dataSource) errors.push(invalidValue(path, `${path}.dataSource`, "may not be specified when dataSourceRef.namespace is specified"));
  } else if (dataSource && dataSourceRef && !isSameSource(dataSource, dataSourceRef)) {
    errors.push(invalidValue(path, `${path}.dataSource`, "must match dataSourceRef"));
  }
  return errors;
}

const isSameSource = (a: TypedLocalObjectReference, b: TypedObjectReference): boolean => a.apiGroup === b.apiGroup && a.kind === b.kind && a.name === b.name;

function validateSource({ name, kind, apiGroup }: TypedLocalObjectReference, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!name) errors.push(required(`${path}.name`));
  if (!kind) errors.push(required(`${path}.kind`));
  if (!apiGroup && kind !== "PersistentVolumeClaim") errors.push(invalidValue(path, kind ?? "", "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
  return apiGroup ? errors.concat(check(`${path}.apiGroup`, apiGroup, isDns1123Subdomain)) : errors;
}
