import type { ListSchema, MapSchema, ScalarSchema, Schema, StructSchema } from "../../kinds/schema.ts";
import { planOf, wireTypeOf, type FieldPlan, type MessagePlan } from "./plan.ts";
import { fromBase64, parseDuration, parseTime } from "./scalars.ts";
import { unionOf } from "./unions.ts";
import type { ProtobufWriter } from "./writer.ts";
import { isJsonObject } from "../../lib/json-value.ts";

/**
 * Writes an object as Go's encoder would after reading its JSON, byte for byte. Values are those of stored objects; one of
 * a wrong type is written as its nearest form rather than refused, since a reader can do nothing about it.
 */
export function encodeMessage(writer: ProtobufWriter, schema: StructSchema, value: unknown): void {
  writeFields(writer, planOf(schema), isJsonObject(value) ? value : {});
}

function writeFields(writer: ProtobufWriter, plan: MessagePlan, object: Record<string, unknown>): void {
  for (let i = plan.fields.length - 1; i >= 0; i--) writeField(writer, plan.fields[i]!, object);
}

function writeField(writer: ProtobufWriter, field: FieldPlan, object: Record<string, unknown>): void {
  if (field.inlined) {
    const before = writer.length;
    writeFields(writer, field.inlined, object);
    return writer.delimit(field.number, before);
  }
  const value = object[field.name];
  if (value === undefined || value === null) {
    if (field.always) writeValue(writer, field.schema, undefined, field.number);
    return;
  }
  switch (field.schema.type) {
    case "list": return writeList(writer, field.schema, value, field.number);
    case "map": return writeMap(writer, field.schema, value, field.number);
    default: return writeValue(writer, field.schema, value, field.number);
  }
}

function writeList(writer: ProtobufWriter, schema: ListSchema, value: unknown, number: number): void {
  if (schema.boxed) return writeValue(writer, schema, value, number);
  if (!Array.isArray(value)) return;
  for (let i = value.length - 1; i >= 0; i--) writeValue(writer, schema.items, value[i], number);
}

// Go sorts the keys, so that equal objects are equal bytes.
function writeMap(writer: ProtobufWriter, schema: MapSchema, value: unknown, number: number): void {
  if (!isJsonObject(value)) return;
  for (const key of Object.keys(value).sort().reverse()) {
    const before = writer.length;
    writeValue(writer, schema.values, value[key], 2);
    writeValue(writer, keySchema, key, 1);
    writer.delimit(number, before);
  }
}

const keySchema: Schema = { type: "string" };

function writeValue(writer: ProtobufWriter, schema: Schema, value: unknown, number: number): void {
  const wireType = wireTypeOf(schema);
  if (wireType === 2) {
    const before = writer.length;
    writeContent(writer, schema, value);
    return writer.delimit(number, before);
  }
  if (schema.type === "double") writer.double(typeof value === "number" ? value : 0);
  else if (typeof value === "bigint") writer.bigInteger(value);
  else writer.integer(typeof value === "number" && Number.isFinite(value) ? Math.trunc(value) : value === true ? 1 : 0);
  writer.tag(number, wireType);
}

function writeContent(writer: ProtobufWriter, schema: Schema, value: unknown): void {
  switch (schema.type) {
    case "string": return writer.string(text(value));
    case "bytes": return writer.bytes(fromBase64(text(value)));
    case "struct": return encodeMessage(writer, schema, value);
    case "list": return writeList(writer, { ...schema, boxed: false }, value, 1);
    case "map": return;
    default: return writeSpecial(writer, schema, value);
  }
}

function writeSpecial(writer: ProtobufWriter, schema: ScalarSchema, value: unknown): void {
  switch (schema.type) {
    case "time": case "microTime": return writeTime(writer, schema.type, value);
    case "duration":
      writer.bigInteger(parseDuration(value));
      return writer.tag(1, 0);
    case "quantity": return writeValue(writer, keySchema, text(value) || "0", 1);
    case "intOrString": return writeIntOrString(writer, value);
    default: return schema.name ? writeUnion(writer, schema.name, value) : writeRaw(writer, value);
  }
}

function writeTime(writer: ProtobufWriter, type: "time" | "microTime", value: unknown): void {
  const time = parseTime(value);
  if (!time) return;
  writer.integer(type === "time" ? 0 : time.nanos);
  writer.tag(2, 0);
  writer.integer(time.seconds);
  writer.tag(1, 0);
}

function writeIntOrString(writer: ProtobufWriter, value: unknown): void {
  writeValue(writer, keySchema, typeof value === "string" ? value : "", 3);
  writer.integer(typeof value === "number" ? value : 0);
  writer.tag(2, 0);
  writer.integer(typeof value === "string" ? 1 : 0);
  writer.tag(1, 0);
}

function writeRaw(writer: ProtobufWriter, value: unknown): void {
  if (value === undefined || value === null) return;
  writeValue(writer, keySchema, JSON.stringify(value), 1);
}

function writeUnion(writer: ProtobufWriter, typeName: string, value: unknown): void {
  const union = unionOf(typeName);
  encodeMessage(writer, union.message, union.fromJson(value));
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null || typeof value === "object" ? "" : String(value);
}
