/**
 * A set of field paths in the very form in which metadata.managedFields stores it (FieldsV1): `f:name` for a field,
 * `k:{"name":"x"}` for an entry of a keyed list, `v:"x"` for one of a set. A node without children is a member; one
 * with children is a member if it has ".". The root itself is no member. Sets are never changed: operations share nodes.
 */
export interface FieldSet { readonly [element: string]: FieldSet }

export const leaf: FieldSet = Object.freeze({});
export const emptySet: FieldSet = Object.freeze({});

export function isEmpty(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

export const isMember = (node: FieldSet): boolean => "." in node || isEmpty(node);

/** Undefined when nothing is left of it. */
export function node(member: boolean, children: FieldSet | undefined): FieldSet | undefined {
  if (children === undefined || isEmpty(children)) return member ? leaf : undefined;
  return member ? { ".": leaf, ...children } : children;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmpty(b)) return a;
  if (isEmpty(a)) return b;
  const result: Record<string, FieldSet> = {};
  for (const key in a) if (key !== ".") result[key] = key in b ? unionNode(a[key]!, b[key]!) : a[key]!;
  for (const key in b) if (key !== "." && !(key in a)) result[key] = b[key]!;
  return result;
}

const unionNode = (a: FieldSet, b: FieldSet): FieldSet =>
  a === b ? a : (node(isMember(a) || isMember(b), union(children(a), children(b))) ?? leaf);

/** The members of `a` that are not members of `b`; what lies below a member of `b` stays. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a) || isEmpty(b)) return a;
  const result: Record<string, FieldSet> = {};
  for (const key in a) {
    if (key === ".") continue;
    const kept = key in b ? node(isMember(a[key]!) && !isMember(b[key]!), difference(children(a[key]!), children(b[key]!))) : a[key];
    if (kept) result[key] = kept;
  }
  return result;
}

/** The same, but a member of `b` takes all below it with it. */
export function differenceBelow(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a) || isEmpty(b)) return a;
  const result: Record<string, FieldSet> = {};
  for (const key in a) {
    if (key === "." || (key in b && isMember(b[key]!))) continue;
    const kept = key in b ? node(isMember(a[key]!), differenceBelow(children(a[key]!), children(b[key]!))) : a[key];
    if (kept) result[key] = kept;
  }
  return result;
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const key in a) {
    if (key === "." || !(key in b)) continue;
    const kept = node(isMember(a[key]!) && isMember(b[key]!), intersection(children(a[key]!), children(b[key]!)));
    if (kept) result[key] = kept;
  }
  return result;
}

/** What the set says below an element: a root of its own. */
export function children(of: FieldSet | undefined): FieldSet {
  if (of === undefined) return emptySet;
  if (!("." in of)) return of;
  const { ".": _, ...rest } = of;
  return rest;
}

export const has = (set: FieldSet, element: string): boolean => element in set && isMember(set[element]!);

export function equalSets(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => key in b && equalSets(a[key]!, b[key]!));
}

/** Elements in the order in which upstream writes them. */
export function sorted(set: FieldSet): FieldSet {
  const keys = Object.keys(set);
  if (keys.length === 0) return set;
  if (keys.length > 1) keys.sort();
  const result: Record<string, FieldSet> = {};
  for (const key of keys) result[key] = sorted(set[key]!);
  return result;
}

/** `[["f:status"], ["f:metadata", "f:labels"]]` as a set. */
export function setOfPaths(paths: readonly (readonly string[])[]): FieldSet {
  return paths.map((path) => path.reduceRight<FieldSet>((below, element) => ({ [element]: below }), leaf)).reduce(union, emptySet);
}

/** All members, as upstream prints them: `.spec.containers[name="a"].image`. */
export function* memberPaths(set: FieldSet, prefix = ""): Generator<string> {
  for (const key in set) {
    if (key === ".") continue;
    const path = prefix + elementText(key);
    if (isMember(set[key]!)) yield path;
    yield* memberPaths(children(set[key]), path);
  }
}

export function elementText(element: string): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case "f": return `.${rest}`;
    case "v": return `[=${rest}]`;
    case "k": return `[${Object.entries(JSON.parse(rest) as Record<string, unknown>).map(([k, v]) => `${k}=${JSON.stringify(v)}`).join(",")}]`;
    default: return `[${rest}]`;
  }
}
