import type { ByteReader } from "./http1.ts";

/** Frames of RFC 6455 as a client writes and reads them, without extensions. */
export const Opcode = { CONTINUATION: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 } as const;

export interface Frame { opcode: number; final: boolean; payload: Uint8Array }

/** A client's frames are masked; the mask guards caches on the way, and there are none in a tunnel. */
export function encodeFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const long = payload.length > 65_535 ? 8 : payload.length > 125 ? 2 : 0;
  const frame = new Uint8Array(2 + long + 4 + payload.length);
  const view = new DataView(frame.buffer);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (long === 8 ? 127 : long === 2 ? 126 : payload.length);
  if (long === 2) view.setUint16(2, payload.length);
  if (long === 8) view.setBigUint64(2, BigInt(payload.length));
  const mask = crypto.getRandomValues(frame.subarray(2 + long, 6 + long));
  for (let i = 0; i < payload.length; i++) frame[6 + long + i] = payload[i]! ^ mask[i & 3]!;
  return frame;
}

/** Undefined at the end of the connection. Throws on frames that no server may send, and on too long ones. */
export async function readFrame(reader: ByteReader, bytesMax: number): Promise<Frame | undefined> {
  const start = await reader.exactly(2, { mayEnd: true });
  if (!start) return undefined;
  const [first, second] = start as unknown as [number, number];
  if (first & 0x70 || second & 0x80) throw new Error("the server sent a malformed frame");
  const short = second & 0x7f;
  const size = short < 126 ? undefined : await reader.exactly(short === 126 ? 2 : 8);
  const length = size === undefined ? short : size.reduce((sum, byte) => sum * 256 + byte, 0);
  if (length > bytesMax) throw new Error("the server's message is too long");
  return { opcode: first & 0x0f, final: (first & 0x80) !== 0, payload: length === 0 ? new Uint8Array() : await reader.exactly(length) };
}

export function closePayload(code: number, reason: string): Uint8Array {
  const text = new TextEncoder().encode(reason).subarray(0, 123);
  return code === 1005 || code === 1006 ? new Uint8Array() : Uint8Array.of(code >> 8, code & 0xff, ...text);
}
