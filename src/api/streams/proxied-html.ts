/**
 * Links of a proxied page that name its server's root, led below the proxy. As upstream it knows which attributes of which
 * tags are URLs; everything else, also what no HTML parser would accept, passes byte by byte. It works on the stream, and
 * holds no more than one tag.
 */
const URL_ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  a: ["href"], applet: ["codebase"], area: ["href"], audio: ["src"], base: ["href"], blockquote: ["cite"], body: ["background"], button: ["formaction"],
  command: ["icon"], del: ["cite"], embed: ["src"], form: ["action"], frame: ["longdesc", "src"], head: ["profile"], html: ["manifest"],
  iframe: ["longdesc", "src"], img: ["longdesc", "src", "usemap"], input: ["src", "usemap", "formaction"], ins: ["cite"], link: ["href"],
  object: ["classid", "codebase", "data", "usemap"], q: ["cite"], script: ["src"], source: ["src"], video: ["poster", "src"],
};
/** Their content is text up to their end tag. */
const RAW_TEXT = new Set(["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"]);
const TAG_CHARACTERS_MAX = 16_384;

export function htmlRewriter(rewrite: (url: string) => string): TransformStream<Uint8Array, Uint8Array> {
  const scanner = new Scanner(rewrite);
  return new TransformStream({
    transform: (chunk, controller) => { emit(controller, scanner.take(textOf(chunk))); },
    flush: (controller) => { emit(controller, scanner.rest()); },
  });
}

function emit(controller: TransformStreamDefaultController<Uint8Array>, text: string): void {
  if (text) controller.enqueue(Uint8Array.from(text, (c) => c.charCodeAt(0)));
}

/** A character a byte: markup is ASCII in every encoding that matters, and the rest must not be touched. */
function textOf(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

class Scanner {
  readonly #rewrite: (url: string) => string;
  #waiting = "";
  /** What ends the text in which nothing is markup: "-->" or "</script". */
  #until: string | undefined;

  constructor(rewrite: (url: string) => string) { this.#rewrite = rewrite; }

  take(more: string): string {
    const text = this.#waiting + more;
    let done = 0;
    let shown = "";
    for (;;) {
      const end = this.#until === undefined ? this.#tag(text, done) : this.#raw(text, done);
      if (!end) break;
      shown += end.shown;
      done = end.at;
    }
    this.#waiting = text.slice(done);
    if (this.#waiting.length <= TAG_CHARACTERS_MAX) return shown;
    return shown + this.rest();
  }

  rest(): string {
    const text = this.#waiting;
    this.#waiting = "";
    return text;
  }

  #raw(text: string, from: number): { shown: string; at: number } | undefined {
    const until = this.#until!;
    const at = text.toLowerCase().indexOf(until, from);
    if (at >= 0) this.#until = undefined;
    // What may be the beginning of the end waits for the rest of it.
    const to = at >= 0 ? at + until.length : Math.max(from, text.length - until.length + 1);
    return to > from ? { shown: text.slice(from, to), at: to } : undefined;
  }

  /** The text up to the next tag, and the tag if it is complete. */
  #tag(text: string, from: number): { shown: string; at: number } | undefined {
    const start = text.indexOf("<", from);
    if (start < 0) return from < text.length ? { shown: text.slice(from), at: text.length } : undefined;
    if (start > from) return { shown: text.slice(from, start), at: start };
    if (text.length - start < 4 && "<!--".startsWith(text.slice(start))) return undefined;
    if (text.startsWith("<!--", start)) {
      this.#until = "-->";
      return { shown: "<!--", at: start + 4 };
    }
    if (!/[a-z]/i.test(text[start + 1] ?? "a")) return { shown: "<", at: start + 1 };
    const end = tagEnd(text, start);
    if (end === undefined) return undefined;
    const tag = text.slice(start, end);
    const name = /^<([a-z][^\s/>]*)/i.exec(tag)![1]!.toLowerCase();
    if (RAW_TEXT.has(name)) this.#until = `</${name}`;
    const attributes = URL_ATTRIBUTES[name];
    return { shown: attributes ? rewriteTag(tag, attributes, this.#rewrite) : tag, at: end };
  }
}

/** After the ">" that is in no quotes. */
function tagEnd(text: string, start: number): number | undefined {
  let quote = "";
  for (let at = start + 1; at < text.length; at++) {
    const c = text[at]!;
    if (quote) quote = c === quote ? "" : quote;
    else if (c === ">") return at + 1;
    else if ((c === '"' || c === "'") && isAfterEquals(text, at)) quote = c;
  }
  return undefined;
}

function isAfterEquals(text: string, at: number): boolean {
  let before = at - 1;
  while (isSpace(text[before]!) && at - before < 64) before--;
  return text[before] === "=";
}

const isSpace = (c: string): boolean => c === " " || c === "\n" || c === "\t" || c === "\r" || c === "\f";

/** Goes through the tag once, from attribute to attribute. */
function rewriteTag(tag: string, attributes: readonly string[], rewrite: (url: string) => string): string {
  let shown = "";
  let copied = 0;
  for (let at = tag.search(/[\s/>]/); at < tag.length;) {
    while (at < tag.length && (isSpace(tag[at]!) || tag[at] === "/")) at++;
    const nameStart = at;
    while (at < tag.length && !isSpace(tag[at]!) && !"=>/".includes(tag[at]!)) at++;
    const name = tag.slice(nameStart, at).toLowerCase();
    while (isSpace(tag[at] ?? "")) at++;
    if (tag[at] !== "=") { if (at === nameStart) at++; continue; }
    at++;
    while (isSpace(tag[at] ?? "")) at++;
    const quote = tag[at] === '"' || tag[at] === "'" ? tag[at++]! : "";
    const valueStart = at;
    while (at < tag.length && (quote ? tag[at] !== quote : !isSpace(tag[at]!) && tag[at] !== ">")) at++;
    if (attributes.includes(name)) {
      shown += tag.slice(copied, valueStart) + rewrite(tag.slice(valueStart, at));
      copied = at;
    }
    if (quote) at++;
  }
  return shown + tag.slice(copied);
}
