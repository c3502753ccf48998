/**
 * resource.Quantity: a decimal number with an SI or binary suffix, exact to nano, rounded away from zero beyond that.
 * Parsing, canonical text and rounding are those of apimachinery's api/resource.
 */
export interface Quantity { nano: bigint; format: QuantityFormat }
export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

class QuantityError extends Error {}

const shape = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const decimalExponents: Record<string, number> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const decimalSuffixes = new Map(Object.entries(decimalExponents).map(([s, e]) => [e, s]));
const binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const nanoPerUnit = 1_000_000_000n;
const maxInt64 = 2n ** 63n - 1n;
/** Beyond any real amount; keeps `1e999999999` from taking the memory that it asks for. */
const exponentMax = 300;

/** Numbers are accepted as their JSON text is. Throws QuantityError with upstream's text. */
export function parseQuantity(input: string | number): Quantity {
  const text = String(input).trim();
  if (text === "" || text.length > 400) throw wrongFormat();
  const match = shape.exec(text);
  if (!match) throw wrongFormat();
  const [, sign, whole = "", fraction = "", suffix = ""] = match;
  const unit = readSuffix(suffix);
  const digits = BigInt((whole || "0") + fraction);
  let nano = unit.base === 2
    ? divideAwayFromZero(digits * 2n ** BigInt(unit.exponent) * nanoPerUnit, 10n ** BigInt(fraction.length))
    : scale10(digits, unit.exponent - fraction.length + 9);
  let format = unit.format;
  if (format === "BinarySI") {
    if (nano > maxInt64 * nanoPerUnit) nano = maxInt64 * nanoPerUnit;
    if (nano > 0n && nano < nanoPerUnit) format = "DecimalSI";
  }
  if (digits === 0n && suffix === "") format = "DecimalSI";
  return { nano: sign === "-" ? -nano : nano, format };
}

export function isQuantity(text: unknown): text is string | number {
  if (typeof text !== "string" && typeof text !== "number") return false;
  try { parseQuantity(text); return true; } catch { return false; }
}

export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return "0";
  const magnitude = nano < 0n ? -nano : nano;
  const isBinary = format === "BinarySI" && magnitude >= 1024n * nanoPerUnit && magnitude % nanoPerUnit === 0n;
  return (nano < 0n ? "-" : "") + (isBinary ? binaryText(magnitude / nanoPerUnit) : decimalText(magnitude, format));
}

/** The text that upstream would serve after reading this one. */
export function canonicalQuantity(text: string | number): string {
  // Most quantities are written canonically: a few digits and a suffix.
  if (typeof text === "string" && /^[1-9][0-9]{0,2}([mkMGTP]|[KMGTP]i)?$/.test(text)) return text;
  return formatQuantity(parseQuantity(text));
}

export const compareQuantity = (a: Quantity, b: Quantity): -1 | 0 | 1 => (a.nano < b.nano ? -1 : a.nano > b.nano ? 1 : 0);
/** Keeps the format of the first that is not zero. */
export const addQuantity = (a: Quantity, b: Quantity): Quantity => ({ nano: a.nano + b.nano, format: a.nano === 0n ? b.format : a.format });
export const subtractQuantity = (a: Quantity, b: Quantity): Quantity => ({ nano: a.nano - b.nano, format: a.nano === 0n ? b.format : a.format });
export const zeroQuantity: Quantity = { nano: 0n, format: "DecimalSI" };

/** Whole units, fractions rounded up (upstream's Value). Bytes of memory, counts. */
export const quantityUnits = (q: Quantity | string | number): number => Number(divideAwayFromZero(toQuantity(q).nano, nanoPerUnit));

/** Thousandths, fractions rounded up (upstream's MilliValue). CPU. */
export function quantityMilli(q: Quantity | string | number): number {
  if (typeof q === "string" && /^[0-9]{1,9}m$/.test(q)) return Number(q.slice(0, -1));
  return Number(divideAwayFromZero(toQuantity(q).nano, 1_000_000n));
}

export const quantityFromUnits = (units: number, format: QuantityFormat = "DecimalSI"): Quantity => ({ nano: BigInt(units) * nanoPerUnit, format });
/** Inexact beyond 2^53. */
export const quantityNumber = (q: Quantity | string | number): number => Number(toQuantity(q).nano) / 1e9;

const toQuantity = (q: Quantity | string | number): Quantity => (typeof q === "object" ? q : parseQuantity(q));

function readSuffix(suffix: string): { base: 2 | 10; exponent: number; format: QuantityFormat } {
  const decimal = decimalExponents[suffix];
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: "DecimalSI" };
  const binary = binarySuffixes.indexOf(suffix);
  if (binary > 0) return { base: 2, exponent: binary * 10, format: "BinarySI" };
  const exponent = /^[eE]([+-]?[0-9]+)$/.exec(suffix);
  if (!exponent || Math.abs(Number(exponent[1])) > exponentMax) throw new QuantityError("unable to parse quantity's suffix");
  return { base: 10, exponent: Number(exponent[1]), format: "DecimalExponent" };
}

const wrongFormat = () =>
  new QuantityError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");

const scale10 = (value: bigint, exponent: number): bigint =>
  exponent >= 0 ? value * 10n ** BigInt(exponent) : divideAwayFromZero(value, 10n ** BigInt(-exponent));

function divideAwayFromZero(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  if (value % divisor === 0n) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

function binaryText(units: bigint): string {
  let power = 0;
  while (power < binarySuffixes.length - 1 && units % 1024n === 0n) { units /= 1024n; power++; }
  return `${units}${binarySuffixes[power]}`;
}

/** The largest power of a thousand that leaves a whole number. */
function decimalText(nano: bigint, format: QuantityFormat): string {
  const exponentTop = format === "DecimalExponent" ? Number.POSITIVE_INFINITY : 18;
  let exponent = -9;
  while (exponent < exponentTop && nano % 1000n === 0n) { nano /= 1000n; exponent += 3; }
  if (format !== "DecimalExponent") return `${nano}${decimalSuffixes.get(exponent)}`;
  return exponent === 0 ? `${nano}` : `${nano}e${exponent}`;
}
