import { celEqual, CelMap, Duration, fail, numeric, Timestamp, TypeValue, Uint, type Value } from "../values.ts";
import { formatDouble, formatSeconds, formatTimestamp } from "./standard.ts";
import { define, searchCost, traversal, type Library } from "./table.ts";

/** Characters of a text that has some beyond the basic plane are counted one by one. */
const isPlain = (text: string): boolean => !/[\ud800-\udfff]/.test(text);
/** Taking a text apart costs more than reading it. */
const readsFirst = (text: string): number => (isPlain(text) ? traversal(text.length) : text.length);
const at = (text: string): readonly string[] | string => (isPlain(text) ? text : [...text]);
const join = (part: readonly string[] | string): string => (typeof part === "string" ? part : part.join(""));
const outOfRange = (i: bigint): never => fail(`index out of range: ${i}`);
const ascii = (from: RegExp, change: (c: string) => string) => (s: string) => s.replace(from, change);
const index = (s: string, found: number): bigint => BigInt(found < 0 || isPlain(s) ? found : [...s.slice(0, found)].length);
const units = (s: string, i: bigint): number => (isPlain(s) ? Number(i) : [...s].slice(0, Number(i)).join("").length);
const length = (s: string): number => at(s).length;

/** cel-go's strings extension. */
export const strings: Library = {
  charAt: [define("string.(int): string", (s: string, i: bigint) => (i < 0n || i > length(s) ? outOfRange(i) : (at(s)[Number(i)] ?? "")), readsFirst)],
  indexOf: [
    define("string.(string): int", (s: string, t: string) => index(s, s.indexOf(t)), searchCost),
    define("string.(string, int): int", (s: string, t: string, i: bigint) => (i < 0n || i > length(s) ? outOfRange(i) : index(s, s.indexOf(t, units(s, i)))), searchCost),
    define("list<A>.(A): int", (list: Value[], v: Value) => BigInt(list.findIndex((item) => celEqual(item, v))), (list: Value[]) => list.length),
  ],
  lastIndexOf: [
    define("string.(string): int", (s: string, t: string) => index(s, s.lastIndexOf(t)), searchCost),
    define("string.(string, int): int", (s: string, t: string, i: bigint) => (i < 0n || i > length(s) ? outOfRange(i) : index(s, s.lastIndexOf(t, units(s, i)))), searchCost),
    define("list<A>.(A): int", (list: Value[], v: Value) => BigInt(list.findLastIndex((item) => celEqual(item, v))), (list: Value[]) => list.length),
  ],
  lowerAscii: [define("string.(): string", ascii(/[A-Z]+/g, (c) => c.toLowerCase()), readsFirst)],
  upperAscii: [define("string.(): string", ascii(/[a-z]+/g, (c) => c.toUpperCase()), readsFirst)],
  trim: [define("string.(): string", trim, readsFirst)],
  reverse: [define("string.(): string", (s: string) => [...s].toReversed().join(""), readsFirst)],
  replace: [
    define("string.(string, string): string", (s: string, from: string, to: string) => replace(s, { from, to, count: -1n }), replaceCost),
    define("string.(string, string, int): string", (s: string, from: string, to: string, count: bigint) => replace(s, { from, to, count }), replaceCost),
  ],
  split: [
    define("string.(string): list<string>", (s: string, by: string) => split(s, by, -1n), (s: string) => s.length),
    define("string.(string, int): list<string>", split, (s: string) => s.length),
  ],
  substring: [
    define("string.(int): string", (s: string, from: bigint) => (from < 0n || from > length(s) ? outOfRange(from) : join(at(s).slice(Number(from)))), readsFirst),
    define("string.(int, int): string", (s: string, from: bigint, to: bigint) => {
      if (from < 0n || from > length(s)) return outOfRange(from);
      if (to < 0n || to > length(s)) return outOfRange(to);
      return from > to ? fail(`invalid substring range. start: ${from}, end: ${to}`) : join(at(s).slice(Number(from), Number(to)));
    }, readsFirst),
  ],
  join: [
    define("list<string>.(): string", (list: string[]) => joinTexts(list, ""), joinCost),
    define("list<string>.(string): string", joinTexts, joinCost),
  ],
  format: [define("string.(list<dyn>): string", format, (s: string, args: Value[]) => traversal(s.length) + args.reduce<number>((sum, arg) => sum + costOfShowing(arg), 0) * Math.max(1, s.split("%").length - 1))],
  "strings.quote": [define("(string): string", quote, readsFirst)],
};

