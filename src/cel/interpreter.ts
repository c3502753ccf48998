/**
 * Expressions as trees of closures: no code is made from text. Every step pays; who runs out stops at once. Costs follow
 * cel-go's runtime cost model: one unit for a name, a field or a call, and what a function adds for the size of its data.
 */
import { CelSyntaxError, type Expr, type Node } from "./ast.ts";
import type { Code } from "./frame.ts";
import { overloads } from "./functions/index.ts";
import { folds, type Each } from "./macros.ts";
import { alternative, conditional, dispatch, equality, logical } from "./calls.ts";
import { resolveCall, resolveType } from "./resolve.ts";
import { BuiltMap, CelMap, Custom, fail, none, Optional, StructValue, typeName, type Value } from "./values.ts";

const listCost = 10, mapCost = 30, structCost = 40;

/** Slots of the variables that macros declare. */
class Scope {
  readonly #names: ReadonlyMap<string, number>;
  readonly depth: number;
  constructor(names: ReadonlyMap<string, number> = new Map(), depth = 0) { this.#names = names; this.depth = depth; }
  slot(name: string): number | undefined { return this.#names.get(name); }
  with(...names: string[]): Scope {
    const next = new Map(this.#names);
    names.forEach((name, i) => next.set(name, this.depth + i));
    return new Scope(next, this.depth + names.length);
  }
}

export function compile(expr: Expr, isVariable: (name: string) => boolean): Code {
  return new Compiler(isVariable).code(expr, new Scope());
}

class Compiler {
  readonly #isVariable: (name: string) => boolean;
  constructor(isVariable: (name: string) => boolean) { this.#isVariable = isVariable; }

  code(expr: Expr, scope: Scope): Code {
    switch (expr.op) {
      case "const": { const { value } = expr; return () => value; }
      case "ident": return this.#ident(expr, scope);
      case "select": return this.#select(expr, scope);
      case "call": return this.#call(expr, scope);
      case "and": return logical(expr.args.map((arg) => this.code(arg, scope)), false);
      case "or": return logical(expr.args.map((arg) => this.code(arg, scope)), true);
      case "list": return this.#list(expr, scope);
      case "map": return this.#map(expr, scope);
      case "struct": return this.#struct(expr, scope);
      case "fold": return this.#fold(expr, scope);
      case "bind": return this.#bind(expr, scope);
      case "optMap": return this.#optMap(expr, scope);
    }
  }

  #known(scope: Scope): (name: string) => boolean { return (name) => scope.slot(name) !== undefined || this.#isVariable(name); }

  #ident(expr: Node<"ident">, scope: Scope): Code {
    const slot = scope.slot(expr.name);
    if (slot !== undefined) return (frame) => { frame.spend(1); return frame.slots[slot]!; };
    const named = resolveType(expr, this.#known(scope));
    if (named) return () => named;
    const { name } = expr;
    return (frame) => {
      frame.spend(1);
      const value = frame.variable(name);
      return value === undefined ? fail(`no such attribute(s): ${name}`) : value;
    };
  }

  #select(expr: Node<"select">, scope: Scope): Code {
    const named = expr.optional || expr.test ? undefined : resolveType(expr, this.#known(scope));
    if (named) return () => named;
    const target = this.code(expr.target, scope);
    const { field } = expr;
    if (expr.test) return (frame) => { const from = target(frame); frame.spend(1); return has(from, field); };
    if (expr.optional) return (frame) => { const from = target(frame); frame.spend(1); return optionalField(from, field); };
    return (frame) => {
      const from = target(frame);
      frame.spend(1);
      if (from instanceof Optional) return optionalField(from, field);
      if (!(from instanceof CelMap)) return (from instanceof Custom ? from.field(field) : undefined) ?? fail(`no such overload: type '${typeName(from)}' does not support field selection`);
      const found = from.get(field);
      return found === undefined ? fail(`no such key: ${field}`) : found;
    };
  }

  #call(expr: Node<"call">, scope: Scope): Code {
    const { fn, args: nodes, member } = resolveCall(expr, this.#known(scope));
    const args = nodes.map((node) => this.code(node, scope));
    if (fn === "_?_:_") return conditional(args);
    if (fn === "or" || fn === "orValue") return alternative(args, fn);
    const list = overloads(fn)?.filter((o) => o.signature.target === member && o.signature.params.length === args.length) ?? [];
    if (list.length === 0) throw new CelSyntaxError(`undeclared reference to '${fn}' (in container '')`, expr.pos);
    if (fn === "_==_" || fn === "_!=_") return equality(args as [Code, Code], list[0]!, fn === "_==_");
    return dispatch(args, list, fn);
  }

  #list(expr: Node<"list">, scope: Scope): Code {
    const items = expr.items.map(({ value, optional }) => ({ code: this.code(value, scope), optional }));
    return (frame) => {
      frame.spend(listCost);
      const list: Value[] = [];
      for (const { code, optional } of items) {
        const value = code(frame);
        if (!optional) list.push(value);
        else if (!(value instanceof Optional)) fail(`cannot initialize optional list element from non-optional value`);
        else if (value.value !== undefined) list.push(value.value);
      }
      return list;
    };
  }

  #map(expr: Node<"map">, scope: Scope): Code {
    const entries = expr.entries.map(({ key, value, optional }) => ({ key: this.code(key, scope), value: this.code(value, scope), optional }));
    return (frame) => {
      frame.spend(mapCost);
      const map = new BuiltMap();
      for (const { key, value, optional } of entries) {
        const k = key(frame);
        const v = value(frame);
        if (!optional) map.set(k, v);
        else if (v instanceof Optional && v.value !== undefined) map.set(k, v.value);
      }
      return map;
    };
  }

  #struct(expr: Node<"struct">, scope: Scope): Code {
    const fields = expr.fields.map(({ name, value, optional }) => ({ name, code: this.code(value, scope), optional }));
    return (frame) => {
      frame.spend(structCost);
      const values = new Map<string, Value>();
      for (const { name, code, optional } of fields) {
        const value = code(frame);
        if (!optional) values.set(name, value);
        else if (value instanceof Optional && value.value !== undefined) values.set(name, value.value);
      }
      return new StructValue(expr.name, values);
    };
  }

  #bind(expr: Node<"bind">, scope: Scope): Code {
    const value = this.code(expr.value, scope);
    const body = this.code(expr.body, scope.with(expr.name));
    const slot = scope.depth;
    return (frame) => { frame.slots[slot] = value(frame); return body(frame); };
  }

