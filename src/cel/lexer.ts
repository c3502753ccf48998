import { CelSyntaxError } from "./ast.ts";
import { Uint, type Value } from "./values.ts";

export type Token =
  | { type: "ident"; text: string; pos: number; quoted?: boolean }
  | { type: "literal"; value: Value; text: string; pos: number }
  | { type: "op"; text: string; pos: number }
  | { type: "end"; text: ""; pos: number };

const reserved = new Set(["as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while"]);
/** Namespace is reserved in the language's own list, and yet a field's name everywhere in Kubernetes. */
export const isReserved = (name: string): boolean => reserved.has(name);

const blank = /(?:[ \t\r\n\f]+|\/\/[^\n]*)*/y;
const name = /[A-Za-z_][A-Za-z0-9_]*/y;
const number = /(?:0[xX][0-9a-fA-F]+[uU]?|(?:\d+\.\d+(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)|\d+[uU]?)/y;
const operator = /(?:&&|\|\||==|!=|<=|>=|[-+*/%!<>?:.,()[\]{}])/y;
const quoted = /([bB]?[rR]?|[rR][bB])("""|'''|"|')/y;

/** Positions are offsets; the expression's end is a token too. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp) => { pattern.lastIndex = at; return pattern.exec(source); };
  for (;;) {
    at += match(blank)![0].length;
    if (at >= source.length) break;
    const pos = at;
    const quote = match(quoted);
    if (quote) { const { value, end } = readString(source, pos, quote); at = end; tokens.push({ type: "literal", value, text: source.slice(pos, end), pos }); continue; }
    const found = match(name)?.[0];
    if (found) { at += found.length; tokens.push(word(found, pos)); continue; }
    const digits = match(number)?.[0];
    if (digits) { at += digits.length; tokens.push({ type: "literal", value: readNumber(digits, pos), text: digits, pos }); continue; }
    if (source[at] === "`") {
      const end = source.indexOf("`", at + 1);
      if (end < 0) throw new CelSyntaxError("Syntax error: token recognition error at: '`'", pos);
      tokens.push({ type: "ident", text: source.slice(at + 1, end), pos, quoted: true });
      at = end + 1;
      continue;
    }
    const op = match(operator)?.[0];
    if (!op) throw new CelSyntaxError(`Syntax error: token recognition error at: '${source[at]}'`, pos);
    at += op.length;
    tokens.push({ type: "op", text: op, pos });
  }
  tokens.push({ type: "end", text: "", pos: source.length });
  return tokens;
}

function word(text: string, pos: number): Token {
  if (text === "true" || text === "false") return { type: "literal", value: text === "true", text, pos };
  if (text === "null") return { type: "literal", value: null, text, pos };
  return text === "in" ? { type: "op", text, pos } : { type: "ident", text, pos };
}

function readNumber(text: string, pos: number): Value {
  if (/^0x/i.test(text) ? false : /[.eE]/.test(text)) return Number(text);
  if (/[uU]$/.test(text)) {
    const value = BigInt(text.slice(0, -1));
    if (value > 0xffffffffffffffffn) throw new CelSyntaxError("invalid uint literal", pos);
    return new Uint(value);
  }
  // 2^63 is allowed here since a minus may follow from before; the parser checks.
  const value = BigInt(text);
  if (value > 0x8000000000000000n) throw new CelSyntaxError("invalid int literal", pos);
  return value;
}

function readString(source: string, pos: number, [whole, prefix, quote]: RegExpExecArray): { value: Value; end: number } {
  const raw = /r/i.test(prefix!);
  const bytes = /b/i.test(prefix!);
  const triple = quote!.length === 3;
  let at = pos + whole!.length;
  const start = at;
  let hasEscapes = false;
  while (!source.startsWith(quote!, at)) {
    if (at >= source.length || (!triple && /[\r\n]/.test(source[at]!))) throw new CelSyntaxError("Syntax error: token recognition error at: " + JSON.stringify(source.slice(pos, pos + 20)), pos);
    if (source[at] === "\\" && !raw) { hasEscapes = true; at++; }
    at++;
  }
  const body = source.slice(start, at);
  const end = at + quote!.length;
  if (bytes) return { value: hasEscapes ? unescapeBytes(body, pos) : new TextEncoder().encode(body), end };
  return { value: hasEscapes ? unescapeText(body, pos) : body, end };
}

const escape = /\\(?:x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g;
const simple: Record<string, string> = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "\\": "\\", "'": "'", '"': '"', "`": "`", "?": "?" };

function codeOf([, x, bigX, u, bigU, octal, plain]: (string | undefined)[], pos: number): number {
  const hex = x ?? bigX ?? u ?? bigU;
  if (hex !== undefined) return Number.parseInt(hex, 16);
  if (octal !== undefined) return Number.parseInt(octal, 8);
  const text = Object.hasOwn(simple, plain!) ? simple[plain!] : undefined;
  if (text === undefined) throw new CelSyntaxError("Syntax error: invalid escape sequence", pos);
  return text.charCodeAt(0);
}

function unescapeText(body: string, pos: number): string {
  return body.replace(escape, (...groups: string[]) => {
    const code = codeOf(groups.slice(0, 7), pos);
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) throw new CelSyntaxError("Syntax error: invalid unicode code point", pos);
    return String.fromCodePoint(code);
  });
}

function unescapeBytes(body: string, pos: number): Uint8Array {
  const out: number[] = [];
  let from = 0;
  const encoder = new TextEncoder();
  for (const match of body.matchAll(escape)) {
    out.push(...encoder.encode(body.slice(from, match.index)));
    out.push(codeOf([...match], pos) & 0xff);
    from = match.index + match[0].length;
  }
  out.push(...encoder.encode(body.slice(from)));
  return Uint8Array.from(out);
}
