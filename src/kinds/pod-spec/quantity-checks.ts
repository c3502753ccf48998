import { addQuantity, canonicalQuantity, compareQuantity, formatQuantity, parseQuantity, type Quantity, zeroQuantity } from "../values/quantity.ts";

/** Decoding has checked quantities; one that cannot be read counts as zero here rather than throwing. */
export function quantityOf(text: string | undefined): Quantity {
  if (text === undefined || text === "") return zeroQuantity;
  try { return parseQuantity(text); } catch { return zeroQuantity; }
}

export const isNegative = (text: string | undefined): boolean => quantityOf(text).nano < 0n;
export const compareText = (a: string, b: string): -1 | 0 | 1 => (a === b ? 0 : compareQuantity(quantityOf(a), quantityOf(b)));

const NANO_PER_UNIT = 1_000_000_000n;
const NANO_PER_MILLI = 1_000_000n;
export const isWhole = (text: string): boolean => quantityOf(text).nano % NANO_PER_UNIT === 0n;

/** A few digits and a suffix, as quantities nearly always are: canonical and no finer than a thousandth. */
const PLAIN = /^[1-9][0-9]{0,2}([mkMGTPE]|[KMGTPE]i)?$/;

/** Canonical text; what is finer than a thousandth is rounded up, as upstream's resource lists are. */
export function roundUpToMilli(text: string): string {
  if (PLAIN.test(text)) return text;
  let quantity: Quantity;
  try { quantity = parseQuantity(text); } catch { return text; }
  const rest = quantity.nano % NANO_PER_MILLI;
  if (rest === 0n) return canonicalQuantity(text);
  const up = rest > 0n ? NANO_PER_MILLI - rest : -(NANO_PER_MILLI + rest);
  return formatQuantity({ ...quantity, nano: quantity.nano + up });
}

/** Sums of two lists, name by name. */
export function addLists(a: Record<string, string>, b: Record<string, string> | undefined): Record<string, string> {
  const sum = { ...a };
  for (const name in b) sum[name] = name in sum ? formatQuantity(addQuantity(quantityOf(sum[name]), quantityOf(b[name]))) : b[name]!;
  return sum;
}

export function maxLists(a: Record<string, string>, b: Record<string, string> | undefined): Record<string, string> {
  const max = { ...a };
  for (const name in b) if (!(name in max) || compareText(b[name]!, max[name]!) > 0) max[name] = b[name]!;
  return max;
}
