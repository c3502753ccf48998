/** Calls of operators and functions: those that need not look at all that they are given, and the choice of an overload. */
import { absorbed, truth, type Code, type Frame } from "./frame.ts";
import type { Overload } from "./functions/table.ts";
import { celEqual, CelError, CelMap, fail, Optional, typeName, work, type Value } from "./values.ts";

/** `decisive` wins over errors: true for or, false for and. */
export function logical(args: readonly Code[], decisive: boolean): Code {
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

export function conditional([condition, then, otherwise]: readonly Code[]): Code {
  return (frame) => {
    frame.spend(1);
    return truth(condition!(frame)) ? then!(frame) : otherwise!(frame);
  };
}

export function alternative([target, other]: readonly Code[], fn: string): Code {
  return (frame) => {
    frame.spend(1);
    const from = target!(frame);
    if (!(from instanceof Optional)) return fail("no such overload");
    if (from.value === undefined) return other!(frame);
    return fn === "or" ? from : from.value;
  };
}

export function equality([left, right]: [Code, Code], { cost }: Overload, wanted: boolean): Code {
  return (frame) => {
    const a = left(frame);
    const b = right(frame);
    frame.spend(1 + cost!(a, b));
    const result = celEqual(a, b) === wanted;
    frame.payForComparisons();
    return result;
  };
}

export function dispatch(args: readonly Code[], list: readonly Overload[], fn: string): Code {
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
