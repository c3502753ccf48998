/** `$(NAME)` in commands, arguments and environment values; `$$(NAME)` is the text itself, and an unknown name stays as it is. */
export function expandVariables(text: string, lookup: (name: string) => string | undefined): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) => (whole === "$$" ? "$" : lookup(name!) ?? whole));
}

/** For subPathExpr, where an unknown name is an error. */
export function expandStrictly(text: string, lookup: (name: string) => string | undefined): string {
  return expandVariables(text, (name) => {
    const value = lookup(name);
    if (value === undefined) throw new Error(`missing value for "${name}"`);
    return value;
  });
}
