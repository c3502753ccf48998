import { invalid } from "../../../lib/errors.ts";
import { type FieldError, invalidValue } from "../../../lib/field-error.ts";

/** Allocation fails with the same Status as validation. */
export function refuseAll(name: string, errors: FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: "", resource: "services", kind: "Service", name }, errors);
}

export function refuse(name: string, field: string, value: unknown, why: string): never {
  refuseAll(name, [invalidValue(field, value, why)]);
  throw new Error("unreachable");
}
