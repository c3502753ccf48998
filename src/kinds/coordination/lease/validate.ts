import { forbiddenField, invalidValue, Path, type FieldError } from "../../../lib/field-error.ts";
import type { Lease } from "../../types/coordination-v1.generated.ts";
import { isQualifiedName } from "../../values/names.ts";

export function validateLease({ spec = {} }: Lease): FieldError[] {
  const errors: FieldError[] = [];
  const path = Path.of("spec");
  const { leaseDurationSeconds, leaseTransitions, strategy, preferredHolder } = spec;
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
    errors.push(invalidValue(path.child("leaseDurationSeconds"), leaseDurationSeconds, "must be greater than 0"));
  }
  if (leaseTransitions !== undefined && leaseTransitions < 0) {
    errors.push(invalidValue(path.child("leaseTransitions"), leaseTransitions, "must be greater than or equal to 0"));
  }
  if (strategy !== undefined && strategy !== "OldestEmulationVersion") {
    for (const text of isQualifiedName(strategy)) errors.push(invalidValue(path.child("strategy"), strategy, text));
  }
  if (preferredHolder && !strategy) errors.push(forbiddenField(path.child("preferredHolder"), "may only be specified if `strategy` is defined"));
  return errors;
}
