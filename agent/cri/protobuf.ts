/** Protobuf by table: plain objects to bytes and back. Absent fields stay absent; proto3 zero values are not written. */
export type FieldFact = readonly [number: number, type: string, shape?: "repeated" | "map"];
export type MessageTable = Record<string, Record<string, FieldFact>>;
type Fields = Record<string, unknown>;

const VARINT_TYPES = new Set(["int32", "int64", "uint32", "uint64", "bool"]);
const text = new TextEncoder();
const utf8 = new TextDecoder();

export function encodeMessage(table: MessageTable, name: string, value: Fields): Uint8Array {
  const out = new Writer();
  writeMessage(table, name, value, out);
  return out.bytes();
}

function writeMessage(table: MessageTable, name: string, value: Fields, out: Writer): void {
  for (const [key, [number, type, shape]] of Object.entries(table[name]!)) {
    const field = value[key];
    if (field === undefined || field === null) continue;
    if (shape === "map") {
      for (const [k, v] of Object.entries(field as Record<string, unknown>)) out.block(number, (entry) => {
        writeValue(table, "string", 1, k, entry, true);
        writeValue(table, type, 2, v, entry, true);
      });
    } else if (shape === "repeated") {
      for (const item of field as unknown[]) writeValue(table, type, number, item, out, true);
    } else writeValue(table, type, number, field, out, false);
  }
}

function writeValue(table: MessageTable, type: string, number: number, value: unknown, out: Writer, keepZero: boolean): void {
  if (VARINT_TYPES.has(type)) {
    if (!keepZero && (value === 0 || value === false)) return;
    out.tag(number, 0);
    out.varint(BigInt(typeof value === "number" ? Math.trunc(value) : Number(value)));
  } else if (type === "double") {
    out.tag(number, 1);
    out.raw(new Uint8Array(new Float64Array([value as number]).buffer));
  } else if (type === "string" || type === "bytes") {
    const bytes = type === "string" ? text.encode(value as string) : (value as Uint8Array);
    if (!keepZero && bytes.length === 0) return;
    out.tag(number, 2);
    out.varint(BigInt(bytes.length));
    out.raw(bytes);
  } else out.block(number, (inner) => writeMessage(table, type, value as Fields, inner));
}

class Writer {
  private readonly parts: Uint8Array[] = [];
  tag(number: number, wire: number): void { this.varint(BigInt(number * 8 + wire)); }
  raw(bytes: Uint8Array): void { this.parts.push(bytes); }
  varint(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    const bytes: number[] = [];
    while (rest > 0x7fn) { bytes.push(Number(rest & 0x7fn) | 0x80); rest >>= 7n; }
    bytes.push(Number(rest));
    this.parts.push(Uint8Array.from(bytes));
  }
  block(number: number, fill: (inner: Writer) => void): void {
    const inner = new Writer();
    fill(inner);
    const bytes = inner.bytes();
    this.tag(number, 2);
    this.varint(BigInt(bytes.length));
    this.raw(bytes);
  }
  bytes(): Uint8Array { return Buffer.concat(this.parts); }
}

/** Unknown fields are skipped. Throws on bytes that end too early. */
export function decodeMessage(table: MessageTable, name: string, bytes: Uint8Array): Fields {
  const out: Fields = {};
  const facts = factsByNumber(table, name);
  const reader = new Reader(bytes);
  while (!reader.done) {
    const tag = Number(reader.varint());
    const fact = facts.get(tag >>> 3);
    if (!fact) { reader.skip(tag & 7); continue; }
    const [key, [, type, shape]] = fact;
    if (shape === "map") {
      const [k, v] = readEntry(table, type, reader.block());
      ((out[key] ??= {}) as Fields)[k] = v;
    } else if (shape === "repeated") {
      const list = (out[key] ??= []) as unknown[];
      if (VARINT_TYPES.has(type) && (tag & 7) === 2) {
        const packed = new Reader(reader.block());
        while (!packed.done) list.push(readValue(table, type, packed));
      } else list.push(readValue(table, type, reader));
    } else out[key] = readValue(table, type, reader);
  }
  return out;
}

const numbersOf = new WeakMap<MessageTable, Map<string, Map<number, [string, FieldFact]>>>();

function factsByNumber(table: MessageTable, name: string): Map<number, [string, FieldFact]> {
  const tables = numbersOf.get(table) ?? new Map<string, Map<number, [string, FieldFact]>>();
  numbersOf.set(table, tables);
  let facts = tables.get(name);
  if (!facts) tables.set(name, facts = new Map(Object.entries(table[name]!).map(([key, fact]) => [fact[0], [key, fact]])));
  return facts;
}

function readEntry(table: MessageTable, type: string, bytes: Uint8Array): [string, unknown] {
  const reader = new Reader(bytes);
  let key = "";
  let value: unknown = type === "string" ? "" : VARINT_TYPES.has(type) ? 0 : {};
  while (!reader.done) {
    const tag = Number(reader.varint());
    if (tag >>> 3 === 1) key = readValue(table, "string", reader) as string;
    else if (tag >>> 3 === 2) value = readValue(table, type, reader);
    else reader.skip(tag & 7);
  }
  return [key, value];
}

function readValue(table: MessageTable, type: string, reader: Reader): unknown {
  switch (type) {
    case "bool": return reader.varint() !== 0n;
    case "int32": case "int64": return Number(BigInt.asIntN(64, reader.varint()));
    case "uint32": case "uint64": return Number(reader.varint());
    case "double": return reader.double();
    case "string": return utf8.decode(reader.block());
    case "bytes": return reader.block().slice();
    default: return decodeMessage(table, type, reader.block());
  }
}

class Reader {
  private at = 0;
  private readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) { this.bytes = bytes; }
  get done(): boolean { return this.at >= this.bytes.length; }
  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new Error("protobuf message ends inside a number");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
  double(): number { const b = this.take(8); return new DataView(b.buffer, b.byteOffset).getFloat64(0, true); }
  block(): Uint8Array { return this.take(Number(this.varint())); }
  skip(wire: number): void {
    if (wire === 0) this.varint();
    else if (wire === 1) this.take(8);
    else if (wire === 2) this.block();
    else if (wire === 5) this.take(4);
    else throw new Error(`protobuf wire type ${wire} is not known`);
  }
  private take(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw new Error("protobuf message ends inside a field");
    return this.bytes.subarray(this.at, this.at += length);
  }
}
