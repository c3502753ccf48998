import type { KubeObject } from "../../kinds/object.ts";
import { joinBytes } from "../../lib/bytes.ts";
import { mediaTypes, type Format } from "../http/accept.ts";
import { encodeWatchFrame } from "../protobuf/watch.ts";
import { transformer, type Subject } from "../http/encode.ts";
import { parseJson } from "../../lib/json.ts";

/** Turns messages of the Cluster (WatchEvent texts separated by newlines) into what the client reads. */
export interface WatchEncoding {
  contentType: string;
  /** One chunk for the client per message. */
  encode(message: string | Uint8Array): Uint8Array;
  /** What reveals a vanished client without meaning anything; absent where the encoding has no such thing. */
  heartbeat?: Uint8Array;
}

interface WatchEvent { type: string; object: KubeObject }

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NEWLINE = 10;

export function watchEncoding(format: Format, subject: Subject): WatchEncoding {
  if (format.encoding === "json" && !format.as) return passingThrough;
  const transform = transformer(format, subject);
  let first = true;
  const transformed = (line: string): WatchEvent => {
    const event = parseJson(line) as WatchEvent;
    const object = event.type === "ERROR" ? event.object : transform(event.object, { laterEvent: !first });
    first = false;
    return { type: event.type, object: object as KubeObject };
  };
  return format.encoding === "protobuf" ? protobufFrames(transformed) : jsonLines(transformed);
}

const passingThrough: WatchEncoding = {
  contentType: mediaTypes.json,
  heartbeat: Uint8Array.of(NEWLINE),
  encode(message) {
    if (typeof message === "string") return encoder.encode(`${message}\n`);
    return joinBytes([message, Uint8Array.of(NEWLINE)]);
  },
};

const jsonLines = (transformed: (line: string) => WatchEvent): WatchEncoding => ({
  contentType: mediaTypes.json,
  heartbeat: Uint8Array.of(NEWLINE),
  encode: (message) => encoder.encode(linesOf(message).map((line) => `${JSON.stringify(transformed(line))}\n`).join("")),
});

/** Upstream's length-delimited framing: a big-endian u32 before each WatchEvent. */
const protobufFrames = (transformed: (line: string) => WatchEvent): WatchEncoding => ({
  contentType: `${mediaTypes.protobuf};stream=watch`,
  encode: (message) => joinBytes(linesOf(message).map((line) => encodeWatchFrame({ ...transformed(line) }))),
});

export function linesOf(message: string | Uint8Array): string[] {
  const text = typeof message === "string" ? message : decoder.decode(message);
  return text.split("\n").filter((line) => line !== "");
}
