/**
 * JSON text whose integers are kept to the last digit. A double holds 53 bits, an API integer 64: what would be rounded
 * is read as a bigint, and JSON.stringify writes bigints as plain digits again. Everything else is JSON.parse, and the
 * texts without long integers, which are nearly all, cost one look more. Integers beyond 64 bits are doubles, as Go reads
 * them where it has no type to go by. Throws SyntaxError, and RangeError for what is nested too deeply.
 */
export function parseJson(text: string): unknown {
  return hasLongInteger(text) ? (JSON.parse as ParseWithSource)(text, exact) : JSON.parse(text);
}

const RUN = 16;

/** Whether sixteen digits stand in a row: one of them is at a place divisible by sixteen, so only those are looked at. */
function hasLongInteger(text: string): boolean {
  for (let at = RUN - 1; at < text.length; at += RUN) {
    if (isDigit(text.charCodeAt(at)) && digitsAround(text, at) >= RUN) return true;
  }
  return false;
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

function digitsAround(text: string, at: number): number {
  let start = at;
  let end = at;
  while (at - start < RUN && isDigit(text.charCodeAt(start - 1))) start--;
  while (end - at < RUN && isDigit(text.charCodeAt(end + 1))) end++;
  return end - start + 1;
}

const INT64_LIMIT = 2n ** 63n;

function exact(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context.source ?? "";
  if (!/^-?\d{1,20}$/.test(source)) return value;
  const integer = BigInt(source);
  return integer >= -INT64_LIMIT && integer < INT64_LIMIT ? integer : value;
}

// Newer than TypeScript's library: https://tc39.es/proposal-json-parse-with-source
type ParseWithSource = (text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown) => unknown;
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

// There is no other way to tell JSON.stringify; without this it throws.
// oxlint-disable-next-line no-extend-native
Object.defineProperty(BigInt.prototype, "toJSON", { value(this: bigint) { return rawJSON(String(this)); }, configurable: true, writable: true });
