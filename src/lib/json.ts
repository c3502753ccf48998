/**
 * JSON text whose integers are kept to the last digit. A double holds 53 bits, an API integer 64: what would be rounded
 * is read as a bigint, and JSON.stringify writes bigints as plain digits again. Everything else is JSON.parse, and the
 * texts without long integers, which are nearly all, cost one look more. Integers beyond 64 bits are doubles, as Go reads
 * them where it has no type to go by. Throws SyntaxError, and RangeError for what is nested too deeply.
 */
export function parseJson(text: string): unknown {
  return hasLongInteger(text) ? (JSON.parse as ParseWithSource)(text, exact) : JSON.parse(text);
}

/** Sixteen digits in a row where a value may begin. */
export const hasLongInteger = (text: string): boolean => /[:,[\s]-?\d{16}/.test(text);

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
Object.defineProperty(BigInt.prototype, "toJSON", { value(this: bigint) { return rawJSON(String(this)); }, configurable: true, writable: true });
