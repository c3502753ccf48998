/**
 * How much a checked expression may cost at most, from the bounds that types declare (`CelType.max`). Coarser than
 * cel-go's estimate and of the same shape: what loops over something without a bound comes out beyond every limit.
 */
import type { Expr } from "./ast.ts";
import { resolveCall } from "./resolve.ts";
import type { CelType } from "./types.ts";
import type { Program } from "./program.ts";

/** Bytes of a request: nothing in it is longer. */
export const requestBytesMax = 3 * 1024 * 1024;
const appendCost = 12;

export function estimate({ expr, types }: Program): number {
  return new Estimator(types).cost(expr);
}

const scalars = new Set(["int", "uint", "double", "bool", "null_type", "google.protobuf.Timestamp", "google.protobuf.Duration", "type"]);
const perElement = new Set(["isSorted", "sum", "min", "max", "indexOf", "lastIndexOf", "@in", "first", "last", "includes", "slice", "flatten", "reverse"]);
const product = new Set(["contains", "sets.contains", "sets.intersects", "sets.equivalent"]);
const sorting = new Set(["sort", "@sortByAssociatedKeys"]);
const constant = new Set(["size", "startsWith", "endsWith", "_[_]", "_[?_]", "hasValue", "value", "type", "dyn", "!_", "-_"]);

class Estimator {
  readonly #types: WeakMap<Expr, CelType>;
  constructor(types: WeakMap<Expr, CelType>) { this.#types = types; }

  cost(expr: Expr): number {
    switch (expr.op) {
      case "const": return 0;
      case "ident": return 1;
      case "select": return 1 + this.cost(expr.target);
      case "and": case "or": return this.#sum(expr.args);
      case "list": return 10 + this.#sum(expr.items.map((i) => i.value));
      case "map": return 30 + this.#sum(expr.entries.flatMap((e) => [e.key, e.value]));
      case "struct": return 40 + this.#sum(expr.fields.map((f) => f.value));
      case "bind": return this.cost(expr.value) + this.cost(expr.body) + 1;
      case "optMap": return this.cost(expr.target) + this.cost(expr.body) + 2;
      case "fold": {
        const collects = !["all", "exists", "existsOne"].includes(expr.macro);
        const each = 2 + this.cost(expr.body) + (expr.filter ? this.cost(expr.filter) : 0) + (collects ? appendCost : 0);
        return this.cost(expr.range) + 2 + this.#size(expr.range) * each;
      }
      case "call": return this.#call(expr);
    }
  }

  #sum(exprs: readonly Expr[]): number { return exprs.reduce((sum, e) => sum + this.cost(e), 0); }

  #call(expr: Extract<Expr, { op: "call" }>): number {
    const { fn, args } = resolveCall(expr, (name) => name === "self" || name === "oldSelf");
    if (fn === "_?_:_") return this.cost(args[0]!) + Math.max(this.cost(args[1]!), this.cost(args[2]!));
    return 1 + this.#sum(args) + this.#extra(fn, args);
  }

  #extra(fn: string, args: readonly Expr[]): number {
    const sizes = args.map((arg) => this.#size(arg));
    const [first = 1, second = 1] = sizes;
    const isList = args.some((arg) => this.#types.get(arg)?.kind === "list");
    if (constant.has(fn)) return fn.endsWith("sWith") ? second * 0.1 : 0;
    if (fn === "@in") return this.#types.get(args[1]!)?.kind === "map" ? 0 : second;
    if (perElement.has(fn) && isList) return first;
    if (sorting.has(fn)) return first * Math.max(1, Math.ceil(Math.log2(first + 1)));
    if (fn === "distinct") return first * first;
    if (product.has(fn)) return isList ? first * second : Math.ceil(first * 0.1) * Math.ceil(second * 0.1);
    if (fn === "matches" || fn === "find" || fn === "findAll") return Math.ceil((first + 1) * 0.1) * Math.max(1, Math.ceil(second * 0.25));
    if (/^_(==|!=|<|<=|>|>=)_$/.test(fn)) return Math.min(first, second) * 0.1;
    if (fn === "check") return 350_000;
    return this.#isScalar(args[0]) ? 0 : Math.ceil(sizes.reduce((sum, size) => sum + size, 0) * 0.1);
  }

  #isScalar(expr: Expr | undefined): boolean { return expr === undefined || scalars.has(this.#types.get(expr)?.kind ?? "dyn"); }

  /** How long a value may be; 1 for what has no length. */
  #size(expr: Expr): number {
    if (expr.op === "const") return typeof expr.value === "string" || expr.value instanceof Uint8Array ? expr.value.length : 1;
    if (expr.op === "list") return expr.items.length;
    if (expr.op === "map") return expr.entries.length;
    if (expr.op === "fold") return expr.macro === "all" || expr.macro === "exists" || expr.macro === "existsOne" ? 1 : this.#size(expr.range);
    if (this.#isScalar(expr)) return 1;
    if (expr.op === "call") return this.#resultSize(expr);
    const type = this.#types.get(expr)!;
    return type.max ?? (type.kind === "object" || type.kind === "dyn" ? 1 : requestBytesMax);
  }

  #resultSize(expr: Extract<Expr, { op: "call" }>): number {
    const type = this.#types.get(expr);
    if (expr.fn === "_[_]" || expr.fn === "_[?_]" || expr.fn === "orValue") return type?.max ?? requestBytesMax;
    const { args } = resolveCall(expr, (name) => name === "self" || name === "oldSelf");
    const sizes = args.filter((arg) => !this.#isScalar(arg)).map((arg) => this.#size(arg));
    if (expr.fn === "_?_:_") return Math.max(1, ...sizes);
    return Math.min(requestBytesMax, Math.max(1, sizes.reduce((sum, size) => sum + size, 0) + (sizes.length === 0 ? 64 : 0)));
  }
}

/** Whether a name occurs. What macros declare under the same name is taken for it too. */
export function mentions(expr: Expr, name: string): boolean {
  if (expr.op === "ident") return expr.name === name;
  return Object.values(expr).some((part) => isExpr(part) ? mentions(part, name) : Array.isArray(part) && part.some((p) => mentionsIn(p, name)));
}

const isExpr = (part: unknown): part is Expr => typeof part === "object" && part !== null && "op" in part && "pos" in part;
const mentionsIn = (part: unknown, name: string): boolean =>
  isExpr(part) ? mentions(part, name) : typeof part === "object" && part !== null && Object.values(part).some((inner) => isExpr(inner) && mentions(inner, name));
