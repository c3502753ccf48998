/**
 * Finds what is wrong with an expression before it runs, in cel-go's words: unknown names and fields, and calls that no
 * overload takes. Where a type is not known, everything is allowed and left to the run.
 */
import type { Expr, Node } from "./ast.ts";
import { overloads } from "./functions/index.ts";
import { durationOf, timestampOf } from "./functions/standard.ts";
import { regex } from "./regex.ts";
import { resolveCall, resolveType } from "./resolve.ts";
import { accepts, dyn, listOf, mapOf, optionalOf, showType, substitute, type, type CelType } from "./types.ts";
import { typeName } from "./values.ts";

export interface Problem { message: string; pos: number }
export type Declarations = ReadonlyMap<string, CelType>;
/** The type of a struct that expressions may make, by its name. */
export type StructTypes = (name: string) => CelType | undefined;

export interface Checked { type: CelType; problems: Problem[]; types: WeakMap<Expr, CelType> }

const problemsMax = 20;

export function check(expr: Expr, declarations: Declarations, structs: StructTypes = () => undefined): Checked {
  const checker = new Checker(structs);
  const result = checker.visit(expr, declarations);
  return { type: result, problems: checker.problems, types: checker.types };
}

const literals: Record<string, { at: number; read(text: string): unknown }> = {
  duration: { at: 0, read: durationOf }, timestamp: { at: 0, read: timestampOf }, matches: { at: 1, read: regex },
};

const authorizer = type("Authorizer").kind;
const bool = type("bool"), int = type("int");

class Checker {
  readonly problems: Problem[] = [];
  readonly types = new WeakMap<Expr, CelType>();
  readonly #structs: StructTypes;
  constructor(structs: StructTypes) { this.#structs = structs; }

  visit(expr: Expr, scope: Declarations): CelType {
    const found = this.#visit(expr, scope);
    this.types.set(expr, found);
    return found;
  }

  #problem(pos: number, message: string): CelType {
    if (this.problems.length < problemsMax) this.problems.push({ message, pos });
    return dyn;
  }

  #visit(expr: Expr, scope: Declarations): CelType {
    switch (expr.op) {
      case "const": return type(typeName(expr.value));
      case "ident": return scope.get(expr.name) ?? (this.#isType(expr, scope) ? type("type") : this.#problem(expr.pos, `undeclared reference to '${expr.name}' (in container '')`));
      case "select": return this.#select(expr, scope);
      case "call": return this.#call(expr, scope);
      case "and": case "or": return this.#logical(expr, scope);
      case "list": return this.#list(expr, scope);
      case "map": return this.#map(expr, scope);
      case "struct": return this.#struct(expr, scope);
      case "fold": return this.#fold(expr, scope);
      case "bind": return this.visit(expr.body, new Map(scope).set(expr.name, this.visit(expr.value, scope)));
      case "optMap": return this.#optMap(expr, scope);
    }
  }

  #isType(expr: Expr, scope: Declarations): boolean { return resolveType(expr, (name) => scope.has(name)) !== undefined; }

  #select(expr: Node<"select">, scope: Declarations): CelType {
    if (!expr.optional && !expr.test && this.#isType(expr, scope)) return type("type");
    const target = this.visit(expr.target, scope);
    const isOptional = target.kind === "optional_type";
    const found = this.#field(isOptional ? (target.args?.[0] ?? dyn) : target, expr);
    if (expr.test) return bool;
    return isOptional || expr.optional ? (found.kind === "optional_type" && isOptional ? found : optionalOf(found)) : found;
  }

