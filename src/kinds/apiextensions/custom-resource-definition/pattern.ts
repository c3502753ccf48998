import { RE2JS } from "@bufbuild/re2";

/** Patterns are compiled once: the same definition validates many objects. */
const compiled = new Map<string, RE2JS | Error>();
const compiledMax = 500;

function compile(pattern: string): RE2JS | Error {
  let result = compiled.get(pattern);
  if (result === undefined) {
    try { result = RE2JS.compile(pattern); } catch (error) { result = error as Error; }
    if (compiled.size >= compiledMax) compiled.delete(compiled.keys().next().value!);
    compiled.set(pattern, result);
  }
  return result;
}

/**
 * Whether a text has a match of an author's pattern, in time linear in the text: RE2, as upstream's Go. JavaScript's
 * own engine would let one object stop the cluster.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  const result = compile(pattern);
  return !(result instanceof Error) && result.test(text);
}

/** What is wrong with a pattern, or undefined. */
export function patternError(pattern: string): string | undefined {
  const result = compile(pattern);
  return result instanceof Error ? result.message : undefined;
}
