/**
 * The part of kubectl's JSONPath that printer columns and scale paths use: `.spec.a`, `.a\.b`, `['a.b']`, `[0]`, `[-1]`,
 * `[*]`, `.*`, `[1:3]`, `..` is not. Filters are one comparison: `[?(@.type=="Ready")]`. Parsed paths are kept by the caller.
 */
export type JsonPath = readonly Step[];
type Step =
  | { type: "field"; name: string }
  | { type: "index"; index: number }
  | { type: "slice"; start: number | undefined; end: number | undefined }
  | { type: "all" }
  | { type: "filter"; path: JsonPath; operator: string; value: string | number | boolean | null };

/** Undefined if it is not such a path. */
export function parseJsonPath(text: string): JsonPath | undefined {
  let rest = text.startsWith("{") && text.endsWith("}") ? text.slice(1, -1) : text;
  if (text.length > 1000) return undefined;
  if (rest.startsWith("$")) rest = rest.slice(1);
  const steps: Step[] = [];
  while (rest !== "") {
    const [step, length] = nextStep(rest);
    if (length === 0) return undefined;
    if (step) steps.push(step);
    rest = rest.slice(length);
  }
  return steps;
}

function nextStep(rest: string): [Step | undefined, number] {
  let match: RegExpExecArray | null;
  if ((match = /^\.?\*/.exec(rest)) || (match = /^\[\*\]/.exec(rest))) return [{ type: "all" }, match[0].length];
  if ((match = /^\.((?:\\.|[^.[\]\\\s*'"()])+)/.exec(rest))) return [{ type: "field", name: match[1]!.replace(/\\(.)/g, "$1") }, match[0].length];
  if (rest === ".") return [undefined, 1];
  if ((match = /^\[(-?\d{1,9})\]/.exec(rest))) return [{ type: "index", index: Number(match[1]) }, match[0].length];
  if ((match = /^\[(-?\d{1,9})?:(-?\d{1,9})?\]/.exec(rest))) {
    return [{ type: "slice", start: match[1] === undefined ? undefined : Number(match[1]), end: match[2] === undefined ? undefined : Number(match[2]) }, match[0].length];
  }
  if ((match = /^\[(?:'([^']*)'|"([^"]*)")\]/.exec(rest))) return [{ type: "field", name: (match[1] ?? match[2]!).replace(/\\(.)/g, "$1") }, match[0].length];
  if ((match = /^\[\?\(\s*@([^=!<>\s]*)\s*(==|!=|<=|>=|<|>)\s*([^)]*?)\s*\)\]/.exec(rest))) return filterStep(match);
  return [undefined, 0];
}

function filterStep([whole, left, operator, right]: RegExpExecArray): [Step | undefined, number] {
  const path = left!.includes("?") ? undefined : parseJsonPath(left!);
  if (!path) return [undefined, 0];
  const quoted = /^'(.*)'$|^"(.*)"$/.exec(right!);
  const value = quoted ? (quoted[1] ?? quoted[2]!) : literal(right!);
  return value === undefined ? [undefined, 0] : [{ type: "filter", path, operator: operator!, value }, whole.length];
}

function literal(text: string): number | boolean | null | undefined {
  if (text === "true" || text === "false") return text === "true";
  if (text === "null") return null;
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** All values that the path leads to. */
export function findAll(value: unknown, path: JsonPath): unknown[] {
  return path.reduce<unknown[]>((values, step) => values.flatMap((v) => follow(v, step)), [value]);
}

export const findFirst = (value: unknown, path: JsonPath): unknown => findAll(value, path)[0];

function follow(value: unknown, step: Step): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  const list = Array.isArray(value) ? value : undefined;
  switch (step.type) {
    case "field": return !list && Object.hasOwn(value, step.name) ? [(value as Record<string, unknown>)[step.name]] : [];
    case "index": return list && list.at(step.index) !== undefined ? [list.at(step.index)] : [];
    case "slice": return list ? list.slice(step.start, step.end) : [];
    case "all": return list ?? Object.values(value);
    case "filter": return (list ?? []).filter((item) => compare(findFirst(item, step.path), step.operator, step.value));
  }
}

function compare(left: unknown, operator: string, right: string | number | boolean | null): boolean {
  if (operator === "==") return left === right;
  if (operator === "!=") return left !== undefined && left !== right;
  if (typeof left !== typeof right || (typeof left !== "number" && typeof left !== "string") || right === null) return false;
  switch (operator) {
    case "<": return left < right;
    case "<=": return left <= right;
    case ">": return left > right;
    default: return left >= right;
  }
}
