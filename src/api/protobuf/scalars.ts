import { ProtobufError } from "./reader.ts";

/** RFC 3339 text of a number of seconds since 1970, or null for Go's zero time. */
export function timeText(seconds: number): string | null {
  if (seconds === zeroTimeSeconds) return null;
  return secondsText(seconds) + "Z";
}

export function microTimeText(seconds: number, nanos: number): string | null {
  if (seconds === zeroTimeSeconds && nanos === 0) return null;
  if (nanos < 0 || nanos > 999_999_999) throw new ProtobufError("proto: time is out of range");
  return `${secondsText(seconds)}.${String(Math.trunc(nanos / 1000)).padStart(6, "0")}Z`;
}

/** Seconds and nanoseconds of RFC 3339 text, undefined for what is no time. Nanoseconds are cut to microseconds. */
export function parseTime(text: unknown): { seconds: number; nanos: number } | undefined {
  if (typeof text !== "string") return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return undefined;
  const fraction = /\.(\d{1,6})/.exec(text)?.[1] ?? "";
  return { seconds: Math.floor(ms / 1000), nanos: Number(fraction.padEnd(6, "0")) * 1000 };
}

// Year 1, which Go takes for "no time".
const zeroTimeSeconds = -62135596800;
const lastSecond = 253402300799; // end of the year 9999

function secondsText(seconds: number): string {
  if (seconds < zeroTimeSeconds || seconds > lastSecond) throw new ProtobufError("proto: time is out of range");
  return new Date(seconds * 1000).toISOString().slice(0, 19);
}

/** Go's text of a duration in nanoseconds: `1h0m0s`, `1.5s`, `300ms`. */
export function durationText(nanos: bigint): string {
  if (nanos === 0n) return "0s";
  const sign = nanos < 0n ? "-" : "";
  const size = nanos < 0n ? -nanos : nanos;
  if (size < 1_000_000_000n) {
    const [unit, scale] = size < 1000n ? ["ns", 1n] as const : size < 1_000_000n ? ["µs", 1000n] as const : ["ms", 1_000_000n] as const;
    return sign + decimal(size, scale) + unit;
  }
  const minutes = size / 60_000_000_000n;
  const seconds = decimal(size % 60_000_000_000n, 1_000_000_000n) + "s";
  if (minutes === 0n) return sign + seconds;
  return `${sign}${minutes >= 60n ? `${minutes / 60n}h` : ""}${minutes % 60n}m${seconds}`;
}

const unitNanos: Readonly<Record<string, number>> = { ns: 1, us: 1e3, "µs": 1e3, "μs": 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** Nanoseconds of Go's text; 0 for what is no duration. */
export function parseDuration(text: unknown): bigint {
  if (typeof text !== "string" || !/^[-+]?(\d+(\.\d*)?(ns|us|\u00b5s|\u03bcs|ms|s|m|h))+$/.test(text)) return 0n;
  let nanos = 0n;
  for (const [, whole, fraction = "", unit] of text.matchAll(/(\d+)(?:\.(\d*))?(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g)) {
    const scale = BigInt(unitNanos[unit!]!);
    nanos += BigInt(whole!) * scale + (BigInt(fraction.padEnd(12, "0").slice(0, 12)) * scale) / 1_000_000_000_000n;
  }
  return text.startsWith("-") ? -nanos : nanos;
}

function decimal(value: bigint, scale: bigint): string {
  const fraction = scale === 1n ? "" : String(value % scale).padStart(String(scale).length - 1, "0").replace(/0+$/, "");
  return `${value / scale}${fraction && `.${fraction}`}`;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const sextets = new Uint8Array(128).fill(255);
for (let i = 0; i < 64; i++) sextets[alphabet.charCodeAt(i)] = i;

export function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; i += 3) {
    const n = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const left = bytes.length - i;
    parts.push(alphabet[n >> 18]! + alphabet[(n >> 12) & 63]! + (left > 1 ? alphabet[(n >> 6) & 63]! : "=") + (left > 2 ? alphabet[n & 63]! : "="));
  }
  return parts.join("");
}

/** Bytes of base64 text; whatever is no base64 is left out. */
export function fromBase64(text: string): Uint8Array {
  const out = new Uint8Array(Math.ceil((text.length * 3) / 4));
  let size = 0, bits = 0, pending = 0;
  for (let i = 0; i < text.length; i++) {
    const sextet = sextets[text.charCodeAt(i)] ?? 255;
    if (sextet === 255) continue;
    bits = ((bits << 6) | sextet) & 0xffffff;
    pending += 6;
    if (pending >= 8) out[size++] = (bits >> (pending -= 8)) & 0xff;
  }
  return out.subarray(0, size);
}
