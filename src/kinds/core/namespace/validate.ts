import { type FieldError, invalidValue } from "../../../lib/field-error.ts";
import type { Namespace } from "../../types/core-v1.generated.ts";
import { isQualifiedName } from "../../values/names.ts";

const STANDARD_FINALIZERS = new Set(["kubernetes", "foregroundDeletion", "orphan"]);

export function validateNamespace(obj: Namespace): FieldError[] {
  return (obj.spec?.finalizers ?? []).flatMap((name) => validateFinalizer(name, "spec.finalizers"));
}

function validateFinalizer(name: string, path: string): FieldError[] {
  const errors = isQualifiedName(name).map((text) => invalidValue(path, name, text));
  if (errors.length === 0 && !name.includes("/") && !STANDARD_FINALIZERS.has(name)) {
    errors.push(invalidValue(path, name, "name is neither a standard finalizer name nor is it fully qualified"));
  }
  return errors;
}

export function validateStatusUpdate(obj: Namespace): FieldError[] {
  const phase = obj.status?.phase ?? "";
  if (!obj.metadata.deletionTimestamp) {
    return phase === "Active" ? [] : [invalidValue("status.Phase", phase, "may only be 'Active' if `deletionTimestamp` is empty")];
  }
  return phase === "Terminating" ? [] : [invalidValue("status.Phase", phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")];
}

export function validateFinalizeUpdate(obj: Namespace): FieldError[] {
  return (obj.spec?.finalizers ?? []).flatMap((name, i) => validateFinalizer(name, `spec.finalizers[${i}]`));
}
