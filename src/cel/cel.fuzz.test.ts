import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fromJson } from "./json-values.ts";
import { Budget, CompileError, dynamic, prepare, run, variablesOf } from "./program.ts";

const numRuns = Number(process.env.FUZZ_RUNS ?? 3_000);
const self = fromJson({ s: "text", n: 5, list: [3, 1, 2], map: { a: 1 }, texts: Array.from({ length: 200 }, (_, i) => `text ${i}`), nothing: null });

/** Words of the language in any order, and expressions that mean something. */
const words = fc.array(fc.constantFrom(
  "self", "x", ".", "?", ":", "(", ")", "[", "]", "{", "}", ",", "+", "-", "*", "/", "%", "!", "&&", "||", "==", "<", ">=", "in", "has", "size", "'a'", "1", "1u", "1.5", "b'x'", "null", "true", "r'\\'", "\"", "\\u", "//", "\n", "9223372036854775808", "1e999", "self.list", ".all(x, ", ".map(x, ", ".matches('", "__proto__", "constructor", "é",
), { maxLength: 25 }).map((parts) => parts.join(""));
const meaningful = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof({ maxDepth: 5 },
    fc.constantFrom("1", "0", "-9223372036854775808", "9223372036854775807", "0.0", "'a'", "'%'", "b'\\xff'", "true", "null", "[]", "{}", "self", "self.s", "self.n", "self.list", "self.map", "self.texts", "self.missing", "duration('1h')", "timestamp('2026-01-01T00:00:00Z')", "quantity('1Gi')", "ip('10.0.0.1')", "cidr('10.0.0.0/8')", "url('http://a/b')", "semver('1.2.3')", "optional.none()", "type(1)"),
    fc.tuple(tie("any"), fc.constantFrom("+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||", "in"), tie("any")).map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc.tuple(tie("any"), fc.constantFrom("size", "string", "int", "uint", "double", "bytes", "dyn", "lowerAscii", "trim", "reverse", "sum", "min", "isSorted", "getHours", "isInteger", "asInteger", "family", "prefixLength", "getHost", "major", "orValue", "hasValue", "first", "sort", "distinct", "flatten")).map(([a, f]) => `${a}.${f}()`),
    fc.tuple(tie("any"), fc.constantFrom("matches", "find", "findAll", "split", "indexOf", "startsWith", "contains", "replace", "format", "join", "compareTo", "add", "getPathSegment", "substring", "charAt", "slice", "union", "sets.contains"), tie("any")).map(([a, f, b]) => `${a}.${f}(${b})`),
    fc.tuple(tie("any"), fc.constantFrom("all", "exists", "exists_one", "map", "filter"), tie("any")).map(([a, f, b]) => `${a}.${f}(x, x == ${b})`),
    fc.tuple(tie("any"), tie("any"), tie("any")).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc.tuple(tie("any"), tie("any")).map(([a, b]) => `[${a}, ${b}]`), fc.tuple(tie("any"), tie("any")).map(([a, b]) => `{${a}: ${b}}`), fc.tuple(tie("any"), tie("any")).map(([a, b]) => `${a}[${b}]`),
  ),
})).any;

test("any text compiles or is refused, and what compiles runs to a value or an error, within its budget", () => {
  fc.assert(fc.property(fc.oneof(words, meaningful, fc.string({ maxLength: 40 })), (source) => {
    let program;
    try {
      program = prepare(source, dynamic("self"));
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      return;
    }
    const begun = process.threadCpuUsage?.() ?? process.cpuUsage();
    const outcome = run(program, variablesOf({ self }), new Budget());
    const used = (process.threadCpuUsage ?? process.cpuUsage)(begun);
    expect(typeof outcome.error === "string" || outcome.value !== undefined).toBe(true);
    expect((used.user + used.system) / 1000, source).toBeLessThan(500);
  }), { numRuns, seed: 1 });
}, 120_000);
