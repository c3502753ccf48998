import { duplicate, type FieldError, tooMany } from "../../lib/field-error.ts";

type Rule<T> = (item: T, path: string) => FieldError[];

/** Of a list that is too long nothing else is looked at. */
export function validateSlice<T>(items: readonly T[] | undefined, max: number, path: string, rule: Rule<T>): FieldError[] {
  const all = items ?? [];
  return all.length > max ? [tooMany(path, all.length, max)] : all.flatMap((item, i) => rule(item, `${path}[${i}]`));
}

/** The same, and no two items are the same by their key. */
export function validateSet<T>(items: readonly T[] | undefined, max: number, path: string, rule: Rule<T>, keyOf: (item: T) => string): FieldError[] {
  const errors = validateSlice(items, max, path, rule);
  const all = items ?? [];
  if (all.length > max) return errors;
  const seen = new Set<string>();
  all.forEach((item, i) => {
    const key = keyOf(item);
    if (seen.has(key)) errors.push(duplicate(`${path}[${i}]`, key));
    seen.add(key);
  });
  return errors;
}

/** Errors of a key stand at the map itself, as upstream has it. */
export function validateMap<T>(map: Readonly<Record<string, T>> | undefined, max: number, path: string, rules: { key: (key: string, path: string) => FieldError[]; value?: Rule<T> }): FieldError[] {
  const entries = Object.entries(map ?? {});
  if (entries.length > max) return [tooMany(path, entries.length, max)];
  return entries.flatMap(([key, value]) => [...rules.key(key, path), ...(rules.value?.(value, `${path}[${shortened(key)}]`) ?? [])]);
}

const SHOWN_MAX = 96;

function shortened(key: string): string {
  if (key.length <= SHOWN_MAX) return key;
  const left = SHOWN_MAX - 3;
  return `${key.slice(0, Math.ceil(left / 2))}...${key.slice(key.length - Math.floor(left / 2))}`;
}
