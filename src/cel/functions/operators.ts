import { joinBytes } from "../../lib/bytes.ts";
import { celEqual, CelMap, Duration, fail, int, Optional, none, showValue, sizeOf, Timestamp, typeName, Uint, uint, type Value } from "../values.ts";
import { define, traversal, type Library } from "./table.ts";

type List = readonly Value[];
const joined = (a: { length: number }, b: { length: number }): number => traversal(a.length + b.length);
/** Dearer than upstream's tenth: the copy is real. */
const copied = (a: List, b: List): number => Math.ceil((a.length + b.length) / 3);
/** What is inside lists and maps is paid for when it has been compared (values.ts counts). */
const shorter = (a: Value, b: Value): number => traversal(Math.min(sizeOf(a), sizeOf(b)));

const earliest = -62_135_596_800n * 1_000_000_000n;
const latest = 253_402_300_799n * 1_000_000_000n + 999_999_999n;
export const timestamp = (nanos: bigint): Timestamp => (nanos >= earliest && nanos <= latest ? new Timestamp(nanos) : fail("timestamp overflow"));
export const duration = (nanos: bigint): Duration => (BigInt.asIntN(64, nanos) === nanos ? new Duration(nanos) : fail("duration overflow"));

type Order = (left: any, right: any) => number;
const plain: Order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const byValue: Order = (a: Uint | number | bigint, b: Uint | number | bigint) => {
  const left = a instanceof Uint ? a.value : a;
  const right = b instanceof Uint ? b.value : b;
  return left < right ? -1 : left > right ? 1 : 0;
};
const byNanos: Order = (a: Duration, b: Duration) => plain(a.nanos, b.nanos);
const byCodePoint: Order = (a: string, b: string) => {
  if (a === b) return 0;
  // JavaScript orders by UTF-16 units, Go by bytes: they differ beyond the basic plane only.
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] === b[i]) continue;
    return a.codePointAt(i)! < b.codePointAt(i)! ? -1 : 1;
  }
  return a.length < b.length ? -1 : 1;
};
const byBytes: Order = (a: Uint8Array, b: Uint8Array) => {
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
};

const numbers = ["int", "uint", "double"];
const ordered: readonly (readonly [string, string, Order])[] = [
  ...numbers.flatMap((a) => numbers.map((b) => [a, b, byValue] as const)),
  ["string", "string", byCodePoint], ["bytes", "bytes", byBytes], ["bool", "bool", plain],
  ["timestamp", "timestamp", byNanos], ["duration", "duration", byNanos],
];
const comparison = (test: (order: number) => boolean) => ordered.map(([a, b, order]) =>
  define(`(${a}, ${b}): bool`, (x, y) => {
    if (typeof x === "number" && Number.isNaN(x) || typeof y === "number" && Number.isNaN(y)) return false;
    return test(order(x, y));
  }, a === "string" || a === "bytes" ? shorter : undefined));

/** The order of two values of one type, where there is one. */
export function compare(a: Value, b: Value): number {
  const name = typeName(a);
  if (typeof a === "string" && typeof b === "string") return byCodePoint(a, b);
  if (numbers.includes(name) && numbers.includes(typeName(b))) return byValue(a, b);
  if (name !== typeName(b)) return fail("no such overload");
  if (a instanceof Uint8Array) return byBytes(a, b);
  return a instanceof Duration || a instanceof Timestamp ? byNanos(a, b) : plain(a, b);
}

