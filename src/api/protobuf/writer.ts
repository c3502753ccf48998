/**
 * Writes protobuf from the last byte to the first, as Kubernetes' own encoder does: when a message's length has to be
 * written its bytes are already there. Callers therefore write fields in descending order, value before tag.
 */
export class ProtobufWriter {
  #buffer: Uint8Array;
  #start: number;

  constructor(sizeHint = 4096) {
    this.#buffer = new Uint8Array(sizeHint);
    this.#start = sizeHint;
  }

  /** Bytes written so far: the difference of two of these is the length of what came between. */
  get length(): number { return this.#buffer.length - this.#start; }

  finish(): Uint8Array { return this.#buffer.subarray(this.#start); }

  tag(number: number, wireType: number): void { this.#varint32((number << 3) | wireType); }

  /** Ends a length-delimited field whose content began at `lengthBefore`. */
  delimit(number: number, lengthBefore: number): void {
    this.#varint32(this.length - lengthBefore);
    this.#varint32((number << 3) | 2);
  }

  integer(value: number): void {
    if (value >= 0 && value < 0x80000000) return this.#varint32(value);
    this.#varint64(value >>> 0, Math.floor(value / 0x100000000) >>> 0);
  }

  bigInteger(value: bigint): void {
    const bits = BigInt.asUintN(64, value);
    this.#varint64(Number(bits & 0xffffffffn), Number(bits >> 32n));
  }

  double(value: number): void {
    this.#reserve(8);
    this.#start -= 8;
    new DataView(this.#buffer.buffer).setFloat64(this.#start, value, true);
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#start -= value.length;
    this.#buffer.set(value, this.#start);
  }

  string(value: string): void {
    this.#reserve(value.length);
    const start = this.#start - value.length;
    for (let i = 0; i < value.length; i++) {
      const c = value.charCodeAt(i);
      if (c >= 0x80) return this.bytes(utf8.encode(value));
      this.#buffer[start + i] = c;
    }
    this.#start = start;
  }

  #varint32(value: number): void {
    this.#reserve(5);
    const size = value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;
    let at = (this.#start -= size);
    for (; value >= 0x80; value >>>= 7) this.#buffer[at++] = (value & 0x7f) | 0x80;
    this.#buffer[at] = value;
  }

  #varint64(low: number, high: number): void {
    const bytes: number[] = [];
    while (high !== 0 || low >= 0x80) {
      bytes.push((low & 0x7f) | 0x80);
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    bytes.push(low);
    this.#reserve(bytes.length);
    this.#start -= bytes.length;
    this.#buffer.set(bytes, this.#start);
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#start) return;
    const grown = new Uint8Array(Math.max(this.#buffer.length * 2, this.length + bytes));
    grown.set(this.#buffer.subarray(this.#start), grown.length - this.length);
    this.#start = grown.length - this.length;
    this.#buffer = grown;
  }
}

const utf8 = new TextEncoder();
