import { forbiddenField, invalidValue, notSupported, required, type FieldError } from "../../../lib/field-error.ts";
import { check, immutable, sameValue } from "../../field-checks.ts";
import { compareText, isNegative, isWhole } from "../../pod-spec/quantity-checks.ts";
import { isNative } from "../../pod-spec/resource-names.ts";
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from "../../types/core-v1.generated.ts";
import { isQualifiedName } from "../../values/names.ts";
import { validateClaimSpec } from "./spec.ts";

const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

export const validateClaim = ({ spec }: PersistentVolumeClaim): FieldError[] => validateClaimSpec(spec ?? {}, "spec");

export function validateClaimUpdate(obj: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const errors: FieldError[] = [];
  if (!hasMovedAnnotation(obj, old) && obj.metadata.annotations?.[CLASS_ANNOTATION] !== old.metadata.annotations?.[CLASS_ANNOTATION]) {
    errors.push(invalidValue("metadata.annotations[volume.beta.kubernetes.io/storage-class]", obj.metadata.annotations?.[CLASS_ANNOTATION] ?? "", "field is immutable"));
  }
  if (!sameValue(fixedPart(obj, old), old.spec)) {
    errors.push(forbiddenField("spec", "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"));
  }
  errors.push(...validateSize(obj, old), ...immutable("volumeMode", obj.spec?.volumeMode, old.spec?.volumeMode));
  return errors.concat(validateAttributesClass(obj, old));
}

/** The new specification with everything that may change made as it was. */
function fixedPart(obj: PersistentVolumeClaim, old: PersistentVolumeClaim): PersistentVolumeClaimSpec {
  const spec = { ...obj.spec };
  const was = old.spec ?? {};
  const keep = (field: "volumeName" | "storageClassName" | "volumeAttributesClassName") => {
    if (was[field] === undefined) delete spec[field];
    else spec[field] = was[field];
  };
  if (!was.volumeName) keep("volumeName");
  if (hasMovedAnnotation(obj, old) || hasGainedClass(obj, old)) keep("storageClassName");
  if (obj.status?.phase === "Bound") {
    keep("volumeAttributesClassName");
    if (spec.resources?.requests) spec.resources = { ...spec.resources, requests: { ...spec.resources.requests, storage: was.resources?.requests?.storage ?? "" } };
  }
  return spec;
}

/** The class moves from the old annotation to its field. */
function hasMovedAnnotation(obj: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  const was = old.metadata.annotations?.[CLASS_ANNOTATION];
  const now = obj.metadata.annotations?.[CLASS_ANNOTATION];
  return was !== undefined && old.spec?.storageClassName === undefined && obj.spec?.storageClassName === was && (now === undefined || now === was);
}

/** A claim without a class may get one (the default class, later). */
function hasGainedClass(obj: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  const annotated = old.metadata.annotations?.[CLASS_ANNOTATION];
  return obj.spec?.storageClassName !== undefined && old.spec?.storageClassName === undefined && (annotated === undefined || annotated === obj.spec.storageClassName);
}

/** It may shrink again after a growth that failed, but not below what there is. */
function validateSize(obj: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const [size, was] = [obj.spec?.resources?.requests?.storage ?? "0", old.spec?.resources?.requests?.storage ?? "0"];
  if (compareText(size, was) >= 0 || compareText(size, old.status?.capacity?.storage ?? "0") > 0) return [];
  return [forbiddenField("spec.resources.requests.storage", "field can not be less than status.capacity")];
}

function validateAttributesClass(obj: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const name = obj.spec?.volumeAttributesClassName;
  if (name === old.spec?.volumeAttributesClassName || name || old.status?.currentVolumeAttributesClassName === undefined) return [];
  const to = name === undefined ? "nil" : "empty string";
  return [forbiddenField("spec.volumeAttributesClassName", `update to ${to} is forbidden when status.currentVolumeAttributesClassName is not nil`)];
}

const RESIZE_STATUSES = ["ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizePending", "NodeResizeInProgress", "NodeResizeInfeasible"];

export function validateClaimStatus({ spec, status }: PersistentVolumeClaim): FieldError[] {
  const errors: FieldError[] = spec?.accessModes?.length ? [] : [required("Spec.accessModes")];
  for (const [name, amount] of Object.entries(status?.capacity ?? {})) if (isNegative(amount)) errors.push(invalidValue(`status.capacity[${name}]`, amount, "must be a valid resource quantity"));
  for (const [name, state] of Object.entries(status?.allocatedResourceStatuses ?? {})) {
    errors.push(...validateResourceKey(name, "status.allocatedResourceStatuses"));
    if (!RESIZE_STATUSES.includes(state)) errors.push(notSupported("status.allocatedResourceStatuses", name, RESIZE_STATUSES));
  }
  for (const [name, amount] of Object.entries(status?.allocatedResources ?? {})) {
    const wrongName = validateResourceKey(name, "status.allocatedResources");
    if (wrongName.length > 0) errors.push(...wrongName);
    else if (isNegative(amount)) errors.push(invalidValue(`status.allocatedResources[${name}]`, amount, "must be greater than or equal to 0"));
    else if (!isWhole(amount)) errors.push(invalidValue(`status.allocatedResources[${name}]`, amount, "must be an integer"));
  }
  return errors;
}

function validateResourceKey(name: string, path: string): FieldError[] {
  const errors = check(path, name, isQualifiedName);
  return errors.length === 0 && isNative(name) && name !== "storage" ? [notSupported(path, name, ["storage"])] : errors;
}
