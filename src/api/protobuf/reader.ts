import { ApiError } from "../../lib/errors.ts";

/** Bytes that are not the protobuf message they claim to be. A client's mistake, so it is a 400. */
export class ProtobufError extends ApiError {
  constructor(message: string) {
    super(400, "BadRequest", message);
    this.name = "ProtobufError";
  }
}

export const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

// No API object has this many levels or parts; hostile bytes could otherwise ask for hundreds of MB per MB.
const depthMax = 256;
const messagesMax = 250_000;

/**
 * Reads protobuf from hostile bytes: it never reads outside its range, each call moves on or throws, and depth and
 * number of messages are bounded. `end` is the end of the message being read; `enter` and `leave` keep it.
 */
export class ProtobufReader {
  position = 0;
  end: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #depth = 0;
  #messages = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = bytes.length;
  }

  get done(): boolean { return this.position >= this.end; }

  /** Field number and wire type, as `number << 3 | type`. */
  tag(): number {
    const tag = this.#byte();
    if (tag < 0x80) return this.#checkTag(tag);
    const value = (tag & 0x7f) + this.#rest(1) * 0x80;
    if (value > 0xffffffff) throw new ProtobufError("proto: illegal tag");
    return this.#checkTag(value);
  }

  #checkTag(tag: number): number {
    if (tag < 8) throw new ProtobufError("proto: illegal tag 0");
    return tag;
  }

  /** Any varint as a number: exact up to 2^53 and for negative numbers of that size. */
  int64(): number {
    const { low, high } = this.#varint();
    return (high | 0) * 0x100000000 + low;
  }

  /** As JSON has it in memory: a bigint where a number would be rounded. */
  exactInt64(): number | bigint {
    const { low, high } = this.#varint();
    const rounded = (high | 0) * 0x100000000 + low;
    return Number.isSafeInteger(rounded) ? rounded : (BigInt(high | 0) << 32n) | BigInt(low);
  }

  bigInt64(): bigint {
    const { low, high } = this.#varint();
    return (BigInt(high | 0) << 32n) | BigInt(low);
  }

  uint64(): number {
    const { low, high } = this.#varint();
    return high * 0x100000000 + low;
  }

  int32(): number { return this.#varint().low | 0; }
  uint32(): number { return this.#varint().low; }

  boolean(): boolean {
    const { low, high } = this.#varint();
    return low !== 0 || high !== 0;
  }

  double(): number {
    this.#need(8);
    const value = this.#view.getFloat64(this.position, true);
    this.position += 8;
    return value;
  }

  /** A view of the next length-delimited value, not a copy. */
  bytes(): Uint8Array {
    const length = this.#length();
    const start = this.position;
    this.position += length;
    return this.#bytes.subarray(start, this.position);
  }

  string(): string {
    const length = this.#length();
    const start = this.position;
    this.position += length;
    return length <= 32 ? this.#shortText(start, this.position) : utf8.decode(this.#bytes.subarray(start, this.position));
  }

  /** Makes the next length-delimited value the message being read; returns the end to give back to `leave`. */
  enter(): number {
    const length = this.#length();
    if (++this.#depth > depthMax) throw new ProtobufError("proto: message is nested too deeply");
    if (++this.#messages > messagesMax) throw new ProtobufError("proto: message has too many parts");
    const outer = this.end;
    this.end = this.position + length;
    return outer;
  }

  leave(outer: number): void {
    this.#depth--;
    this.position = this.end;
    this.end = outer;
  }

  skip(wireType: number): void {
    switch (wireType) {
      case wire.varint: this.#varint(); return;
      case wire.fixed64: this.#need(8); this.position += 8; return;
      case wire.bytes: this.bytes(); return;
      case wire.fixed32: this.#need(4); this.position += 4; return;
      default: throw new ProtobufError(`proto: illegal wireType ${wireType}`);
    }
  }

  // Names and enum values are short ASCII, for which the decoder's call costs more than the loop.
  #shortText(start: number, end: number): string {
    let text = "";
    for (let i = start; i < end; i++) {
      const c = this.#bytes[i]!;
      if (c >= 0x80) return utf8.decode(this.#bytes.subarray(start, end));
      text += String.fromCharCode(c);
    }
    return text;
  }

  #length(): number {
    const { low, high } = this.#varint();
    if (high !== 0 || low > this.end - this.position) throw new ProtobufError("proto: unexpected end of message");
    return low;
  }

  #need(bytes: number): void {
    if (bytes > this.end - this.position) throw new ProtobufError("proto: unexpected end of message");
  }

  #byte(): number {
    if (this.position >= this.end) throw new ProtobufError("proto: unexpected end of message");
    return this.#bytes[this.position++]!;
  }

  #rest(shift: number): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      if (++shift > 10) throw new ProtobufError("proto: integer overflow");
      const b = this.#byte();
      value += (b & 0x7f) * scale;
      if (b < 0x80) return value;
    }
  }

  #varint(): { low: number; high: number } {
    let low = 0, high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const b = this.#byte();
      const bits = b & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) { low |= bits << 28; high = bits >>> 4; }
      else high |= bits << (shift - 32);
      if (b < 0x80) return { low: low >>> 0, high: high >>> 0 };
    }
    throw new ProtobufError("proto: integer overflow");
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
