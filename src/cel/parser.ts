/**
 * CEL's grammar as cel-spec has it, with optional syntax (`a.?b`, `a[?k]`, `[?x]`, `{?k: v}`) and the macros that
 * Kubernetes enables. Size and depth are bounded: an expression is text of a stranger.
 */
import { CelSyntaxError, type Expr, type Fold } from "./ast.ts";
import { isReserved, tokenize, type Token } from "./lexer.ts";

const lengthMax = 100_000;
const depthMax = 250;
const chainMax = 1_000;

export function parse(source: string): Expr {
  if (source.length > lengthMax) throw new CelSyntaxError(`expression code point size exceeds limit: size: ${source.length}, limit ${lengthMax}`, 0);
  return new Parser(tokenize(source)).whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) { this.#tokens = tokens; }

  whole(): Expr {
    const expr = this.#expr();
    if (this.#peek.type !== "end") throw this.#unexpected();
    return expr;
  }

  get #peek(): Token { return this.#tokens[this.#at]!; }
  #is(text: string): boolean { return this.#peek.type === "op" && this.#peek.text === text; }
  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at++;
    return true;
  }
  #want(text: string): void { if (!this.#take(text)) throw this.#unexpected(`'${text}'`); }
  #unexpected(wanted?: string): CelSyntaxError {
    const { text, type, pos } = this.#peek;
    const found = type === "end" ? "<EOF>" : text.slice(0, 40);
    return new CelSyntaxError(`Syntax error: mismatched input '${found}'${wanted ? ` expecting ${wanted}` : ""}`, pos);
  }

  #expr(): Expr {
    if (++this.#depth > depthMax) throw new CelSyntaxError(`expression recursion limit exceeded: ${depthMax}`, this.#peek.pos);
    const condition = this.#or();
    const { pos } = this.#peek;
    let result = condition;
    if (this.#take("?")) {
      const then = this.#or();
      this.#want(":");
      result = { op: "call", fn: "_?_:_", args: [condition, then, this.#expr()], pos };
    }
    this.#depth--;
    return result;
  }

  #or(): Expr { return this.#logical("||", "or", () => this.#logical("&&", "and", () => this.#relation())); }

  #logical(text: string, op: "and" | "or", next: () => Expr): Expr {
    const first = next();
    if (!this.#is(text)) return first;
    const { pos } = this.#peek;
    const args = [first];
    while (this.#take(text)) args.push(next());
    return { op, args, pos };
  }

  #relation(): Expr { return this.#binary(["<", "<=", ">=", ">", "==", "!=", "in"], () => this.#addition()); }
  #addition(): Expr { return this.#binary(["+", "-"], () => this.#binary(["*", "/", "%"], () => this.#unary())); }

  #binary(operators: readonly string[], next: () => Expr): Expr {
    let left = next();
    for (let n = 0; this.#peek.type === "op" && operators.includes(this.#peek.text); n++) {
      const { text, pos } = this.#peek;
      if (n > chainMax) throw new CelSyntaxError("expression recursion limit exceeded", pos);
      this.#at++;
      left = { op: "call", fn: text === "in" ? "@in" : `_${text}_`, args: [left, next()], pos };
    }
    return left;
  }

  #unary(): Expr {
    const { pos } = this.#peek;
    const isNot = this.#is("!");
    if (!isNot && !this.#is("-")) return this.#member();
    const text = isNot ? "!" : "-";
    let count = 0;
    while (this.#take(text)) count++;
    const literal = this.#peek;
    if (!isNot && literal.type === "literal" && (typeof literal.value === "bigint" || typeof literal.value === "number")) {
      const value = typeof literal.value === "bigint" ? -literal.value : -literal.value;
      this.#at++;
      const inner = this.#postfix({ op: "const", value, pos });
      return count % 2 === 1 ? inner : { op: "call", fn: "-_", args: [inner], pos };
    }
    const inner = this.#member();
    return count % 2 === 1 ? { op: "call", fn: `${text}_`, args: [inner], pos } : inner;
  }

  #member(): Expr { return this.#postfix(this.#primary()); }

  #postfix(start: Expr): Expr {
    let expr = start;
    for (let n = 0; ; n++) {
      if (n > chainMax) throw new CelSyntaxError("expression recursion limit exceeded", this.#peek.pos);
      const { pos } = this.#peek;
      if (this.#take(".")) expr = this.#selection(expr, pos);
      else if (this.#take("[")) {
        const optional = this.#take("?");
        const index = this.#expr();
        this.#want("]");
        expr = { op: "call", fn: optional ? "_[?_]" : "_[_]", args: [expr, index], pos };
      } else if (this.#is("{")) {
        const name = qualifiedName(expr);
        if (name === undefined) return expr;
        this.#at++;
        expr = this.#struct(name, pos);
      } else return expr;
    }
  }

  #selection(target: Expr, pos: number): Expr {
    const optional = this.#take("?");
    const token = this.#peek;
    if (token.type !== "ident" && !(token.type === "op" && token.text === "in")) throw this.#unexpected("IDENTIFIER");
    this.#at++;
    if (optional) return { op: "select", target, field: token.text, optional, pos };
    if (this.#take("(")) return memberCall(target, token.text, this.#args(")"), pos);
    return { op: "select", target, field: token.text, pos };
  }

  #args(close: string): Expr[] {
    const args: Expr[] = [];
    while (!this.#is(close)) {
      args.push(this.#expr());
      if (!this.#take(",")) break;
    }
    this.#want(close);
    return args;
  }

  #primary(): Expr {
    const token = this.#peek;
    const { pos } = token;
    if (token.type === "literal") {
      this.#at++;
      if (token.value === 0x8000000000000000n) throw new CelSyntaxError("invalid int literal", pos);
      return { op: "const", value: token.value, pos };
    }
    if (this.#take("(")) { const inner = this.#expr(); this.#want(")"); return inner; }
    if (this.#take("[")) return { op: "list", items: this.#items(), pos };
    if (this.#take("{")) return this.#map(pos);
    this.#take(".");
    return this.#name();
  }

  #name(): Expr {
    const token = this.#peek;
    if (token.type !== "ident" || token.quoted) throw this.#unexpected();
    this.#at++;
    const { text, pos } = token;
    if (this.#take("(")) return globalCall(text, this.#args(")"), pos);
    if (isReserved(text)) throw new CelSyntaxError(`reserved identifier: ${text}`, pos);
    return { op: "ident", name: text, pos };
  }

  #items(): { value: Expr; optional: boolean }[] {
    const items: { value: Expr; optional: boolean }[] = [];
    while (!this.#is("]")) {
      const optional = this.#take("?");
      items.push({ value: this.#expr(), optional });
      if (!this.#take(",")) break;
    }
    this.#want("]");
    return items;
  }

  #map(pos: number): Expr {
    const entries: { key: Expr; value: Expr; optional: boolean }[] = [];
    while (!this.#is("}")) {
      const optional = this.#take("?");
      const key = this.#expr();
      this.#want(":");
      entries.push({ key, value: this.#expr(), optional });
      if (!this.#take(",")) break;
    }
    this.#want("}");
    return { op: "map", entries, pos };
  }

  #struct(name: string, pos: number): Expr {
    const fields: { name: string; value: Expr; optional: boolean; pos: number }[] = [];
    while (!this.#is("}")) {
      const optional = this.#take("?");
      const token = this.#peek;
      if (token.type !== "ident") throw this.#unexpected("IDENTIFIER");
      this.#at++;
      this.#want(":");
      fields.push({ name: token.text, value: this.#expr(), optional, pos: token.pos });
      if (!this.#take(",")) break;
    }
    this.#want("}");
    return { op: "struct", name, fields, pos };
  }
}

function qualifiedName(expr: Expr): string | undefined {
  if (expr.op === "ident") return expr.name;
  if (expr.op !== "select" || expr.optional || expr.test) return undefined;
  const target = qualifiedName(expr.target);
  return target === undefined ? undefined : `${target}.${expr.field}`;
}

function globalCall(fn: string, args: Expr[], pos: number): Expr {
  if (fn !== "has" || args.length !== 1) return { op: "call", fn, args, pos };
  const [field] = args;
  if (field!.op !== "select") throw new CelSyntaxError("invalid argument to has() macro", pos);
  return { ...field!, test: true };
}

const oneVariable: Record<string, Fold> = { all: "all", exists: "exists", exists_one: "existsOne", existsOne: "existsOne", map: "map", filter: "filter" };
const twoVariables: Record<string, Fold> = { all: "all", exists: "exists", existsOne: "existsOne", exists_one: "existsOne", transformList: "transformList", transformMap: "transformMap", transformMapEntry: "transformMapEntry" };

function memberCall(target: Expr, fn: string, args: Expr[], pos: number): Expr {
  const n = args.length;
  if ((fn === "optMap" || fn === "optFlatMap") && n === 2) return { op: "optMap", target, name: simpleName(args[0]!), body: args[1]!, flat: fn === "optFlatMap", pos };
  if (fn === "bind" && n === 3 && target.op === "ident" && target.name === "cel") return { op: "bind", name: simpleName(args[0]!), value: args[1]!, body: args[2]!, pos };
  if (fn === "sortBy" && n === 2) return sortBy(target, args, pos);
  if (Object.hasOwn(oneVariable, fn) && (n === 2 || (n === 3 && fn === "map"))) {
    const [variable, ...rest] = args;
    return { op: "fold", macro: oneVariable[fn]!, range: target, vars: [simpleName(variable!)], ...(rest.length === 2 && { filter: rest[0]! }), body: rest.at(-1)!, pos };
  }
  if (Object.hasOwn(twoVariables, fn) && (n === 3 || (n === 4 && fn.startsWith("transform")))) {
    const [first, second, ...rest] = args;
    return { op: "fold", macro: twoVariables[fn]!, range: target, vars: [simpleName(first!), simpleName(second!)], ...(rest.length === 2 && { filter: rest[0]! }), body: rest.at(-1)!, pos };
  }
  return { op: "call", fn, target, args, pos };
}

/** Keys are made once for each item, as cel-go expands it. No expression can write such a name. */
function sortBy(target: Expr, [variable, key]: Expr[], pos: number): Expr {
  const input: Expr = { op: "ident", name: "@__sortBy_input__", pos };
  const keys: Expr = { op: "fold", macro: "map", range: input, vars: [simpleName(variable!)], body: key!, pos };
  return { op: "bind", name: input.name, value: target, body: { op: "call", fn: "@sortByAssociatedKeys", target: input, args: [keys], pos }, pos };
}

function simpleName(expr: Expr): string {
  if (expr.op !== "ident") throw new CelSyntaxError("argument must be a simple name", expr.pos);
  return expr.name;
}
