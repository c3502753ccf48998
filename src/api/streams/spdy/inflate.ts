/**
 * DEFLATE (RFC 1951) within a zlib stream (RFC 1950) whose pieces end at byte boundaries, as SPDY's header blocks do: the
 * window lives on from piece to piece and may start as a preset dictionary, which the web's DecompressionStream cannot do.
 * Pieces are small, so clarity comes before speed.
 */
export class Inflater {
  readonly #dictionary: Uint8Array;
  readonly #piecesBytesMax: number;
  /** The dictionary and all output that can still be referred to. */
  #window: number[] = [];
  #started = false;

  constructor(dictionary: Uint8Array, pieceBytesMax = 65_536) {
    this.#dictionary = dictionary;
    this.#piecesBytesMax = pieceBytesMax;
  }

  /** The output of one piece. Throws InflateError. */
  inflate(piece: Uint8Array): Uint8Array {
    const bits = new BitReader(piece);
    if (!this.#started) this.#start(bits);
    const start = this.#window.length;
    while (!bits.atEnd) this.#block(bits, start + this.#piecesBytesMax);
    const output = Uint8Array.from(this.#window.slice(start));
    if (this.#window.length > 4 * WINDOW) this.#window = this.#window.slice(-WINDOW);
    return output;
  }

  #start(bits: BitReader): void {
    const [method, flags] = [bits.bits(8), bits.bits(8)];
    if ((method & 15) !== 8 || ((method << 8) | flags) % 31 !== 0) throw new InflateError("not a zlib stream");
    if (flags & 0x20) {
      bits.bits(16);
      bits.bits(16);
      this.#window = Array.from(this.#dictionary);
    }
    this.#started = true;
  }

  #block(bits: BitReader, lengthMax: number): void {
    bits.bits(1); // the last block of a stream; header streams have none
    const type = bits.bits(2);
    if (type === 0) return this.#stored(bits, lengthMax);
    if (type === 3) throw new InflateError("unknown block type");
    const [literals, distances] = type === 1 ? [fixedLiterals, fixedDistances] : readTrees(bits);
    for (let symbol = literals.read(bits); symbol !== 256; symbol = literals.read(bits)) {
      if (symbol < 256) this.#window.push(symbol);
      else this.#copy(bits, symbol - 257, distances);
      if (this.#window.length > lengthMax) throw new InflateError("the output is too long");
    }
  }

  #stored(bits: BitReader, lengthMax: number): void {
    bits.align();
    const length = bits.bits(16);
    if ((length ^ bits.bits(16)) !== 0xffff) throw new InflateError("a stored block's length is wrong");
    if (this.#window.length + length > lengthMax) throw new InflateError("the output is too long");
    for (let i = 0; i < length; i++) this.#window.push(bits.bits(8));
  }

  #copy(bits: BitReader, code: number, distances: Huffman): void {
    if (code >= 29) throw new InflateError("unknown length");
    const length = lengthBase[code]! + bits.bits(lengthExtra[code]!);
    const distanceCode = distances.read(bits);
    if (distanceCode >= 30) throw new InflateError("unknown distance");
    const distance = distanceBase[distanceCode]! + bits.bits(distanceCode < 4 ? 0 : (distanceCode >> 1) - 1);
    const from = this.#window.length - distance;
    if (from < 0) throw new InflateError("a distance leads before the start");
    for (let i = 0; i < length; i++) this.#window.push(this.#window[from + i]!);
  }
}

export class InflateError extends Error {}

const WINDOW = 32_768;

class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #held = 0;
  #count = 0;

  constructor(bytes: Uint8Array) { this.#bytes = bytes; }

  /** Padding of less than a byte does not count: no block fits into it. */
  get atEnd(): boolean { return this.#at >= this.#bytes.length && this.#count < 8; }

  bits(count: number): number {
    while (this.#count < count) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new InflateError("the piece ended early");
      this.#held |= byte << this.#count;
      this.#count += 8;
    }
    const value = this.#held & ((1 << count) - 1);
    this.#held >>>= count;
    this.#count -= count;
    return value;
  }

  align(): void {
    this.#held = 0;
    this.#at -= this.#count >> 3;
    this.#count = 0;
  }
}

/** Canonical codes by length, read bit by bit (RFC 1951, 3.2.2). */
class Huffman {
  readonly #counts: number[] = Array.from({ length: 16 }, () => 0);
  readonly #symbols: number[] = [];

  constructor(lengths: readonly number[]) {
    for (const length of lengths) if (length > 0) this.#counts[length]!++;
    for (let length = 1; length < 16; length++) lengths.forEach((l, symbol) => { if (l === length) this.#symbols.push(symbol); });
  }

  read(bits: BitReader): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length < 16; length++) {
      code |= bits.bits(1);
      const count = this.#counts[length]!;
      if (code - count < first) return this.#symbols[index + code - first]!;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new InflateError("unknown code");
  }
}

const lengthExtra = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const lengthBase = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const distanceBase = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
const codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

const fixedLiterals = new Huffman(Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)));
const fixedDistances = new Huffman(Array.from({ length: 30 }, () => 5));

function readTrees(bits: BitReader): [Huffman, Huffman] {
  const literalCount = bits.bits(5) + 257;
  const distanceCount = bits.bits(5) + 1;
  const codeCount = bits.bits(4) + 4;
  const codeLengths: number[] = Array.from({ length: 19 }, () => 0);
  for (let i = 0; i < codeCount; i++) codeLengths[codeLengthOrder[i]!] = bits.bits(3);
  const codes = new Huffman(codeLengths);
  const lengths: number[] = [];
  while (lengths.length < literalCount + distanceCount) {
    const symbol = codes.read(bits);
    if (symbol < 16) lengths.push(symbol);
    else repeat(lengths, symbol, bits);
  }
  if (lengths.length > literalCount + distanceCount) throw new InflateError("too many code lengths");
  return [new Huffman(lengths.slice(0, literalCount)), new Huffman(lengths.slice(literalCount))];
}

function repeat(lengths: number[], symbol: number, bits: BitReader): void {
  const [value, base, extra] = symbol === 16 ? [lengths.at(-1), 3, 2] : symbol === 17 ? [0, 3, 3] : [0, 11, 7];
  if (value === undefined) throw new InflateError("nothing to repeat");
  for (let i = base + bits.bits(extra); i > 0; i--) lengths.push(value);
}
