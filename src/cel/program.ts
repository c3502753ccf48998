/**
 * An expression made ready to run, as Kubernetes uses CEL. `prepare` finds everything that is wrong with it beforehand;
 * a run costs at most what it is given, and what it throws says why in upstream's words.
 */
import { CelSyntaxError, showError, type Expr } from "./ast.ts";
import { check, type Declarations, type StructTypes } from "./checker.ts";
import { Frame, type Code } from "./frame.ts";
import { compile } from "./interpreter.ts";
import { parse } from "./parser.ts";
import { dyn, type CelType } from "./types.ts";
import { CelError, CostExceeded, type Value } from "./values.ts";

/** Upstream's limits, in cost units (apiserver's celconfig). */
const costPerCall = 1_000_000;
const costPerObject = 10_000_000;
export const costOfMatchConditions = 2_500_000;

export interface Program {
  readonly source: string;
  readonly expr: Expr;
  readonly type: CelType;
  readonly types: WeakMap<Expr, CelType>;
  readonly code: Code;
}

/** An expression that does not compile; the message shows where. */
export class CompileError extends Error {}

/** Undeclared names and wrong types are errors, unless `declarations` say dyn. */
export function prepare(source: string, declarations: Declarations, structs?: StructTypes): Program {
  let expr: Expr;
  try {
    expr = parse(source);
    const { type, problems, types } = check(expr, declarations, structs);
    if (problems.length > 0) throw new CompileError(problems.map((p) => showError(source, p)).join("\n"));
    return { source, expr, type, types, code: compile(expr, (name) => declarations.has(name)) };
  } catch (error) {
    if (error instanceof CelSyntaxError) throw new CompileError(showError(source, error));
    if (error instanceof RangeError) throw new CompileError("ERROR: <input>:1:1: expression recursion limit exceeded");
    throw error;
  }
}

/** A budget that several expressions share. */
export class Budget {
  left: number;
  constructor(left: number = costPerObject) { this.left = left; }
}

export type Outcome = { value: Value; error?: undefined } | { value?: undefined; error: string; exhausted?: "call" | "budget" };

/** Runs a program; pays out of the budget. Errors of the expression are told, not thrown. */
export function run(program: Program, variables: (name: string) => Value | undefined, budget: Budget = new Budget()): Outcome {
  const frame = new Frame(variables, Math.min(costPerCall, budget.left));
  try {
    return { value: program.code(frame) };
  } catch (thrown) {
    if (thrown instanceof CelError) return { error: thrown.message };
    if (thrown instanceof CostExceeded) return { error: thrown.message, exhausted: budget.left < costPerCall ? "budget" : "call" };
    // Too deep or too long for the engine: as good as a spent budget.
    if (thrown instanceof RangeError) return { error: new CostExceeded().message, exhausted: "call" };
    throw thrown;
  } finally {
    budget.left -= Math.min(frame.spent, costPerCall);
  }
}

/** Names from an object, for expressions whose variables are all at hand. */
export const variablesOf = (values: Readonly<Record<string, Value | undefined>>) => (name: string): Value | undefined => (Object.hasOwn(values, name) ? values[name] : undefined);
export const dynamic = (...names: string[]): Declarations => new Map(names.map((name) => [name, dyn]));
