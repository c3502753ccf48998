import { constants, createDeflate, createInflate, inflateSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FrameReader, FrameWriter, type Frame } from "./frames.ts";
import { dictionary, HeaderDecoder, HeaderEncoder } from "./header-block.ts";
import { Inflater } from "./inflate.ts";

/** As a client's compressor: one zlib stream, flushed after each piece. */
async function compressPieces(pieces: Uint8Array[], options: { dictionary?: Uint8Array; level?: number; strategy?: number } = {}): Promise<Uint8Array[]> {
  const deflate = createDeflate(options);
  const compressed: Uint8Array[] = [];
  for (const piece of pieces) {
    const chunks: Buffer[] = [];
    const collect = (chunk: Buffer) => chunks.push(chunk);
    deflate.on("data", collect);
    deflate.write(piece);
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
    deflate.off("data", collect);
    compressed.push(Buffer.concat(chunks));
  }
  return compressed;
}

test("the dictionary is that of the specification", () => {
  let [a, b] = [1, 0];
  for (const byte of dictionary()) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  expect(dictionary().length).toBe(1423);
  expect(((b << 16) | a) >>> 0).toBe(0xe3c6a7c2);
});

test("any pieces come out of one inflater as they went into one compressor", async () => {
  const piece = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ maxLength: 400 }).map((s) => new TextEncoder().encode(s.repeat(3))));
  await fc.assert(fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 5 }), fc.constantFrom(0, 1, 6, 9), fc.constantFrom(0, 2, 4), async (pieces, level, strategy) => {
    const inflater = new Inflater(dictionary());
    for (const [i, compressed] of (await compressPieces(pieces, { dictionary: dictionary(), level, strategy })).entries()) {
      expect(inflater.inflate(compressed)).toEqual(Uint8Array.from(pieces[i]!));
    }
  }), { numRuns: 60 });
});

test("random bytes are refused and never loop", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    try { new Inflater(dictionary()).inflate(Uint8Array.of(0x78, 0x9c, ...bytes)); } catch (error) { expect(error).toBeInstanceOf(Error); }
  }));
  const bomb = inflateSync(new Uint8Array([0x78, 0x9c, 3, 0, 0, 0, 0, 1]));
  expect(bomb.length).toBe(0);
});

test("our header blocks are read by zlib and by ourselves", async () => {
  const encoder = new HeaderEncoder();
  const blocks = [encoder.encode([["a", "1"]]), encoder.encode([]), encoder.encode([["port", "8080"]])];
  const decoder = new HeaderDecoder();
  expect(blocks.map((block) => Object.fromEntries(decoder.decode(block)))).toEqual([{ a: "1" }, {}, { port: "8080" }]);
  const inflate = createInflate({ dictionary: dictionary() });
  const chunks: Buffer[] = [];
  inflate.on("data", (chunk) => chunks.push(chunk));
  for (const block of blocks) await new Promise((resolve) => inflate.write(block, resolve));
  expect(Buffer.concat(chunks).toString("latin1")).toContain("8080");
});

async function synStream(stream: number, headers: Record<string, string>): Promise<Uint8Array> {
  const u32 = (n: number) => [n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255];
  const text = (s: string) => [...u32(s.length), ...new TextEncoder().encode(s)];
  const content = Uint8Array.from([...u32(Object.keys(headers).length), ...Object.entries(headers).flatMap(([n, v]) => [...text(n), ...text(v)])]);
  const [block] = await compressPieces([content], { dictionary: dictionary() });
  return Uint8Array.from([0x80, 3, 0, 1, 0, ...u32(10 + block!.length).slice(1), ...u32(stream), ...u32(0), 0, 0, ...block!]);
}

test("frames are found wherever the bytes are cut", async () => {
  const writer = new FrameWriter();
  const bytes = Buffer.concat([
    await synStream(1, { streamtype: "error", port: "80", requestid: "0" }),
    writer.data(1, new TextEncoder().encode("hello"), true),
    writer.ping(7),
    writer.rst(3, 5),
  ]);
  for (const size of [1, 2, 5, 13, 1000]) {
    const reader = new FrameReader();
    const frames: Frame[] = [];
    for (let at = 0; at < bytes.length; at += size) frames.push(...reader.read(bytes.subarray(at, at + size)));
    expect(frames[0]).toMatchObject({ type: "syn-stream", stream: 1 });
    const data = frames.filter((f) => f.type === "data");
    expect(data.map((f) => new TextDecoder().decode(f.bytes)).join("")).toBe("hello");
    expect(data.map((f) => f.fin)).toEqual([...data.slice(1).map(() => false), true]);
    expect(frames.at(-2)).toEqual({ type: "ping", id: 7 });
    expect(frames.at(-1)).toEqual({ type: "rst", stream: 3, status: 5 });
  }
});
