/** Names of fields as expressions write them: `a-b` is `a__dash__b`, words of the language get underscores around them. */
const words = new Set(["true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while"]);
const escapes: Record<string, string> = { __: "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__" };

/** Undefined where an expression cannot name it. */
export function escapeName(name: string): string | undefined {
  if (!/^[A-Za-z_]/.test(name)) return undefined;
  if (words.has(name)) return `__${name}__`;
  const escaped = name.replace(/__|[.\-/]/g, (found) => escapes[found]!);
  return /^\w+$/.test(escaped) ? escaped : undefined;
}