export const operators: Library = {
  "_==_": [define("(A, A): bool", celEqual, shorter)],
  "_!=_": [define("(A, A): bool", (a: Value, b: Value) => !celEqual(a, b), shorter)],
  "_<_": comparison((o) => o < 0), "_<=_": comparison((o) => o <= 0), "_>_": comparison((o) => o > 0), "_>=_": comparison((o) => o >= 0),
  "!_": [define("(bool): bool", (a: boolean) => !a)],
  "-_": [define("(int): int", (a: bigint) => int(-a)), define("(double): double", (a: number) => -a)],
  "_+_": [
    define("(int, int): int", (a: bigint, b: bigint) => int(a + b)), define("(uint, uint): uint", (a: Uint, b: Uint) => uint(a.value + b.value)),
    define("(double, double): double", (a: number, b: number) => a + b), define("(string, string): string", (a: string, b: string) => a + b, joined),
    define("(bytes, bytes): bytes", (a: Uint8Array, b: Uint8Array) => joinBytes([a, b]), joined),
    define("(list<A>, list<A>): list<A>", (a: List, b: List) => [...a, ...b], copied),
    define("(timestamp, duration): timestamp", (a: Timestamp, b: Duration) => timestamp(a.nanos + b.nanos)),
    define("(duration, timestamp): timestamp", (a: Duration, b: Timestamp) => timestamp(a.nanos + b.nanos)),
    define("(duration, duration): duration", (a: Duration, b: Duration) => duration(a.nanos + b.nanos)),
  ],
  "_-_": [
    define("(int, int): int", (a: bigint, b: bigint) => int(a - b)), define("(uint, uint): uint", (a: Uint, b: Uint) => uint(a.value - b.value)),
    define("(double, double): double", (a: number, b: number) => a - b),
    define("(timestamp, timestamp): duration", (a: Timestamp, b: Timestamp) => duration(a.nanos - b.nanos)),
    define("(timestamp, duration): timestamp", (a: Timestamp, b: Duration) => timestamp(a.nanos - b.nanos)),
    define("(duration, duration): duration", (a: Duration, b: Duration) => duration(a.nanos - b.nanos)),
  ],
  "_*_": [
    define("(int, int): int", (a: bigint, b: bigint) => int(a * b)), define("(uint, uint): uint", (a: Uint, b: Uint) => uint(a.value * b.value)),
    define("(double, double): double", (a: number, b: number) => a * b),
  ],
  "_/_": [
    define("(int, int): int", (a: bigint, b: bigint) => (b === 0n ? fail("division by zero") : int(a / b))),
    define("(uint, uint): uint", (a: Uint, b: Uint) => (b.value === 0n ? fail("division by zero") : new Uint(a.value / b.value))),
    define("(double, double): double", (a: number, b: number) => a / b),
  ],
  "_%_": [
    define("(int, int): int", (a: bigint, b: bigint) => (b === 0n ? fail("modulus by zero") : int(a % b))),
    define("(uint, uint): uint", (a: Uint, b: Uint) => (b.value === 0n ? fail("modulus by zero") : new Uint(a.value % b.value))),
  ],
  "@in": [
    define("(A, list<A>): bool", (a: Value, list: List) => list.some((item) => celEqual(a, item)), (a: Value, list: List) => traversal(list.length * Math.max(1, sizeOf(a) * 0.1) * 10)),
    define("(A, map<A, B>): bool", (a: Value, map: CelMap) => map.get(a) !== undefined),
  ],
  "_[_]": [
    define("(list<A>, int): A", (list: List, i: bigint) => element(list, i)), define("(list<A>, uint): A", (list: List, i: Uint) => element(list, i.value)),
    define("(list<A>, double): A", (list: List, i: number) => element(list, i)),
    define("(map<A, B>, A): B", (map: CelMap, key: Value) => entry(map, key)),
    define("(optional<list<A>>, int): optional<A>", (o: Optional, i: bigint) => optionalElement(o.value, i)),
    define("(optional<map<A, B>>, A): optional<B>", (o: Optional, k: Value) => optionalElement(o.value, k)),
  ],
  "_[?_]": [
    define("(list<A>, int): optional<A>", optionalElement), define("(map<A, B>, A): optional<B>", optionalElement),
    define("(optional<list<A>>, int): optional<A>", (o: Optional, i: bigint) => optionalElement(o.value, i)),
    define("(optional<map<A, B>>, A): optional<B>", (o: Optional, k: Value) => optionalElement(o.value, k)),
  ],
};

function element(list: List, at: bigint | number): Value {
  const found = list[Number(at)];
  return found === undefined ? fail(`index out of bounds: ${at}`) : found;
}

function optionalElement(container: Value | undefined, key: Value): Optional {
  const found = Array.isArray(container) ? list(container, key) : container instanceof CelMap ? container.get(key) : undefined;
  return found === undefined ? none : new Optional(found);
}

const list = (items: List, key: Value): Value | undefined => (typeof key === "bigint" ? items[Number(key)] : undefined);

function entry(map: CelMap, key: Value): Value {
  const found = map.get(key);
  return found === undefined ? fail(`no such key: ${showValue(key)}`) : found;
}
