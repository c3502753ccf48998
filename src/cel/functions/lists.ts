import { find, regex, stepsMax } from "../regex.ts";
import { celEqual, Duration, fail, int, none, Optional, Uint, uint, type Value } from "../values.ts";
import { compare, duration } from "./operators.ts";
import { define, regexCost, type Definition, type Library } from "./table.ts";

type List = readonly Value[];
const each = (list: List): number => list.length;
const pairs = (a: List, b: List): number => a.length * Math.max(1, b.length);
const comparable = ["int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes"];
const isSorted = (list: List): boolean => list.every((item, i) => i === 0 || compare(list[i - 1]!, item) <= 0);
const extreme = (name: string, wins: (order: number) => boolean) => (list: List): Value =>
  list.length === 0 ? fail(`${name} called on empty list`) : list.reduce((best, item) => (wins(compare(item, best)) ? item : best));
const overAll = (result: (type: string) => string, run: (list: List) => Value): Definition[] => comparable.map((t) => define(`list<${t}>.(): ${result(t)}`, run, each));

/** Kubernetes' functions on lists and of regular expressions, cel-go's sets, and optional entries of lists. */
export const lists: Library = {
  isSorted: overAll(() => "bool", isSorted),
  min: overAll((t) => t, extreme("min", (o) => o < 0)),
  max: overAll((t) => t, extreme("max", (o) => o > 0)),
  sum: [
    define("list<int>.(): int", sum, each), define("list<uint>.(): uint", sum, each), define("list<double>.(): double", sum, each), define("list<duration>.(): duration", sum, each),
  ],
  find: [define("string.(string): string", (text: string, pattern: string) => {
    const hit = find(regex(pattern), text, 0);
    return hit ? text.slice(hit.start, hit.end) : "";
  }, regexCost)],
  findAll: [
    define("string.(string): list<string>", (text: string, pattern: string) => findAll(text, pattern, -1n), regexCost),
    define("string.(string, int): list<string>", findAll, regexCost),
  ],
  "sets.contains": [define("(list<A>, list<A>): bool", (a: List, b: List) => b.every((item) => has(a, item)), pairs)],
  "sets.equivalent": [define("(list<A>, list<A>): bool", (a: List, b: List) => b.every((item) => has(a, item)) && a.every((item) => has(b, item)), pairs)],
  "sets.intersects": [define("(list<A>, list<A>): bool", (a: List, b: List) => a.some((item) => has(b, item)), pairs)],
  first: [define("list<A>.(): optional<A>", (list: List) => (list.length ? new Optional(list[0]) : none))],
  last: [define("list<A>.(): optional<A>", (list: List) => (list.length ? new Optional(list.at(-1)) : none))],
  includes: [define("list<A>.(A): bool", (list: List, item: Value) => has(list, item), each)],
  "optional.unwrap": [define("(list<optional<A>>): list<A>", unwrap, each)],
  unwrapOpt: [define("list<optional<A>>.(): list<A>", unwrap, each)],
};

const has = (list: List, wanted: Value): boolean => list.some((item) => celEqual(item, wanted));
function unwrap(list: List): Value { return list.flatMap((item) => (item instanceof Optional && item.value !== undefined ? [item.value] : [])); }

function sum(list: List): Value {
  const [first] = list;
  if (typeof first === "number") return list.reduce<number>((total, item) => total + (item as number), 0);
  if (first instanceof Uint) return uint(list.reduce<bigint>((total, item) => total + (item as Uint).value, 0n));
  if (first instanceof Duration) return duration(list.reduce<bigint>((total, item) => total + (item as Duration).nanos, 0n));
  return list.reduce<bigint>((total, item) => (typeof item === "bigint" ? int(total + item) : fail("no such overload")), 0n);
}

/** Each search starts where the last match ended; a match in a long text without more is found once. */
function findAll(text: string, pattern: string, limit: bigint): string[] {
  const compiled = regex(pattern);
  const all: string[] = [];
  const effort = { steps: stepsMax };
  for (let at = 0; at <= text.length && (limit < 0n || all.length < limit); ) {
    const hit = find(compiled, text, at, effort);
    if (!hit) break;
    all.push(text.slice(hit.start, hit.end));
    at = hit.end > hit.start ? hit.end : hit.end + 1;
  }
  return all;
}
