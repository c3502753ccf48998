import { Inflater, InflateError } from "./inflate.ts";

/** Name-value blocks of SPDY/3.1, section 2.6.10: compressed with one zlib stream a direction, with this dictionary. */
export type Headers = Map<string, string>;

export class HeaderDecoder {
  readonly #inflater = new Inflater(dictionary());

  decode(block: Uint8Array): Headers {
    const bytes = this.#inflater.inflate(block);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const headers: Headers = new Map();
    let at = 4;
    const text = () => {
      if (at + 4 > bytes.length) throw new InflateError("the header block is too short");
      const end = at + 4 + view.getUint32(at);
      if (end > bytes.length) throw new InflateError("the header block is too short");
      const value = new TextDecoder().decode(bytes.subarray(at + 4, end));
      at = end;
      return value;
    };
    if (bytes.length < 4) throw new InflateError("the header block is too short");
    for (let remaining = view.getUint32(0); remaining > 0; remaining--) {
      const name = text();
      headers.set(name.toLowerCase(), text());
    }
    return headers;
  }
}

/** An empty stored block: Go's inflater hands out what it has only when it meets one. */
const SYNC = [0, 0, 0, 255, 255];

/** Compresses nothing: stored blocks, which every inflater reads, and no dictionary. */
export class HeaderEncoder {
  #started = false;

  encode(headers: readonly (readonly [string, string])[]): Uint8Array {
    const content = block(headers);
    const head = this.#started ? [] : [0x78, 0x01];
    this.#started = true;
    const { length } = content;
    return Uint8Array.of(...head, 0, length & 255, length >> 8, ~length & 255, (~length >> 8) & 255, ...content, ...SYNC);
  }
}

function block(headers: readonly (readonly [string, string])[]): number[] {
  const u32 = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
  const text = (value: string) => {
    const bytes = new TextEncoder().encode(value);
    return [...u32(bytes.length), ...bytes];
  };
  return [...u32(headers.length), ...headers.flatMap(([name, value]) => [...text(name), ...text(value)])];
}

/** Words with their lengths, then plain text: 1,423 bytes, Adler-32 0xe3c6a7c2. */
export function dictionary(): Uint8Array {
  const words = (
    "options|head|post|put|delete|trace|accept|accept-charset|accept-encoding|accept-language|accept-ranges|age|allow|authorization|" +
    "cache-control|connection|content-base|content-encoding|content-language|content-length|content-location|content-md5|content-range|" +
    "content-type|date|etag|expect|expires|from|host|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since|last-modified|" +
    "location|max-forwards|pragma|proxy-authenticate|proxy-authorization|range|referer|retry-after|server|te|trailer|transfer-encoding|" +
    "upgrade|user-agent|vary|via|warning|www-authenticate|method|get|status|200 OK|version|HTTP/1.1|url|public|set-cookie|keep-alive|origin"
  ).split("|");
  const tail =
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information" +
    "204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error" +
    "501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, " +
    "Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,public" +
    "privatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";
  return new TextEncoder().encode(words.map((word) => `\0\0\0${String.fromCharCode(word.length)}${word}`).join("") + tail);
}
