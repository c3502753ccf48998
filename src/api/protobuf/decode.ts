import type { ListSchema, MapSchema, ScalarSchema, Schema, StructSchema } from "../../kinds/schema.ts";
import { planOf, wireTypeOf, type FieldPlan, type MessagePlan } from "./plan.ts";
import { ProtobufError, wire, type ProtobufReader } from "./reader.ts";
import { durationText, microTimeText, timeText, toBase64 } from "./scalars.ts";
import { unionOf } from "./unions.ts";
import { parseJson } from "../../lib/json.ts";
import { isJsonObject, setKey, type JsonObject } from "../../lib/json-value.ts";

/** Reads the message up to the reader's end as the JSON that Go would write of it. `known` is merged into. */
export function decodeMessage(reader: ProtobufReader, schema: StructSchema, known: JsonObject = {}): JsonObject {
  const plan = planOf(schema);
  readFields(reader, plan, known);
  for (const field of plan.shown) {
    if (!Object.hasOwn(known, field.name)) known[field.name] = zeroOf(field.schema);
  }
  return known;
}

function readFields(reader: ProtobufReader, plan: MessagePlan, out: JsonObject): void {
  while (!reader.done) {
    const tag = reader.tag();
    const field = plan.byNumber.get(tag >>> 3);
    if (!field) reader.skip(tag & 7);
    else readField(reader, field, tag & 7, out);
  }
}

function readField(reader: ProtobufReader, field: FieldPlan, wireType: number, out: JsonObject): void {
  const { schema, name } = field;
  if (field.inlined) {
    expectWire(wireType, wire.bytes, "an inlined message");
    inMessage(reader, () => readFields(reader, field.inlined!, out));
  } else if (schema.type === "list" && !schema.boxed) {
    const list = Array.isArray(out[name]) ? out[name] as unknown[] : (out[name] = []);
    readItems(reader, schema, wireType, list, name);
  } else if (schema.type === "map") {
    expectWire(wireType, wire.bytes, name);
    readEntry(reader, schema, isJsonObject(out[name]) ? out[name] : (out[name] = {}));
  } else {
    expectWire(wireType, wireTypeOf(schema), name);
    const value = readValue(reader, schema, out[name]);
    if (field.omitZero && isZero(value)) delete out[name];
    else out[name] = value;
  }
}

// Clients may pack lists of numbers; the API's own encoder does not.
function readItems(reader: ProtobufReader, schema: ListSchema, wireType: number, list: unknown[], name: string): void {
  const expected = wireTypeOf(schema.items);
  if (expected !== wire.bytes && wireType === wire.bytes) {
    inMessage(reader, () => { while (!reader.done) list.push(readValue(reader, schema.items, undefined)); });
    return;
  }
  expectWire(wireType, expected, name);
  list.push(readValue(reader, schema.items, undefined));
}

function readEntry(reader: ProtobufReader, schema: MapSchema, map: JsonObject): void {
  let key = "";
  let value: unknown;
  inMessage(reader, () => {
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x0a) key = reader.string();
      else if (tag === ((2 << 3) | wireTypeOf(schema.values))) value = readValue(reader, schema.values, undefined);
      else reader.skip(tag & 7);
    }
  });
  value ??= zeroOf(schema.values);
  setKey(map, key, value);
}

function readValue(reader: ProtobufReader, schema: Schema, known: unknown): unknown {
  switch (schema.type) {
    case "string": return reader.string();
    case "boolean": return reader.boolean();
    case "int32": return reader.int32();
    case "int64": return reader.exactInt64();
    case "uint32": return reader.uint32();
    case "uint64": return reader.uint64();
    case "double": return finite(reader.double());
    case "bytes": return toBase64(reader.bytes());
    case "struct": return inMessage(reader, () => decodeMessage(reader, schema, isJsonObject(known) ? known : {}));
    case "list": return inMessage(reader, () => readBox(reader, schema));
    case "map": throw new ProtobufError("proto: map inside a list or map");
    default: return inMessage(reader, () => readSpecial(reader, schema));
  }
}

