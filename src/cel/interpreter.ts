/**
 * Expressions as trees of closures: no code is made from text. Every step pays; who runs out stops at once. Costs follow
 * cel-go's runtime cost model: one unit for a name, a field or a call, and what a function adds for the size of its data.
 */
import { CelSyntaxError, type Expr, type Node } from "./ast.ts";
import { overloads } from "./functions/index.ts";
import type { Overload } from "./functions/table.ts";
import { resolveCall, resolveType } from "./resolve.ts";
import { BuiltMap, CelError, CelMap, celEqual, CostExceeded, Custom, fail, none, Optional, StructValue, typeName, type Value, work } from "./values.ts";

export type Code = (frame: Frame) => Value;

export class Frame {
  readonly slots: Value[] = [];
  readonly variable: (name: string) => Value | undefined;
  spent = 0;
  readonly #limit: number;
  constructor(variable: (name: string) => Value | undefined, limit: number) { this.variable = variable; this.#limit = limit; }
  spend(units: number): void {
    if (!((this.spent += units) <= this.#limit)) throw new CostExceeded();
  }
  /** Beyond the first few, which every comparison has. */
  payForComparisons(): void {
    const { comparisons } = work;
    work.comparisons = 0;
    if (comparisons > 3) this.spend(Math.ceil(comparisons));
  }
}

/** An absorbed error took longer than what else a unit buys. */
const absorbed = 60;
const listCost = 10, mapCost = 30, structCost = 40;
/** Appending to what a macro makes: the list of one and the call that upstream pays for. */
const appendCost = 12;

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

interface Each { slot: number; two: boolean; body: Code; filter: Code | undefined }
type Run = (frame: Frame, range: Value) => Value;

/** Calls `visit` for each element until it returns true. Sets the macro's variables before. */
function walk(frame: Frame, range: Value, { slot, two }: Each, visit: (key: Value) => boolean): void {
  frame.spend(2);
  if (Array.isArray(range)) {
    for (let i = 0; i < range.length; i++) {
      frame.spend(2);
      if (two) { frame.slots[slot] = BigInt(i); frame.slots[slot + 1] = range[i] as Value; } else frame.slots[slot] = range[i] as Value;
      if (visit(two ? frame.slots[slot]! : (range[i] as Value))) return;
    }
    return;
  }
  if (!(range instanceof CelMap)) fail(`no such overload: got '${typeName(range)}', expected iterable type`);
  const map = range as CelMap;
  for (const key of map.keys()) {
    const value = two ? map.get(key) : null;
    if (value === undefined) continue;
    frame.spend(2);
    frame.slots[slot] = key;
    if (two) frame.slots[slot + 1] = value;
    if (visit(key)) return;
  }
}

const truth = (value: Value): boolean => (typeof value === "boolean" ? value : fail("no such overload"));
const passes = (frame: Frame, filter: Code | undefined): boolean => !filter || truth(filter(frame));

/** Whether any element decides; an error counts only if none does. */
const decided = (each: Each, by: boolean): Run => (frame, range) => {
  let found = false;
  let error: unknown;
  walk(frame, range, each, () => {
    try { found = truth(each.body(frame)) === by; } catch (thrown) {
      if (!(thrown instanceof CelError)) throw thrown;
      frame.spend(absorbed);
      error ??= thrown;
    }
    return found;
  });
  if (!found && error !== undefined) throw error;
  return found === by;
};

const folds: Record<Node<"fold">["macro"], (each: Each) => Run> = {
  all: (each) => decided(each, false),
  exists: (each) => decided(each, true),
  existsOne: (each) => (frame, range) => {
    let count = 0;
    walk(frame, range, each, () => { if (truth(each.body(frame))) count++; return false; });
    return count === 1;
  },
  filter: (each) => (frame, range) => {
    const kept: Value[] = [];
    walk(frame, range, each, (element) => { if (truth(each.body(frame))) { frame.spend(appendCost); kept.push(element); } return false; });
    return kept;
  },
  map: (each) => collect(each),
  transformList: (each) => collect(each),
  transformMap: (each) => (frame, range) => {
    const map = new BuiltMap();
    walk(frame, range, each, (key) => { if (passes(frame, each.filter)) { frame.spend(appendCost); map.set(key, each.body(frame)); } return false; });
    return map;
  },
  transformMapEntry: (each) => (frame, range) => {
    const map = new BuiltMap();
    walk(frame, range, each, () => {
      if (!passes(frame, each.filter)) return false;
      const entry = each.body(frame);
      if (!(entry instanceof CelMap) || entry.size !== 1) return fail("transformMapEntry wants maps of one entry") as never;
      frame.spend(appendCost);
      for (const key of entry.keys()) map.set(key, entry.get(key)!);
      return false;
    });
    return map;
  },
};

const collect = (each: Each): Run => (frame, range) => {
  const list: Value[] = [];
  walk(frame, range, each, () => { if (passes(frame, each.filter)) { frame.spend(appendCost); list.push(each.body(frame)); } return false; });
  return list;
};

/** `decisive` wins over errors: true for or, false for and. */
function logical(args: readonly Code[], decisive: boolean): Code {
  return (frame) => {
    let error: unknown;
    for (const arg of args) {
      frame.spend(1);
      try {
        const value = arg(frame);
        if (value === decisive) return decisive;
        if (typeof value !== "boolean") error ??= new CelError("no such overload");
      } catch (thrown) {
        if (!(thrown instanceof CelError)) throw thrown;
        frame.spend(absorbed);
        error ??= thrown;
      }
    }
    if (error !== undefined) throw error;
    return !decisive;
  };
}

function conditional([condition, then, otherwise]: readonly Code[]): Code {
  return (frame) => {
    frame.spend(1);
    return truth(condition!(frame)) ? then!(frame) : otherwise!(frame);
  };
}

function alternative([target, other]: readonly Code[], fn: string): Code {
  return (frame) => {
    frame.spend(1);
    const from = target!(frame);
    if (!(from instanceof Optional)) return fail("no such overload");
    if (from.value === undefined) return other!(frame);
    return fn === "or" ? from : from.value;
  };
}

function equality([left, right]: [Code, Code], { cost }: Overload, wanted: boolean): Code {
  return (frame) => {
    const a = left(frame);
    const b = right(frame);
    frame.spend(1 + cost!(a, b));
    const result = celEqual(a, b) === wanted;
    frame.payForComparisons();
    return result;
  };
}

function dispatch(args: readonly Code[], list: readonly Overload[], fn: string): Code {
  if (args.length === 2) return dispatchPair(args as [Code, Code], list, fn);
  return (frame) => {
    const values = args.map((arg) => arg(frame));
    frame.spend(1);
    const overload = list.find(({ signature }) => values.every((value, i) => fits(value, signature.params[i]!))) ?? fail(noOverload(fn, values));
    return call(frame, overload, values);
  };
}

/** Operators, mostly: on numbers and texts the choice of the overload was made before. */
function dispatchPair([left, right]: [Code, Code], list: readonly Overload[], fn: string): Code {
  const ofTwo = (kind: string) => list.find(({ signature }) => signature.params.every((param) => param.kind === kind));
  const ints = ofTwo("int"), texts = ofTwo("string");
  return (frame) => {
    const a = left(frame);
    const b = right(frame);
    frame.spend(1);
    if (typeof a === "bigint" && typeof b === "bigint" && ints) return ints.run(a, b);
    if (typeof a === "string" && typeof b === "string" && texts) return call(frame, texts, [a, b]);
    const overload = list.find(({ signature: { params } }) => fits(a, params[0]!) && fits(b, params[1]!)) ?? fail(noOverload(fn, [a, b]));
    return call(frame, overload, [a, b]);
  };
}

function call(frame: Frame, { run, cost }: Overload, values: readonly Value[]): Value {
  if (cost) frame.spend(cost(...values));
  const result = run(...values);
  if (work.comparisons > 0) frame.payForComparisons();
  return result;
}

const noOverload = (fn: string, values: readonly Value[]): string => `no such overload: ${fn}(${values.map(typeName).join(", ")})`;

/** By the outermost type, and by the first element of lists: the rest is for the functions to find out. */
function fits(value: Value, wanted: { kind: string; args?: readonly { kind: string }[] }): boolean {
  if (wanted.kind === "param" || wanted.kind === "dyn") return true;
  if (value instanceof Optional) return wanted.kind === "optional_type" && (wanted.args?.[0] === undefined || value.value === undefined || fits(value.value, wanted.args[0]));
  const name = typeName(value);
  if (name !== wanted.kind) return wanted.kind === "map" && value instanceof CelMap;
  if (name !== "list") return true;
  const [first] = value as readonly Value[];
  const element = wanted.args?.[0];
  return first === undefined || element === undefined || fits(first, element);
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
