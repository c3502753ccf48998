import { type FieldError, invalidValue } from "../lib/field-error.ts";

/** Errors of a value by a rule of `values/names.ts` or `values/ip.ts`, which gives texts. */
export function check(path: string, value: string, rule: (value: string) => string[]): FieldError[] {
  const texts = rule(value);
  return texts.length === 0 ? [] : texts.map((text) => invalidValue(path, value, text));
}

export function immutable(path: string, value: unknown, old: unknown): FieldError[] {
  return sameValue(value, old) ? [] : [invalidValue(path, value, "field is immutable")];
}

/** Equal as JSON, with empty lists and objects the same as absent (upstream's semantic equality). */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isBlank(a) || isBlank(b)) return isBlank(a) && isBlank(b);
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i]));
  if (typeof a !== "object" || typeof b !== "object" || Array.isArray(b)) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key in left) if (!sameValue(left[key], right[key])) return false;
  for (const key in right) if (!(key in left) && !isBlank(right[key])) return false;
  return true;
}

function isBlank(value: unknown): boolean {
  if (value == null) return true;
  if (typeof value !== "object") return false;
  for (const _ in value) return false;
  return true;
}