function readBox(reader: ProtobufReader, schema: ListSchema): unknown[] {
  const list: unknown[] = [];
  eachField(reader, (number, wireType) => {
    if (number !== 1) return false;
    readItems(reader, schema, wireType, list, "items");
    return true;
  });
  return list;
}

/** Types that are messages in protobuf and something else in JSON. */
function readSpecial(reader: ProtobufReader, schema: ScalarSchema): unknown {
  switch (schema.type) {
    case "time": case "microTime": return readTime(reader, schema.type);
    case "duration": {
      let nanos = 0n;
      eachField(reader, (number, wireType) => number === 1 && wireType === wire.varint && ((nanos = reader.bigInt64()), true));
      return durationText(nanos);
    }
    case "quantity": {
      let text = "0";
      eachField(reader, (number, wireType) => number === 1 && wireType === wire.bytes && ((text = reader.string()), true));
      return text;
    }
    case "intOrString": return readIntOrString(reader);
    default: return schema.name ? readUnion(reader, schema.name) : readRaw(reader);
  }
}

function readTime(reader: ProtobufReader, type: "time" | "microTime"): string | null {
  if (reader.done) return null;
  let seconds = 0, nanos = 0;
  eachField(reader, (number, wireType) => {
    if (wireType !== wire.varint || number > 2) return false;
    if (number === 1) seconds = reader.int64();
    else nanos = reader.int32();
    return true;
  });
  return type === "time" ? timeText(seconds) : microTimeText(seconds, nanos);
}

function readIntOrString(reader: ProtobufReader): number | string {
  let type = 0, number = 0, text = "";
  eachField(reader, (field, wireType) => {
    if (field === 1 && wireType === wire.varint) type = reader.int64();
    else if (field === 2 && wireType === wire.varint) number = reader.int32();
    else if (field === 3 && wireType === wire.bytes) text = reader.string();
    else return false;
    return true;
  });
  if (type !== 0 && type !== 1) throw new ProtobufError("proto: impossible IntOrString type");
  return type === 0 ? number : text;
}

/** RawExtension, FieldsV1, JSON: a message that holds JSON text. */
function readRaw(reader: ProtobufReader): unknown {
  let raw: Uint8Array | undefined;
  eachField(reader, (number, wireType) => number === 1 && wireType === wire.bytes && ((raw = reader.bytes()), true));
  if (!raw || raw.length === 0) return null;
  try {
    return parseJson(utf8.decode(raw));
  } catch {
    throw new ProtobufError("proto: raw value is not JSON");
  }
}

function readUnion(reader: ProtobufReader, typeName: string): unknown {
  const union = unionOf(typeName);
  const parts: JsonObject = {};
  readFields(reader, planOf(union.message), parts);
  return union.toJson(parts);
}

/** Calls `read` for each field until the end of the message; a field that it does not take is skipped. */
function eachField(reader: ProtobufReader, read: (number: number, wireType: number) => boolean): void {
  while (!reader.done) {
    const tag = reader.tag();
    if (!read(tag >>> 3, tag & 7)) reader.skip(tag & 7);
  }
}

function inMessage<T>(reader: ProtobufReader, read: () => T): T {
  const outer = reader.enter();
  const value = read();
  reader.leave(outer);
  return value;
}

/** What Go's JSON shows of a field that was not set and is not left out. */
function zeroOf(schema: Schema): unknown {
  switch (schema.type) {
    case "string": return "";
    case "boolean": return false;
    case "int32": case "int64": case "uint32": case "uint64": case "double": return 0;
    case "quantity": return "0";
    case "duration": return "0s";
    case "intOrString": return 0;
    case "struct": return Object.fromEntries(planOf(schema).shown.map((f) => [f.name, zeroOf(f.schema)]));
    case "any": return schema.name ? unionOf(schema.name).toJson({}) : null;
    case "list": return schema.boxed ? [] : null;
    default: return null;
  }
}

function expectWire(found: number, expected: number, field: string): void {
  if (found !== expected) throw new ProtobufError(`proto: wrong wireType = ${found} for field ${field}`);
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new ProtobufError("proto: number is not finite");
  return value;
}

const isZero = (value: unknown): boolean => value === "" || value === 0 || value === false || value === null;
const utf8 = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
