import { type FieldError, invalidValue } from "../../lib/field-error.ts";
import { type IntOrString, intValue, percentOf } from "../values/int-or-string.ts";
import { isPercent } from "../values/names.ts";

/** A count of pods or a part of them, not negative. */
export function validateCountOrPercent(value: IntOrString, path: string): FieldError[] {
  if (typeof value === "string") return isPercent(value).map((text) => invalidValue(path, value, text));
  return value >= 0 ? [] : [invalidValue(path, value, "must be greater than or equal to 0")];
}

export const validateAtMostAll = (value: IntOrString, path: string): FieldError[] =>
  ((percentOf(value) ?? 0) > 100 ? [invalidValue(path, value, "must not be greater than 100%")] : []);

/** Whatever the unit: to tell nothing from something. */
export const amountOf = (value: IntOrString): number => percentOf(value) ?? intValue(value);
