import type { Value } from "./values.ts";

/** `pos` is the offset in the source text. Macros are nodes of their own: they are told from functions while parsing. */
export type Expr = { pos: number } & (
  | { op: "const"; value: Value }
  | { op: "ident"; name: string }
  | { op: "select"; target: Expr; field: string; test?: boolean; optional?: boolean }
  | { op: "call"; fn: string; target?: Expr; args: Expr[] }
  | { op: "and" | "or"; args: Expr[] }
  | { op: "list"; items: { value: Expr; optional: boolean }[] }
  | { op: "map"; entries: { key: Expr; value: Expr; optional: boolean }[] }
  | { op: "struct"; name: string; fields: { name: string; value: Expr; optional: boolean; pos: number }[] }
  | { op: "fold"; macro: Fold; range: Expr; vars: string[]; filter?: Expr; body: Expr; key?: Expr }
  | { op: "bind"; name: string; value: Expr; body: Expr }
  | { op: "optMap"; target: Expr; name: string; body: Expr; flat: boolean }
);
export type Fold = "all" | "exists" | "existsOne" | "map" | "filter" | "transformList" | "transformMap" | "transformMapEntry";
export type Node<Op extends Expr["op"]> = Extract<Expr, { op: Op }>;

/** What is wrong with an expression, found before it runs. */
export class CelSyntaxError extends Error {
  readonly pos: number;
  constructor(message: string, pos: number) {
    super(message);
    this.pos = pos;
  }
}

/** As cel-go shows an error: line, column, the line itself and a mark below the column. */
export function showError(source: string, error: { message: string; pos: number }): string {
  const before = source.slice(0, error.pos);
  const line = before.split("\n").length;
  const column = before.length - (before.lastIndexOf("\n") + 1);
  const text = source.split("\n")[line - 1] ?? "";
  const shown = text.length > 500 ? `${text.slice(0, 500)}…` : text;
  return `ERROR: <input>:${line}:${column + 1}: ${error.message}\n | ${shown}\n | ${".".repeat(Math.min(column, 500))}^`;
}