  #field(target: CelType, { field, pos }: Node<"select">): CelType {
    if (target.kind === "dyn" || target.kind === "param") return dyn;
    if (target.kind === "map") return target.args?.[1] ?? dyn;
    if (target.kind === authorizer && field === "requestResource") return type("ResourceCheck");
    if (target.kind !== "object") return this.#problem(pos, `type '${showType(target)}' does not support field selection`);
    return target.field!(field)?.type ?? this.#problem(pos, `undefined field '${field}'`);
  }

  #call(expr: Node<"call">, scope: Declarations): CelType {
    const { fn, args, member } = resolveCall(expr, (name) => scope.has(name));
    const list = overloads(fn);
    const given = args.map((arg, i) => (fn === "format" && i > 0 && arg.op === "list" ? this.#mixed(arg, scope) : this.visit(arg, scope)));
    this.#literal(fn, args);
    if (fn === "_?_:_") return this.#conditional(expr, given);
    if (fn === "or" || fn === "orValue") return this.#alternative(expr, fn, given);
    if (!list?.some((o) => o.signature.target === member)) return this.#problem(expr.pos, `undeclared reference to '${fn}' (in container '')`);
    const results = list.flatMap(({ signature }) => {
      if (signature.target !== member || signature.params.length !== given.length) return [];
      const bound = new Map<string, CelType>();
      // Parameters that occur twice are bound by the first and may be widened by what is not known.
      return signature.params.every((param, i) => accepts(param, given[i]!, bound)) ? [substitute(signature.result, bound)] : [];
    });
    if (results.length === 0) {
      const shown = given.map(showType);
      return this.#problem(expr.pos, `found no matching overload for '${fn}' applied to '${member ? `${shown[0]}.(${shown.slice(1).join(", ")})` : `(${shown.join(", ")})`}'`);
    }
    return results.length === 1 || results.every((r) => showType(r) === showType(results[0]!)) ? results[0]! : dyn;
  }

  /** What is written out and cannot work is told before it runs. */
  #literal(fn: string, args: readonly Expr[]): void {
    const check = Object.hasOwn(literals, fn) ? literals[fn]! : undefined;
    const arg = check && args[check.at];
    if (arg?.op !== "const" || typeof arg.value !== "string") return;
    try { check!.read(arg.value); } catch { this.#problem(arg.pos, `invalid ${fn} argument`); }
  }

  /** What `format` is given may be of many types. */
  #mixed(list: Node<"list">, scope: Declarations): CelType {
    for (const { value } of list.items) {
      if (value.op === "list") this.#mixed(value, scope);
      else this.visit(value, scope);
    }
    return listOf(dyn);
  }

  #conditional({ pos }: Node<"call">, [condition, then, otherwise]: CelType[]): CelType {
    const joined = join(then!, otherwise!);
    if ((condition!.kind === "bool" || condition!.kind === "dyn") && joined) return joined;
    return this.#problem(pos, `found no matching overload for '_?_:_' applied to '(${[condition!, then!, otherwise!].map(showType).join(", ")})'`);
  }

  #alternative({ pos }: Node<"call">, fn: string, [target, other]: CelType[]): CelType {
    if (target && other && (target.kind === "optional_type" || target.kind === "dyn")) {
      const joined = fn === "or" ? join(target, other) : join(target.args?.[0] ?? dyn, other);
      if (joined) return joined;
    }
    return this.#problem(pos, `found no matching overload for '${fn}' applied to '${[target, other].map((t) => showType(t ?? dyn)).join(".(")})'`);
  }

  #logical(expr: Node<"and" | "or">, scope: Declarations): CelType {
    const given = expr.args.map((arg) => this.visit(arg, scope));
    if (given.some((t) => t.kind !== "bool" && t.kind !== "dyn")) {
      this.#problem(expr.pos, `found no matching overload for '_${expr.op === "and" ? "&&" : "||"}_' applied to '(${given.map(showType).join(", ")})'`);
    }
    return bool;
  }

  #list(expr: Node<"list">, scope: Declarations): CelType {
    let element: CelType | undefined;
    for (const { value, optional } of expr.items) {
      const found = this.visit(value, scope);
      element = this.#homogeneous(element, optional ? this.#unwrapped(found, value.pos) : found, value.pos);
    }
    return listOf(element ?? dyn);
  }

  /** Kubernetes has literals of one type only. */
  #homogeneous(sofar: CelType | undefined, next: CelType, pos: number): CelType {
    if (!sofar) return next;
    return join(sofar, next) ?? this.#problem(pos, `expected type '${showType(sofar)}' but found '${showType(next)}'`);
  }

  #unwrapped(given: CelType, pos: number): CelType {
    if (given.kind === "optional_type") return given.args?.[0] ?? dyn;
    return given.kind === "dyn" ? dyn : this.#problem(pos, `expected type 'optional_type(${showType(given)})' but found '${showType(given)}'`);
  }

  #map(expr: Node<"map">, scope: Declarations): CelType {
    let key: CelType | undefined, value: CelType | undefined;
    for (const entry of expr.entries) {
      key = this.#homogeneous(key, this.visit(entry.key, scope), entry.key.pos);
      const found = this.visit(entry.value, scope);
      value = this.#homogeneous(value, entry.optional ? this.#unwrapped(found, entry.value.pos) : found, entry.value.pos);
    }
    return mapOf(key ?? dyn, value ?? dyn);
  }

  #struct(expr: Node<"struct">, scope: Declarations): CelType {
    const wanted = this.#structs(expr.name);
    const values = expr.fields.map((field) => ({ ...field, given: this.visit(field.value, scope) }));
    if (!wanted) return this.#problem(expr.pos, `undeclared reference to '${expr.name}' (in container '')`);
    for (const { name, given, optional, pos } of values) {
      const field = wanted.field!(name);
      if (!field) this.#problem(pos, `undefined field '${name}'`);
      else if (!accepts(field.type, optional ? this.#unwrapped(given, pos) : given, new Map())) this.#problem(pos, `expected type of field '${name}' is '${showType(field.type)}' but provided type is '${showType(given)}'`);
    }
    return wanted;
  }

  #fold(expr: Node<"fold">, scope: Declarations): CelType {
    const range = this.visit(expr.range, scope);
    const [first, second] = this.#rangeTypes(range, expr);
    const inner = new Map(scope).set(expr.vars[0]!, first);
    if (expr.vars.length === 2) inner.set(expr.vars[1]!, second);
    if (expr.filter) this.#wantBool(expr.filter, inner);
    switch (expr.macro) {
      case "all": case "exists": case "existsOne": this.#wantBool(expr.body, inner); return bool;
      case "filter": this.#wantBool(expr.body, inner); return listOf(first);
      case "map": case "transformList": return listOf(this.visit(expr.body, inner));
      case "transformMap": return mapOf(range.kind === "list" ? int : first, this.visit(expr.body, inner));
      case "transformMapEntry": return this.visit(expr.body, inner);
    }
  }

  #wantBool(expr: Expr, scope: Declarations): void {
    const found = this.visit(expr, scope);
    if (found.kind !== "bool" && found.kind !== "dyn") this.#problem(expr.pos, `expected type 'bool' but found '${showType(found)}'`);
  }

  #rangeTypes(range: CelType, { vars, range: at }: Node<"fold">): [CelType, CelType] {
    const two = vars.length === 2;
    if (range.kind === "list") return two ? [int, range.args?.[0] ?? dyn] : [range.args?.[0] ?? dyn, dyn];
    if (range.kind === "map") return [range.args?.[0] ?? dyn, range.args?.[1] ?? dyn];
    if (range.kind !== "dyn") this.#problem(at.pos, `expression of type '${showType(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`);
    return [dyn, dyn];
  }

  #optMap(expr: Node<"optMap">, scope: Declarations): CelType {
    const target = this.visit(expr.target, scope);
    const inner = new Map(scope).set(expr.name, this.#unwrapped(target, expr.target.pos));
    const body = this.visit(expr.body, inner);
    return expr.flat ? body : optionalOf(body);
  }
}

/** The type that covers both, if there is one. */
function join(a: CelType, b: CelType): CelType | undefined {
  if (a.kind === "dyn" || b.kind === "dyn") return dyn;
  if (accepts(a, b, new Map())) return a.kind === "null_type" ? b : isVague(a) ? b : a;
  return accepts(b, a, new Map()) ? b : undefined;
}

const isVague = (t: CelType): boolean => t.args?.some((arg) => arg.kind === "dyn" || isVague(arg)) ?? false;