/** What Go takes for white space. A loop: a pattern that ends in $ would try every run of blanks from every start. */
const blanks = new Set("\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000");
function trim(s: string): string {
  let from = 0, to = s.length;
  while (from < to && blanks.has(s[from]!)) from++;
  while (to > from && blanks.has(s[to - 1]!)) to--;
  return s.slice(from, to);
}

const escapes: Record<string, string> = { "\x07": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\", '"': '\\"' };
function quote(s: string): string { return `"${s.replace(/[\x07\b\f\n\r\t\v\\"]/g, (c) => escapes[c]!)}"`; }

function replace(s: string, { from, to, count }: { from: string; to: string; count: bigint }): string {
  if (count === 0n) return s;
  if (count < 0n) return s.replaceAll(from, () => to);
  let left = Number(count);
  return s.replaceAll(from, (found) => (left-- > 0 ? to : found));
}

/** The worst that may come of it is paid before: the result may be much longer than both texts. */
function replaceCost(s: string, from: string, to: string): number {
  return traversal(s.length + Math.floor(s.length / Math.max(1, from.length) + 1) * to.length);
}

function split(s: string, by: string, count: bigint): string[] {
  if (count === 0n) return [];
  const parts = by === "" ? [...s] : s.split(by);
  if (count < 0n || parts.length <= count) return parts;
  return [...parts.slice(0, Number(count) - 1), parts.slice(Number(count) - 1).join(by)];
}

function joinTexts(list: Value[], by: string): string {
  return list.every((item) => typeof item === "string") ? list.join(by) : fail("no such overload");
}

function joinCost(list: Value[], by = ""): number {
  return traversal(list.reduce<number>((sum, item) => sum + (typeof item === "string" ? item.length : 0) + by.length, 0));
}

function costOfShowing(value: Value, depth = 0): number {
  if (typeof value === "string" || value instanceof Uint8Array) return 1 + traversal(value.length);
  if (Array.isArray(value)) return depth > 10 ? 1 : value.reduce<number>((sum, item) => sum + costOfShowing(item as Value, depth + 1), 1);
  return value instanceof CelMap ? 1 + value.size * 10 : 1;
}

function format(text: string, args: Value[]): string {
  let used = 0;
  const result = text.replace(/%(?:%|(?:\.(\d{1,3}))?([\s\S])|$)/g, (whole, precision: string | undefined, verb: string | undefined) => {
    if (whole === "%%") return "%";
    if (verb === undefined) return fail("unexpected end of format string");
    if (used >= args.length) return fail(`index ${used} out of range`);
    return formatOne(args[used++]!, verb, precision === undefined ? 6 : Math.min(100, Number(precision)));
  });
  return used < args.length ? fail("too many arguments supplied to string.format") : result;
}

function formatOne(value: Value, verb: string, precision: number): string {
  const n = numeric(value);
  switch (verb) {
    case "s": return show(value);
    case "d": return n === undefined ? fail("error during formatting: decimal clause can only be used on integers and doubles") : show(value);
    case "f": return n === undefined ? fail("error during formatting: fixed-point clause can only be used on doubles") : Number(n).toFixed(precision);
    case "e": return n === undefined ? fail("error during formatting: scientific clause can only be used on doubles") : Number(n).toExponential(precision).replace(/e([+-])(\d)$/, "e$10$2");
    case "b": return typeof value === "boolean" ? (value ? "1" : "0") : typeof n === "bigint" ? n.toString(2) : fail("error during formatting: only integers and bools can be formatted as binary");
    case "o": return typeof n === "bigint" ? n.toString(8) : fail("error during formatting: octal clause can only be used on integers");
    case "x": case "X": {
      const hex = typeof n === "bigint" ? n.toString(16) : typeof value === "string" || value instanceof Uint8Array ? hexOf(value) : fail("error during formatting: only integers, byte buffers, and strings can be formatted as hex");
      return verb === "X" ? hex.toUpperCase() : hex;
    }
    default: return fail(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  }
}

const hexOf = (value: string | Uint8Array): string => Array.from(typeof value === "string" ? new TextEncoder().encode(value) : value, (b) => b.toString(16).padStart(2, "0")).join("");

function show(value: Value): string {
  if (value === null) return "null";
  if (typeof value === "number") return Number.isFinite(value) ? formatDouble(value) : String(value);
  if (typeof value !== "object") return String(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (value instanceof CelMap) return `{${value.keys().map((key) => [show(key), show(value.get(key)!)] as const).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => `${k}: ${v}`).join(", ")}}`;
  if (value instanceof Duration) return formatSeconds(value);
  if (value instanceof Timestamp) return formatTimestamp(value);
  return value instanceof TypeValue ? value.name : fail("error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps");
}
