import { parseDuration } from "../../kinds/values/duration.ts";
import { parseTime } from "../../kinds/values/time.ts";
import { matches } from "../regex.ts";
import { CelMap, Duration, fail, int, none, Optional, showValue, Timestamp, typeName, TypeValue, Uint, uint, type Value } from "../values.ts";
import { duration, timestamp } from "./operators.ts";
import { define, readsFirst, regexCost, searchCost, traversal, type Definition, type Library } from "./table.ts";

const characters = (text: string): number => {
  let count = text.length;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xd800) count--;
  return count;
};
const sizes = [
  ["string", (v: string) => BigInt(characters(v))], ["bytes", (v: Uint8Array) => BigInt(v.length)],
  ["list<A>", (v: Value[]) => BigInt(v.length)], ["map<A, B>", (v: CelMap) => BigInt(v.size)],
] as const;
/** Characters are counted each time. */
const counting = (v: Value): number => (typeof v === "string" ? traversal(v.length) : 0);
const both = (name: string, text: string, run: (...args: any[]) => Value, cost?: (...args: any[]) => number): Definition[] =>
  name === "member" ? [define(text, run, cost)] : [define(text, run, cost), define(text.replace(/^(\w+)\.\(/, "($1, ").replace(", )", ")"), run, cost)];

export const standard: Library = {
  size: sizes.flatMap(([name, run]) => [define(`${name}.(): int`, run, counting), define(`(${name}): int`, run, counting)]),
  contains: [define("string.(string): bool", (s: string, t: string) => s.includes(t), searchCost)],
  startsWith: [define("string.(string): bool", (s: string, t: string) => s.startsWith(t), (_s, t: string) => traversal(t.length))],
  endsWith: [define("string.(string): bool", (s: string, t: string) => s.endsWith(t), (_s, t: string) => traversal(t.length))],
  matches: both("both", "string.(string): bool", matches, regexCost),
  type: [define("(A): type", (v: Value) => new TypeValue(typeName(v)))],
  dyn: [define("(A): dyn", (v: Value) => v)],
  int: [
    define("(int): int", (v: bigint) => v), define("(uint): int", (v: Uint) => int(v.value)),
    define("(double): int", (v: number) => (Number.isFinite(v) && Math.abs(v) < 2 ** 63 ? BigInt(Math.trunc(v)) : fail("integer overflow"))),
    define("(string): int", (v: string) => (/^[-+]?\d{1,20}$/.test(v) ? int(BigInt(v.replace(/^\+/, ""))) : fail(`strconv.ParseInt: parsing ${JSON.stringify(v)}: invalid syntax`)), readsFirst),
    define("(timestamp): int", (v: Timestamp) => floorDivide(v.nanos, 1_000_000_000n)), define("(duration): int", (v: Duration) => v.nanos),
  ],
  uint: [
    define("(uint): uint", (v: Uint) => v), define("(int): uint", (v: bigint) => uint(v)),
    define("(double): uint", (v: number) => (Number.isFinite(v) && v >= 0 && v < 2 ** 64 ? uint(BigInt(Math.trunc(v))) : fail("unsigned integer overflow"))),
    define("(string): uint", (v: string) => (/^\d{1,20}$/.test(v) ? uint(BigInt(v)) : fail(`strconv.ParseUint: parsing ${JSON.stringify(v)}: invalid syntax`)), readsFirst),
  ],
  double: [
    define("(double): double", (v: number) => v), define("(int): double", Number), define("(uint): double", (v: Uint) => Number(v.value)),
    define("(string): double", (v: string) => (v.trim() === v && v !== "" && !Number.isNaN(Number(v)) ? Number(v) : /^[-+]?nan$/i.test(v) ? NaN : fail(`strconv.ParseFloat: parsing ${JSON.stringify(v)}: invalid syntax`)), readsFirst),
  ],
  bool: [define("(bool): bool", (v: boolean) => v), define("(string): bool", (v: string) => booleanOf(v))],
  string: [
    define("(string): string", (v: string) => v), define("(int): string", String), define("(uint): string", (v: Uint) => String(v.value)), define("(double): string", formatDouble),
    define("(bool): string", String), define("(bytes): string", textOf, readsFirst), define("(timestamp): string", formatTimestamp), define("(duration): string", formatSeconds),
  ],
  bytes: [define("(bytes): bytes", (v: Uint8Array) => v), define("(string): bytes", (v: string) => new TextEncoder().encode(v), readsFirst)],
  duration: [define("(duration): duration", (v: Duration) => v), define("(string): duration", durationOf), define("(int): duration", (v: bigint) => duration(v))],
  timestamp: [define("(timestamp): timestamp", (v: Timestamp) => v), define("(string): timestamp", timestampOf), define("(int): timestamp", (v: bigint) => timestamp(v * 1_000_000_000n))],
  ...timeParts(),
  "optional.of": [define("(A): optional<A>", (v: Value) => new Optional(v))],
  "optional.none": [define("(): optional<A>", () => none)],
  "optional.ofNonZeroValue": [define("(A): optional<A>", (v: Value) => (isZero(v) ? none : new Optional(v)))],
  hasValue: [define("optional<A>.(): bool", (o: Optional) => o.value !== undefined)],
  value: [define("optional<A>.(): A", (o: Optional) => (o.value === undefined ? fail("optional.none() dereference") : o.value))],
};

function isZero(v: Value): boolean {
  if (v === null || v === false || v === 0n || v === 0 || v === "") return true;
  if (v instanceof Uint) return v.value === 0n;
  if (v instanceof Uint8Array || Array.isArray(v)) return v.length === 0;
  if (v instanceof CelMap) return v.size === 0;
  return v instanceof Duration && v.nanos === 0n;
}

const booleanOf = (v: string): boolean =>
  ["true", "True", "TRUE", "t", "T", "1"].includes(v) ? true : ["false", "False", "FALSE", "f", "F", "0"].includes(v) ? false : fail(`strconv.ParseBool: parsing ${JSON.stringify(v)}: invalid syntax`);

export function formatDouble(v: number): string {
  if (v === Infinity) return "+Inf";
  if (v === -Infinity) return "-Inf";
  const abs = Math.abs(v);
  if (abs !== 0 && (abs < 1e-4 || abs >= 1e21)) return v.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  return String(v);
}

function textOf(v: Uint8Array): string {
  try { return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(v); } catch { return fail("invalid UTF-8 in bytes, cannot convert to string"); }
}

export function durationOf(text: string): Duration {
  let ms: number;
  try { ms = parseDuration(text); } catch (error) { return fail((error as Error).message); }
  return new Duration(BigInt(Math.round(ms * 1e6)));
}

export function timestampOf(text: string): Timestamp {
  let ms: number;
  try { ms = parseTime(text); } catch (error) { return fail((error as Error).message); }
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? "";
  return timestamp(BigInt(Math.floor(ms / 1000)) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, "0")));
}

