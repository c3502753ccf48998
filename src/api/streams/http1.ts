import { joinBytes } from "../../lib/bytes.ts";

/**
 * As much of HTTP/1.1 (RFC 9112) as a proxy needs over a byte stream: it writes a request's head, reads the response's
 * head, and undoes chunked framing. Everything is bounded.
 */
export interface ResponseHead { status: number; statusText: string; headers: [string, string][] }

const HEAD_BYTES_MAX = 65_536;

export class HttpError extends Error {}

/** `target` is a path with query. Values with line breaks are left out rather than sent. */
export function requestHead(method: string, target: string, headers: Iterable<[string, string]>): Uint8Array {
  // oxlint-disable-next-line no-control-regex
  const lines = [...headers].filter(([name, value]) => !/[\r\n\0]/.test(name + value)).map(([name, value]) => `${name}: ${value}\r\n`);
  return new TextEncoder().encode(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`);
}

/** Bytes from a stream, with a look ahead. */
export class ByteReader {
  readonly #read: () => Promise<Uint8Array | undefined>;
  #rest: Uint8Array = new Uint8Array();

  constructor(read: () => Promise<Uint8Array | undefined>) { this.#read = read; }

  /** Whatever has come; undefined at the end. */
  async some(max = Infinity): Promise<Uint8Array | undefined> {
    if (this.#rest.length === 0) {
      const next = await this.#read();
      if (!next) return undefined;
      this.#rest = next;
    }
    const part = this.#rest.subarray(0, max);
    this.#rest = this.#rest.subarray(part.length);
    return part.length > 0 ? part : await this.some(max);
  }

  /** So many bytes. At an end before the first of them: undefined, if that is expected. */
  async exactly(length: number): Promise<Uint8Array>;
  async exactly(length: number, options: { mayEnd: true }): Promise<Uint8Array | undefined>;
  async exactly(length: number, { mayEnd = false } = {}): Promise<Uint8Array | undefined> {
    const whole = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const part = await this.some(length - at);
      if (!part && mayEnd && at === 0) return undefined;
      if (!part) throw new HttpError("the connection ended within a message");
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  /** Without its line end. */
  async line(bytesMax = HEAD_BYTES_MAX): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf(10);
      if (end >= 0) {
        const text = Array.from(this.#rest.subarray(0, end), (byte) => String.fromCharCode(byte)).join("").replace(/\r$/, "");
        this.#rest = this.#rest.subarray(end + 1);
        return text;
      }
      if (this.#rest.length > bytesMax) throw new HttpError("the response's head is too long");
      const next = await this.#read();
      if (!next) throw new HttpError("the connection ended within the response's head");
      this.#rest = joinBytes([this.#rest, next]);
    }
  }
}

/** The final head; interim ones (100 Continue) are passed over. */
export async function readResponseHead(reader: ByteReader): Promise<ResponseHead> {
  for (;;) {
    const match = /^HTTP\/1\.[01] (\d{3})(?: (.*))?$/.exec(await reader.line());
    if (!match) throw new HttpError("the answer is not HTTP/1.1");
    const head: ResponseHead = { status: Number(match[1]), statusText: match[2] ?? "", headers: [] };
    let bytes = 0;
    for (let line = await reader.line(); line !== ""; line = await reader.line()) {
      bytes += line.length;
      if (bytes > HEAD_BYTES_MAX) throw new HttpError("the response's head is too long");
      const colon = line.indexOf(":");
      if (colon <= 0) throw new HttpError("the response has a malformed header");
      head.headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
    }
    if (head.status >= 200 || head.status === 101) return head;
  }
}

/** The body as its framing says; undefined when there is none. */
export function readBody(reader: ByteReader, method: string, { status, headers }: ResponseHead): (() => Promise<Uint8Array | undefined>) | undefined {
  if (method === "HEAD" || status === 204 || status === 304) return undefined;
  const get = (name: string) => headers.find(([n]) => n.toLowerCase() === name)?.[1];
  if (get("transfer-encoding")?.toLowerCase().includes("chunked")) return chunked(reader);
  const length = get("content-length");
  return length === undefined ? () => reader.some() : limited(reader, Number(length));
}

function limited(reader: ByteReader, length: number): () => Promise<Uint8Array | undefined> {
  let remaining = length;
  return async () => {
    if (!(remaining > 0)) return undefined;
    const part = await reader.some(remaining);
    if (!part) throw new HttpError("the body ended early");
    remaining -= part.length;
    return part;
  };
}

function chunked(reader: ByteReader): () => Promise<Uint8Array | undefined> {
  let remaining = 0;
  let over = false;
  return async () => {
    if (over) return undefined;
    if (remaining === 0) {
      const size = /^([0-9a-f]{1,8})\s*(;.*)?$/i.exec(await reader.line());
      if (!size) throw new HttpError("the body has a malformed chunk");
      remaining = Number.parseInt(size[1]!, 16);
      if (remaining === 0) {
        over = true;
        while (await reader.line() !== "");
        return undefined;
      }
    }
    const part = await reader.some(remaining);
    if (!part) throw new HttpError("the body ended early");
    remaining -= part.length;
    if (remaining === 0) await reader.line();
    return part;
  };
}
