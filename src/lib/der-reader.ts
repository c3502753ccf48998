/** Reads Distinguished Encoding Rules as far as certificate requests need it. Throws on anything malformed. */
export interface DerValue {
  tag: number;
  /** The contents. */
  body: Uint8Array;
  /** The whole value, header included. */
  raw: Uint8Array;
}

export class DerError extends Error {}

export function readDer(bytes: Uint8Array): DerValue {
  const [value, ...rest] = readDerAll(bytes);
  if (!value || rest.length > 0) throw new DerError("asn1: syntax error: trailing data");
  return value;
}

/** The values one after the other, as in a SEQUENCE's contents. */
function readDerAll(bytes: Uint8Array): DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length;) {
    const value = readAt(bytes, at);
    values.push(value);
    at += value.raw.length;
  }
  return values;
}

export function members(value: DerValue | undefined, tag = 0x30): DerValue[] {
  if (value?.tag !== tag) throw new DerError("asn1: structure error: tags don't match");
  return readDerAll(value.body);
}

export function objectIdText(value: DerValue | undefined): string {
  if (value?.tag !== 0x06 || value.body.length === 0) throw new DerError("asn1: structure error: no object identifier");
  const numbers: number[] = [];
  let number = 0;
  for (const byte of value.body) {
    number = number * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    if (numbers.length === 0) numbers.push(Math.min(2, Math.floor(number / 40)), number - 40 * Math.min(2, Math.floor(number / 40)));
    else numbers.push(number);
    number = 0;
  }
  return numbers.join(".");
}

function readAt(bytes: Uint8Array, start: number): DerValue {
  const [tag, first] = [bytes[start], bytes[start + 1]];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw new DerError("asn1: syntax error: truncated tag or length");
  let length = first;
  let at = start + 2;
  if (first & 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw new DerError("asn1: syntax error: length too large");
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + (bytes[at++] ?? 0);
  }
  if (at + length > bytes.length) throw new DerError("asn1: syntax error: data truncated");
  return { tag, body: bytes.subarray(at, at + length), raw: bytes.subarray(start, at + length) };
}
