import { joinBytes } from "../lib/bytes.ts";

/** Distinguished Encoding Rules: just what X.509 certificates are made of. */
export type Der = Uint8Array;

export function tagged(tag: number, ...contents: Der[]): Der {
  const length = contents.reduce((sum, part) => sum + part.length, 0);
  const head = length < 0x80 ? [tag, length] : [tag, ...longLength(length)];
  return joinBytes([Uint8Array.from(head), ...contents]);
}

function longLength(length: number): number[] {
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

export const sequence = (...parts: Der[]): Der => tagged(0x30, ...parts);
export const set = (...parts: Der[]): Der => tagged(0x31, ...parts);
export const octets = (bytes: Der): Der => tagged(0x04, bytes);
export const bits = (bytes: Der, unused = 0): Der => tagged(0x03, Uint8Array.of(unused), bytes);
export const utf8 = (text: string): Der => tagged(0x0c, new TextEncoder().encode(text));
export const ia5 = (tag: number, text: string): Der => tagged(tag, new TextEncoder().encode(text));
export const TRUE: Der = tagged(0x01, Uint8Array.of(0xff));

/** A positive integer from its big-endian bytes. */
export function integer(bytes: Der): Der {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const body = bytes.subarray(start);
  return tagged(0x02, body[0]! & 0x80 ? Uint8Array.of(0, ...body) : body);
}

export function objectId(text: string): Der {
  const [first, second, ...rest] = text.split(".").map(Number);
  const bytes = [first! * 40 + second!];
  for (const number of rest) {
    const groups = [number & 0x7f];
    for (let left = Math.floor(number / 128); left > 0; left = Math.floor(left / 128)) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tagged(0x06, Uint8Array.from(bytes));
}

/** UTCTime until 2049, GeneralizedTime after it (RFC 5280). */
export function time(ms: number): Der {
  const digits = new Date(ms).toISOString().replace(/[-:T]/g, "").slice(0, 14);
  const year = Number(digits.slice(0, 4));
  return year < 2050 ? ia5(0x17, `${digits.slice(2)}Z`) : ia5(0x18, `${digits}Z`);
}
