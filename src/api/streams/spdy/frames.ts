import { joinBytes } from "../../../lib/bytes.ts";
import { HeaderDecoder, HeaderEncoder, type Headers } from "./header-block.ts";

/** SPDY/3.1 frames as spdystream uses them (client-go's tunnelled port-forward), cut out of a byte stream. */
export type Frame =
  | { type: "syn-stream"; stream: number; headers: Headers; fin: boolean }
  | { type: "headers"; stream: number; headers: Headers; fin: boolean }
  | { type: "rst"; stream: number; status: number }
  | { type: "ping"; id: number }
  | { type: "goaway" }
  /** A data frame may come in several of these; `fin` only with its last. */
  | { type: "data"; stream: number; bytes: Uint8Array; fin: boolean };

class SpdyError extends Error {}

const VERSION = 3;
const HEAD_BYTES = 8;
const CONTROL_BYTES_MAX = 65_536;
const FIN = 1;
const Type = { SYN_STREAM: 1, SYN_REPLY: 2, RST: 3, PING: 6, GOAWAY: 7, HEADERS: 8 } as const;

export class FrameReader {
  readonly #decoder = new HeaderDecoder();
  #buffer = new Uint8Array();
  #data: { stream: number; remaining: number; fin: boolean } | undefined;

  /** Frames that are complete with these bytes. Throws SpdyError or InflateError; the connection is over then. */
  *read(bytes: Uint8Array): Generator<Frame> {
    this.#buffer = joinBytes([this.#buffer, bytes]);
    for (let frame = this.#next(); frame !== "incomplete"; frame = this.#next()) if (frame) yield frame;
  }

  #next(): Frame | undefined | "incomplete" {
    if (this.#data) return this.#someData(this.#data);
    if (this.#buffer.length < HEAD_BYTES) return "incomplete";
    const view = new DataView(this.#buffer.buffer, this.#buffer.byteOffset);
    const flagsAndLength = view.getUint32(4);
    const length = flagsAndLength & 0xffffff;
    const fin = ((flagsAndLength >>> 24) & FIN) !== 0;
    if ((view.getUint8(0) & 0x80) === 0) {
      this.#data = { stream: view.getUint32(0), remaining: length, fin };
      this.#take(HEAD_BYTES);
      return length === 0 ? this.#someData(this.#data) : undefined;
    }
    if ((view.getUint16(0) & 0x7fff) !== VERSION) throw new SpdyError("not SPDY/3");
    if (length > CONTROL_BYTES_MAX) throw new SpdyError("the control frame is too long");
    if (this.#buffer.length < HEAD_BYTES + length) return "incomplete";
    const type = view.getUint16(2);
    this.#take(HEAD_BYTES);
    return this.#control(type, this.#take(length), fin);
  }

  #someData(data: { stream: number; remaining: number; fin: boolean }): Frame | "incomplete" {
    if (data.remaining > 0 && this.#buffer.length === 0) return "incomplete";
    const bytes = this.#take(Math.min(data.remaining, this.#buffer.length));
    data.remaining -= bytes.length;
    const last = data.remaining === 0;
    if (last) this.#data = undefined;
    return { type: "data", stream: data.stream, bytes, fin: last && data.fin };
  }

  #control(type: number, payload: Uint8Array, fin: boolean): Frame | undefined {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    const word = (at: number) => {
      if (payload.length < at + 4) throw new SpdyError("the control frame is too short");
      return view.getUint32(at);
    };
    switch (type) {
      case Type.SYN_STREAM: word(6); return { type: "syn-stream", stream: word(0) & 0x7fffffff, headers: this.#decoder.decode(payload.subarray(10)), fin };
      case Type.HEADERS: return { type: "headers", stream: word(0) & 0x7fffffff, headers: this.#decoder.decode(payload.subarray(4)), fin };
      case Type.SYN_REPLY: throw new SpdyError("a reply to a stream that was not opened");
      case Type.RST: return { type: "rst", stream: word(0) & 0x7fffffff, status: word(4) };
      case Type.PING: return { type: "ping", id: word(0) };
      case Type.GOAWAY: return { type: "goaway" };
      default: return undefined; // SETTINGS, WINDOW_UPDATE and what we do not know
    }
  }

  #take(length: number): Uint8Array {
    const bytes = this.#buffer.slice(0, length);
    this.#buffer = this.#buffer.slice(length);
    return bytes;
  }
}

export class FrameWriter {
  readonly #encoder = new HeaderEncoder();

  synReply(stream: number): Uint8Array {
    return control(Type.SYN_REPLY, joinBytes([words(stream), this.#encoder.encode([])]));
  }

  data(stream: number, bytes: Uint8Array, fin = false): Uint8Array {
    return joinBytes([words(stream, ((fin ? FIN : 0) << 24) | bytes.length), bytes]);
  }

  rst(stream: number, status: number): Uint8Array { return control(Type.RST, words(stream, status)); }
  ping(id: number): Uint8Array { return control(Type.PING, words(id)); }
  goAway(lastStream: number): Uint8Array { return control(Type.GOAWAY, words(lastStream, 0)); }
}

function words(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setUint32(i * 4, value));
  return bytes;
}

const control = (type: number, payload: Uint8Array): Uint8Array => joinBytes([words(((0x8000 | VERSION) << 16) | type, payload.length), payload]);
