import { invalid } from "../../../lib/errors.ts";
import { invalidValue } from "../../../lib/field-error.ts";

/** Allocation fails with the same Status as validation. */
export function refuse(name: string, field: string, value: unknown, why: string): never {
  throw invalid({ group: "", resource: "services", kind: "Service", name }, [invalidValue(field, value, why)]);
}
