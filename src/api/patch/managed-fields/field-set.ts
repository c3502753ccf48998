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

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmpty(b)) return a;
  return isEmpty(a) ? b : unionNode(a, b, false);
}

function unionNode(a: FieldSet, b: FieldSet, member: boolean): FieldSet {
  const result = started(member);
  for (const key in a) if (key !== ".") result[key] = key in b ? unionOf(a[key]!, b[key]!) : a[key]!;
  for (const key in b) if (key !== "." && !(key in a)) result[key] = b[key]!;
  return result;
}

function unionOf(a: FieldSet, b: FieldSet): FieldSet {
  const [nothingInA, nothingInB] = [isEmpty(a), isEmpty(b)];
  if (a === b || (nothingInA && nothingInB)) return a;
  return unionNode(a, b, nothingInA || nothingInB || "." in a || "." in b);
}

/** The members of `a` that are not members of `b`; what lies below a member of `b` stays. */
export const difference = (a: FieldSet, b: FieldSet): FieldSet =>
  isEmpty(a) || isEmpty(b) ? a : (kept(a, false, (key, child) => (key in b ? differenceOf(child, b[key]!) : child)) ?? emptySet);

const differenceOf = (a: FieldSet, b: FieldSet): FieldSet | undefined =>
  kept(a, isMember(a) && !isMember(b), (key, child) => (key in b ? differenceOf(child, b[key]!) : child));

/** The same, but a member of `b` takes all below it with it. */
export const differenceBelow = (a: FieldSet, b: FieldSet): FieldSet =>
  isEmpty(a) || isEmpty(b) ? a : (keptBelow(a, b, false) ?? emptySet);

const keptBelow = (a: FieldSet, b: FieldSet, member: boolean): FieldSet | undefined =>
  kept(a, member, (key, child) => (!(key in b) ? child : isMember(b[key]!) ? undefined : keptBelow(child, b[key]!, isMember(child))));

export const intersection = (a: FieldSet, b: FieldSet): FieldSet => intersectionOf(a, b, false) ?? emptySet;

const intersectionOf = (a: FieldSet, b: FieldSet, member: boolean): FieldSet | undefined =>
  kept(a, member, (key, child) => (key in b ? intersectionOf(child, b[key]!, isMember(child) && isMember(b[key]!)) : undefined));

/**
 * A node of what `keep` makes of the children. Sets may have many thousands of them: each is looked at once, and neither
 * copied on the way nor counted.
 */
export function kept(set: FieldSet, member: boolean, keep: (key: string, child: FieldSet) => FieldSet | undefined): FieldSet | undefined {
  const result = started(member);
  let any = false;
  for (const key in set) {
    if (key === ".") continue;
    const child = keep(key, set[key]!);
    if (child === undefined) continue;
    result[key] = child;
    any = true;
  }
  return any ? result : member ? leaf : undefined;
}

const started = (member: boolean): Record<string, FieldSet> => (member ? { ".": leaf } : {});

/** A set as it is stored may say that it is a member itself, which a root is not. */
export function asRoot(set: FieldSet): FieldSet {
  if (!("." in set)) return set;
  const { ".": _, ...rest } = set;
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
    yield* memberPaths(set[key]!, path);
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
