import { decodeProtobuf, encodeProtobuf, type Decoded } from "./codec.ts";
import { ProtobufError, ProtobufReader } from "./reader.ts";
import { ProtobufWriter } from "./writer.ts";

/** `application/vnd.kubernetes.protobuf;stream=watch`: frames of a big-endian length and a WatchEvent. */
export function encodeWatchFrame(event: { type: string; object: Record<string, unknown> }): Uint8Array {
  const writer = new ProtobufWriter();
  let before = writer.length;
  writer.bytes(encodeProtobuf(event.object));
  writer.delimit(1, before); // RawExtension.raw
  writer.delimit(2, before);
  before = writer.length;
  writer.string(event.type);
  writer.delimit(1, before);
  const length = writer.length;
  writer.bytes(new Uint8Array([length >>> 24, length >>> 16, length >>> 8, length]));
  return writer.finish();
}

/** One WatchEvent, without the frame's length. */
export function decodeWatchEvent(bytes: Uint8Array): { type: string; object: Decoded["object"] } {
  const reader = new ProtobufReader(bytes);
  let type = "";
  let raw: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) type = reader.string();
    else if (tag === 0x12) raw = readRaw(reader);
    else reader.skip(tag & 7);
  }
  if (!raw) throw new ProtobufError("proto: watch event without an object");
  return { type, object: decodeProtobuf(raw).object };
}

function readRaw(reader: ProtobufReader): Uint8Array | undefined {
  const outer = reader.enter();
  let raw: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) raw = reader.bytes();
    else reader.skip(tag & 7);
  }
  reader.leave(outer);
  return raw;
}
