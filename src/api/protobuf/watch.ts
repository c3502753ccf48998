import { encodeProtobuf } from "./codec.ts";
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
