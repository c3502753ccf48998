import { schemaOf, typeNameOf } from "../../kinds/facts/table.ts";
import type { Field, StructSchema } from "../../kinds/schema.ts";
import { decodeMessage } from "./decode.ts";
import { encodeMessage } from "./encode.ts";
import { ProtobufError, ProtobufReader, wire } from "./reader.ts";
import { ProtobufWriter } from "./writer.ts";

/**
 * `application/vnd.kubernetes.protobuf`: `k8s\0` and an envelope (runtime.Unknown) around the object. Objects are JSON
 * everywhere else in this project; this is the edge where they become the other encoding and back, exactly as upstream's
 * Go types do it (tested against upstream's golden files). Only built-in kinds have it: custom resources are JSON.
 */
export interface TypeMeta { apiVersion: string; kind: string }
export interface Decoded extends TypeMeta { object: Record<string, unknown> & TypeMeta }

/** Whether objects of this kind can be answered in protobuf. */
export const hasProtobuf = (apiVersion: string, kind: string): boolean => schemaFor(apiVersion, kind) !== undefined;

/** Throws ProtobufError (a 400). `hint` is the kind to assume where the envelope names none. */
export function decodeProtobuf(bytes: Uint8Array, hint?: TypeMeta): Decoded {
  if (!magic.every((b, i) => bytes[i] === b)) {
    throw new ProtobufError("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  }
  const envelope = readEnvelope(bytes.subarray(magic.length));
  const apiVersion = envelope.apiVersion || hint?.apiVersion || "";
  const kind = envelope.kind || hint?.kind || "";
  const schema = schemaFor(apiVersion, kind);
  if (!schema) throw new ProtobufError(`no kind "${kind}" is registered for version "${apiVersion}"`);
  const reader = new ProtobufReader(envelope.raw);
  return { apiVersion, kind, object: decodeMessage(reader, schema, { kind, apiVersion }) as Decoded["object"] };
}

/** An object or list with apiVersion and kind, as its JSON. Throws ProtobufError for kinds that have no protobuf. */
export function encodeProtobuf(object: Record<string, unknown>): Uint8Array {
  const { apiVersion, kind } = object as unknown as TypeMeta;
  const schema = schemaFor(apiVersion, kind);
  if (!schema) throw new ProtobufError(`no kind "${kind}" is registered for version "${apiVersion}"`);
  const writer = new ProtobufWriter();
  writeEnvelopeEnd(writer);
  const before = writer.length;
  encodeMessage(writer, schema, object);
  writer.delimit(RAW, before);
  writeEnvelopeStart(writer, { apiVersion, kind });
  return writer.finish();
}

const RAW = 2;

/** contentType and contentEncoding: always there, always empty. */
function writeEnvelopeEnd(writer: ProtobufWriter): void {
  for (const number of [4, 3]) writer.delimit(number, writer.length);
}

function writeEnvelopeStart(writer: ProtobufWriter, type: TypeMeta): void {
  const before = writer.length;
  encodeMessage(writer, typeMeta, type);
  writer.delimit(1, before);
  writer.bytes(magic);
}

/**
 * A list made item by item. Lengths come before contents, so the encoded items are kept until the end: that is about half
 * of their JSON, and a tenth of the objects in memory. For kinds of lists that have protobuf.
 */
export class ProtobufList {
  readonly #type: TypeMeta;
  readonly #list: StructSchema;
  readonly #item: StructSchema;
  readonly #items: Uint8Array[] = [];
  #length = 0;

  constructor({ apiVersion, kind }: TypeMeta) {
    this.#type = { apiVersion, kind };
    this.#list = schemaFor(apiVersion, kind)!;
    const { schema, number } = this.#list.fields.get("items")!;
    if (schema.type !== "list" || schema.items.type !== "struct" || number !== ITEMS) throw new Error(`${kind} is no list`);
    this.#item = schema.items;
  }

  add(object: object): void {
    const writer = new ProtobufWriter();
    encodeMessage(writer, this.#item, object);
    writer.delimit(ITEMS, 0);
    const bytes = writer.finish().slice(); // not the writer's whole buffer
    this.#items.push(bytes);
    this.#length += bytes.length;
  }

  *finish(metadata: object): Generator<Uint8Array> {
    const start = new ProtobufWriter();
    encodeMessage(start, this.#list, { metadata });
    start.delimit(RAW, -this.#length); // the items follow what is written here
    writeEnvelopeStart(start, this.#type);
    yield start.finish();
    yield* this.#items;
    const end = new ProtobufWriter();
    writeEnvelopeEnd(end);
    yield end.finish();
  }
}

const ITEMS = 2;

function readEnvelope(bytes: Uint8Array): TypeMeta & { raw: Uint8Array } {
  const reader = new ProtobufReader(bytes);
  const envelope = { apiVersion: "", kind: "", raw: new Uint8Array() };
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | wire.bytes)) {
      const outer = reader.enter();
      Object.assign(envelope, decodeMessage(reader, typeMeta));
      reader.leave(outer);
    } else if (tag === ((2 << 3) | wire.bytes)) envelope.raw = reader.bytes() as typeof envelope.raw;
    else if (tag === ((3 << 3) | wire.bytes) && reader.string() !== "") throw new ProtobufError("protobuf content encodings are not supported");
    else if (tag !== ((3 << 3) | wire.bytes)) reader.skip(tag & 7);
  }
  return envelope;
}

// Every group version knows meta/v1's options and Status as its own.
const ofEveryVersion = new Set(["Status", "WatchEvent", "ListOptions", "GetOptions", "DeleteOptions", "CreateOptions", "UpdateOptions", "PatchOptions"]);

function schemaFor(apiVersion: string, kind: string): StructSchema | undefined {
  if (!isText(apiVersion) || !isText(kind)) return undefined;
  const slash = apiVersion.indexOf("/");
  const name = typeNameOf(apiVersion.slice(0, Math.max(slash, 0)), apiVersion.slice(slash + 1), kind)
    ?? (ofEveryVersion.has(kind) ? typeNameOf("", "v1", kind) : undefined);
  return name === undefined ? undefined : schemaOf(name);
}

const isText = (value: unknown): boolean => typeof value === "string";

const magic = new Uint8Array([0x6b, 0x38, 0x73, 0x00]);
const textField = (name: string, number: number): [string, Field] => [name, { name, number, schema: { type: "string" } }];
const typeMeta: StructSchema = { type: "struct", fields: new Map([textField("apiVersion", 1), textField("kind", 2)]) };