  #optMap(expr: Node<"optMap">, scope: Scope): Code {
    const target = this.code(expr.target, scope);
    const body = this.code(expr.body, scope.with(expr.name));
    const slot = scope.depth;
    return (frame) => {
      const from = target(frame);
      frame.spend(2);
      if (!(from instanceof Optional)) return fail("no such overload");
      if (from.value === undefined) return none;
      frame.slots[slot] = from.value;
      const result = body(frame);
      return expr.flat ? result : new Optional(result);
    };
  }

  #fold(expr: Node<"fold">, scope: Scope): Code {
    const range = this.code(expr.range, scope);
    const inner = scope.with(...expr.vars);
    const each: Each = { slot: scope.depth, two: expr.vars.length === 2, body: this.code(expr.body, inner), filter: expr.filter && this.code(expr.filter, inner) };
    const run = folds[expr.macro](each);
    return (frame) => run(frame, range(frame));
  }
}

function has(from: Value, field: string): boolean {
  if (from instanceof Optional) return from.value !== undefined && has(from.value, field);
  return from instanceof CelMap ? from.get(field) !== undefined : fail(`no such overload: type '${typeName(from)}' does not support field selection`);
}

function optionalField(from: Value, field: string): Optional {
  if (from instanceof Optional) return from.value === undefined ? none : optionalField(from.value, field);
  if (!(from instanceof CelMap)) return fail(`no such overload: type '${typeName(from)}' does not support field selection`);
  const found = from.get(field);
  return found === undefined ? none : new Optional(found);
}