const fractionOf = (nanos: bigint): string => (nanos === 0n ? "" : `.${String(nanos).padStart(9, "0").replace(/0+$/, "")}`);

export function formatTimestamp({ nanos }: Timestamp): string {
  const seconds = floorDivide(nanos, 1_000_000_000n);
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}${fractionOf(nanos - seconds * 1_000_000_000n)}Z`;
}

export function formatSeconds({ nanos }: Duration): string {
  const absolute = nanos < 0n ? -nanos : nanos;
  return `${nanos < 0n ? "-" : ""}${absolute / 1_000_000_000n}${fractionOf(absolute % 1_000_000_000n)}s`;
}

const floorDivide = (a: bigint, b: bigint): bigint => (a % b < 0n ? a / b - 1n : a / b);

function timeParts(): Record<string, Definition[]> {
  const part = (ofDate: (date: Date) => number, ofDuration?: (nanos: bigint) => bigint): Definition[] => [
    define("timestamp.(): int", (t: Timestamp) => BigInt(ofDate(dateIn(t, "UTC")))),
    define("timestamp.(string): int", (t: Timestamp, zone: string) => BigInt(ofDate(dateIn(t, zone)))),
    ...(ofDuration ? [define("duration.(): int", (d: Duration) => ofDuration(d.nanos))] : []),
  ];
  const startOfYear = (d: Date) => Date.UTC(d.getUTCFullYear(), 0, 1);
  return {
    getFullYear: part((d) => d.getUTCFullYear()), getMonth: part((d) => d.getUTCMonth()), getDate: part((d) => d.getUTCDate()),
    getDayOfMonth: part((d) => d.getUTCDate() - 1), getDayOfWeek: part((d) => d.getUTCDay()),
    getDayOfYear: part((d) => Math.floor((d.getTime() - startOfYear(d)) / 86_400_000)),
    getHours: part((d) => d.getUTCHours(), (n) => n / 3_600_000_000_000n), getMinutes: part((d) => d.getUTCMinutes(), (n) => n / 60_000_000_000n),
    getSeconds: part((d) => d.getUTCSeconds(), (n) => n / 1_000_000_000n), getMilliseconds: part((d) => d.getUTCMilliseconds(), (n) => (n / 1_000_000n) % 1000n),
  };
}

/** A date whose UTC parts are the local ones. */
function dateIn({ nanos }: Timestamp, zone: string): Date {
  const ms = Number(floorDivide(nanos, 1_000_000n));
  if (zone === "UTC" || zone === "") return new Date(ms);
  const offset = /^([-+]?)(\d\d):(\d\d)$/.exec(zone);
  if (offset) return new Date(ms + (offset[1] === "-" ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3])) * 60_000);
  try {
    const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" }).formatToParts(new Date(ms));
    const of = (name: string) => Number(parts.find((p) => p.type === name)!.value);
    return new Date(Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"), ((ms % 1000) + 1000) % 1000));
  } catch { return fail(`unknown time zone ${showValue(zone)}`); }
}
