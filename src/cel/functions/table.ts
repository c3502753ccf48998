import { parseSignature, type Signature } from "../types.ts";
import type { Value } from "../values.ts";

// Arguments have been checked against the signature: each function states the types that it knows it gets.
export type Run = (...args: any[]) => Value;
export interface Definition {
  readonly text: string;
  readonly run: Run;
  /** Units beyond the one of every call, from the arguments. Paid before the call. */
  readonly cost?: (...args: any[]) => number;
}
export interface Overload extends Definition { readonly signature: Signature }
export type Library = Readonly<Record<string, readonly Definition[]>>;

export const define = (text: string, run: Run, cost?: (...args: any[]) => number): Definition => ({ text, run, ...(cost && { cost }) });

/** Cost of reading a text, as upstream has it: a tenth of a unit for each byte. */
export const traversal = (length: number): number => Math.ceil(length * 0.1);
/** Of looking for one text in another, and for a regular expression in a text. */
export const searchCost = (text: string, other: string): number => traversal(text.length) * Math.max(1, traversal(other.length));
export const regexCost = (text: string, pattern: string): number => traversal(text.length + 1) * Math.max(1, Math.ceil(pattern.length * 0.25));
export const readsFirst = (first: { length: number }): number => traversal(first.length);

const read = new WeakMap<Definition, Overload>();
export function overloadOf(definition: Definition): Overload {
  let overload = read.get(definition);
  if (!overload) read.set(definition, (overload = { ...definition, signature: parseSignature(definition.text) }));
  return overload;
}
