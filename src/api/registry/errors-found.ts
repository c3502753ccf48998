import type { FieldError } from "../../lib/field-error.ts";

/**
 * What a kind's rules find wrong. A body of megabytes can be nested more deeply, or be wrong in more places, than the
 * engine's stack has room for: then that is what is wrong with it.
 */
export function errorsFound(...rules: readonly (() => readonly FieldError[] | undefined)[]): FieldError[] {
  try {
    return rules.map((rule) => rule() ?? []).flat();
  } catch (error) {
    if (error instanceof RangeError) return [TOO_MUCH];
    throw error;
  }
}

const TOO_MUCH: FieldError = { reason: "FieldValueTooMany", field: "<object>", message: "is nested too deeply, or wrong in too many places, to be told where" };
