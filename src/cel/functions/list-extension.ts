import { celEqual, CelMap, fail, type Value } from "../values.ts";
import { compare } from "./operators.ts";
import { define, type Definition, type Library } from "./table.ts";

type List = readonly Value[];
const each = (list: List): number => list.length;
const comparable = ["int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes"];

const isSimple = (value: Value): boolean => typeof value === "string" || typeof value === "bigint" || typeof value === "boolean";
/** Simple values are told apart at once, all others by comparing each with each. */
const distinctCost = (list: List): number => (list.every(isSimple) ? list.length : list.length * list.length);

const sortCost = (list: List): number => list.length * Math.max(1, Math.ceil(Math.log2(list.length + 1)));

/** cel-go's extension of lists. `sortBy` is a macro, which comes here with the keys that it made. */
export const listExtension: Library = {
  slice: [define("list<A>.(int, int): list<A>", slice, (_list: List, from: bigint, to: bigint) => Number(to > from ? to - from : 0n))],
  flatten: [
    define("list<list<A>>.(): list<A>", (list: List) => flatten(list, 1n), leaves),
    define("list<A>.(int): list<dyn>", (list: List, depth: bigint) => flatten(list, depth), leaves),
  ],
  "lists.range": [define("(int): list<int>", (n: bigint) => Array.from({ length: Number(n) }, (_, i) => BigInt(i)), (n: bigint) => Number(n > 0n ? n : 0n))],
  distinct: [define("list<A>.(): list<A>", distinct, distinctCost)],
  reverse: [define("list<A>.(): list<A>", (list: List) => list.toReversed(), each)],
  sort: comparable.map((t) => define(`list<${t}>.(): list<${t}>`, (list: List) => sorted(list, list), sortCost)),
  "@sortByAssociatedKeys": comparable.map((t): Definition => define(`list<A>.(list<${t}>): list<A>`, (list: List, keys: List) => sorted(list, keys), sortCost)),
};

function slice(list: List, from: bigint, to: bigint): Value {
  if (from < 0n || to < 0n) return fail(`cannot slice(${from}, ${to}), negative indexes not supported`);
  if (from > to) return fail(`cannot slice(${from}, ${to}), start index must be less than or equal to end index`);
  if (to > BigInt(list.length)) return fail(`cannot slice(${from}, ${to}), list is length ${list.length}`);
  return list.slice(Number(from), Number(to));
}

function flatten(list: List, depth: bigint): Value {
  if (depth < 0n) return fail("level must be non-negative");
  return flat(list, Number(depth > 1000n ? 1000n : depth));
}

const flat = (list: List, depth: number): Value[] =>
  list.flatMap((item) => (Array.isArray(item) && depth > 0 ? flat(item, depth - 1) : [item]));

function leaves(list: List): number {
  return list.reduce<number>((sum, item) => sum + 1 + (Array.isArray(item) ? leaves(item) : 0), 0);
}

function distinct(list: List): Value {
  if (list.every(isSimple)) return [...new Set(list)];
  const found: Value[] = [];
  for (const item of list) if (!found.some((known) => celEqual(known, item))) found.push(item);
  return found;
}

function sorted(list: List, keys: List): Value {
  if (list.length !== keys.length) return fail(`@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got ${list.length} and ${keys.length} elements respectively`);
  const kind = kindOf(keys[0]);
  if (keys.some((key) => kindOf(key) !== kind)) return fail("list elements must have the same type");
  if (kind === "other") return fail("list elements must be comparable");
  return keys.map((_, i) => i).sort((a, b) => compare(keys[a]!, keys[b]!) || a - b).map((i) => list[i]!);
}

/** The same for values that can be compared with each other. */
function kindOf(value: Value | undefined): unknown {
  if (value === undefined) return "none";
  if (value === null || Array.isArray(value) || value instanceof CelMap) return "other";
  return typeof value === "object" ? value.constructor : typeof value;
}
