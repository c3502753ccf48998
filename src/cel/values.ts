/**
 * CEL's values. int is bigint, double is number, lists are arrays; everything with more to it is a class of its own.
 * JSON is adapted lazily: an object becomes a map whose values are adapted when they are asked for.
 */
export type Value = null | boolean | string | bigint | number | Uint | Uint8Array | readonly Value[] | CelMap | Custom;

/** An error of evaluation. Not an Error: it is thrown and absorbed often, and a stack would cost more than the rest. */
export class CelError {
  readonly message: string;
  constructor(message: string) { this.message = message; }
  toString(): string { return this.message; }
}
export const fail = (message: string): never => { throw new CelError(message); };

/** The budget is spent: nothing absorbs this. */
export class CostExceeded {
  readonly message = "operation cancelled: actual cost limit exceeded";
}

export class Uint {
  readonly value: bigint;
  constructor(value: bigint) { this.value = value; }
}

/** Values with a type name of their own: durations, quantities, optional values and so on. */
export abstract class Custom {
  abstract readonly typeName: string;
  abstract equals(other: Value): boolean;
  /** Few have fields. */
  field(_name: string): Value | undefined { return undefined; }
}

export class Optional extends Custom {
  readonly typeName = "optional_type";
  readonly value: Value | undefined;
  constructor(value: Value | undefined) { super(); this.value = value; }
  equals(other: Value): boolean {
    if (!(other instanceof Optional)) return false;
    if (this.value === undefined || other.value === undefined) return this.value === other.value;
    return celEqual(this.value, other.value);
  }
}
export const none = new Optional(undefined);

/** Nanoseconds. */
export class Duration extends Custom {
  readonly typeName = "google.protobuf.Duration";
  readonly nanos: bigint;
  constructor(nanos: bigint) { super(); this.nanos = nanos; }
  equals(other: Value): boolean { return other instanceof Duration && other.nanos === this.nanos; }
}

/** Nanoseconds since the epoch. */
export class Timestamp extends Custom {
  readonly typeName = "google.protobuf.Timestamp";
  readonly nanos: bigint;
  constructor(nanos: bigint) { super(); this.nanos = nanos; }
  equals(other: Value): boolean { return other instanceof Timestamp && other.nanos === this.nanos; }
}

export class TypeValue extends Custom {
  readonly typeName = "type";
  readonly name: string;
  constructor(name: string) { super(); this.name = name; }
  equals(other: Value): boolean { return other instanceof TypeValue && other.name === this.name; }
}

export abstract class CelMap {
  abstract readonly size: number;
  abstract get(key: Value): Value | undefined;
  /** The same array each time while nothing is added: not the caller's to change. */
  abstract keys(): readonly Value[];
}

/** A map that an expression made. */
export class BuiltMap extends CelMap {
  readonly #entries = new Map<string, readonly [Value, Value]>();
  get size(): number { return this.#entries.size; }
  get(key: Value): Value | undefined {
    const text = keyText(key);
    return text === undefined ? undefined : this.#entries.get(text)?.[1];
  }
  #keys: Value[] | undefined;
  keys(): readonly Value[] { return (this.#keys ??= [...this.#entries.values()].map(([key]) => key)); }
  set(key: Value, value: Value): void {
    const text = keyText(key) ?? fail("unsupported key type");
    if (this.#entries.has(text)) fail(`insert failed: key ${showValue(key)} already exists`);
    this.#keys = undefined;
    this.#entries.set(text, [key, value]);
  }
}

/** A typed object that an expression made: `Object.spec{…}`, `JSONPatch{…}`. */
export class StructValue extends CelMap {
  readonly typeName: string;
  readonly fields: ReadonlyMap<string, Value>;
  constructor(typeName: string, fields: ReadonlyMap<string, Value>) { super(); this.typeName = typeName; this.fields = fields; }
  get size(): number { return this.fields.size; }
  get(key: Value): Value | undefined { return typeof key === "string" ? this.fields.get(key) : undefined; }
  keys(): readonly Value[] { return [...this.fields.keys()]; }
}

/** Numbers of all types that are equal are the same key. */
function keyText(key: Value): string | undefined {
  if (typeof key === "string") return `s${key}`;
  if (typeof key === "bigint") return `i${key}`;
  if (key instanceof Uint) return `i${key.value}`;
  if (typeof key === "boolean") return `b${key}`;
  if (typeof key === "number" && Number.isInteger(key)) return `i${BigInt(key)}`;
  return undefined;
}

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

/** The name that `type()` gives, and by which overloads are chosen. */
export function typeName(value: Value): string {
  switch (typeof value) {
    case "string": return "string";
    case "bigint": return "int";
    case "number": return "double";
    case "boolean": return "bool";
  }
  if (value === null) return "null_type";
  if (Array.isArray(value)) return "list";
  if (value instanceof CelMap) return value instanceof StructValue ? value.typeName : "map";
  if (value instanceof Uint) return "uint";
  if (value instanceof Uint8Array) return "bytes";
  return (value as Custom).typeName;
}

/** Comparisons since somebody last paid for them: what is nested is known only when it has been walked. */
export const work = { comparisons: 0 };

export function celEqual(a: Value, b: Value): boolean {
  work.comparisons++;
  if (a === b) {
    if (typeof a === "string") work.comparisons += a.length / 8;
    return true;
  }
  if (Array.isArray(a)) return Array.isArray(b) && equalLists(a as readonly Value[], b as readonly Value[]);
  const left = numeric(a);
  if (left !== undefined) {
    const right = numeric(b);
    // JavaScript compares bigint and number by value, exactly.
    // oxlint-disable-next-line eqeqeq
    return right !== undefined && left == right;
  }
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  if (a instanceof CelMap) return b instanceof CelMap && equalMaps(a, b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && a.length === b.length && a.every((byte, i) => byte === b[i]);
  return a instanceof Custom && a.equals(b);
}

function equalLists(a: readonly Value[], b: readonly Value[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!celEqual(a[i]!, b[i]!)) return false;
  return true;
}

function equalMaps(a: CelMap, b: CelMap): boolean {
  if (a.size !== b.size) return false;
  for (const key of a.keys()) {
    const other = b.get(key);
    if (other === undefined || !celEqual(a.get(key)!, other)) return false;
  }
  return true;
}

export function numeric(value: Value): bigint | number | undefined {
  if (typeof value === "bigint" || typeof value === "number") return value;
  return value instanceof Uint ? value.value : undefined;
}

/** How many units long something is for the cost model; 1 for what has no length. */
export function sizeOf(value: Value): number {
  if (typeof value === "string") return value.length;
  if (value instanceof Uint8Array || Array.isArray(value)) return value.length;
  return value instanceof CelMap ? value.size : 1;
}

export function showValue(value: Value): string {
  if (typeof value === "string") return value.length > 100 ? `${value.slice(0, 100)}…` : value;
  if (value === null || typeof value !== "object") return String(value);
  return value instanceof Uint ? String(value.value) : typeName(value);
}

export const int = (value: bigint): bigint => (BigInt.asIntN(64, value) === value ? value : fail("integer overflow"));
export const uint = (value: bigint): Uint => (value >= 0n && value <= 0xffffffffffffffffn ? new Uint(value) : fail("unsigned integer overflow"));
