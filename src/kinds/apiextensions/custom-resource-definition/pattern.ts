import { matches, regex } from "../../../cel/regex.ts";

/**
 * Whether a text has a match of an author's pattern, in time linear in the text: RE2, as upstream's Go. JavaScript's
 * own engine would let one object stop the cluster. A pattern that is too big, and one that is too dear for the text at hand, do
 * not match.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  try {
    return matches(text, pattern);
  } catch {
    return false;
  }
}

/** What is wrong with a pattern, or undefined. */
export function patternError(pattern: string): string | undefined {
  try {
    regex(pattern);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
