import { tests } from "@bufbuild/cel-spec/testdata/conformance.js";
import { expect, test } from "vitest";
import { CompileError, dynamic, prepare, run } from "./program.ts";
import { BuiltMap, celEqual, TypeValue, Uint, type Value } from "./values.ts";

/** Not of Kubernetes' CEL: messages of protobuf, and libraries that it does not enable. */
const absentSuites = /proto|enum|wrapper|block|dynamic|math|network|encoders|type_deduction|unknown|qualified|namespace|receiver_function_names/;
const absentNames = /TestAllTypes|google\.protobuf|cel\.expr|\bmath\./;
/** Kubernetes checks every expression and wants literals of one type: what these have to say is an error there. */
const strictness = /expected type '|found no matching overload for '(_==_|_!=_|_\?:_|_\?_:_|_&&_|_\|\|_|namespace)'/;
const known = [
  // Names that nobody declared are an error before anything runs.
  "x || true", "f_unknown",
  // The difference is beyond what a double can say; ours is exact.
  "9223372036854775808.0",
  // JavaScript rounds halves away from zero.
  '"%.0f".format([2.5])',
];

type Json = Record<string, any>;
interface Suite { name: string; suites?: Suite[]; tests?: { original: Json }[] }

function valueOf(json: Json): Value | undefined {
  if ("nullValue" in json) return null;
  if ("boolValue" in json) return json["boolValue"] as boolean;
  if ("int64Value" in json) return BigInt(json["int64Value"]);
  if ("uint64Value" in json) return new Uint(BigInt(json["uint64Value"]));
  if ("doubleValue" in json) return Number(json["doubleValue"]);
  if ("stringValue" in json) return json["stringValue"] as string;
  if ("bytesValue" in json) return Uint8Array.from(Buffer.from(json["bytesValue"], "base64"));
  if ("typeValue" in json) return new TypeValue(json["typeValue"]);
  if ("listValue" in json) return ((json["listValue"].values ?? []) as Json[]).map((item) => valueOf(item) ?? null);
  if (!("mapValue" in json)) return undefined;
  const map = new BuiltMap();
  for (const { key, value } of (json["mapValue"].entries ?? []) as Json[]) map.set(valueOf(key) ?? null, valueOf(value) ?? null);
  return map;
}

function* cases(suite: Suite, path = ""): Generator<{ path: string; test: Json }> {
  for (const inner of suite.suites ?? []) yield* cases(inner, `${path}/${inner.name}`);
  for (const { original } of suite.tests ?? []) yield { path, test: original };
}

/** What is wrong with an outcome; undefined when it is as the specification says. */
function fault({ expr, bindings = {}, value, evalError }: Json): string | undefined {
  const bound = new Map(Object.entries(bindings as Json).map(([name, given]) => [name, valueOf(given.value ?? {})]));
  let outcome;
  try { outcome = run(prepare(expr, dynamic(...bound.keys())), (name) => bound.get(name)); } catch (error) {
    expect(error, expr).toBeInstanceOf(CompileError);
    return evalError || strictness.test((error as Error).message) ? undefined : (error as Error).message;
  }
  if (evalError) return outcome.error === undefined ? "no error" : undefined;
  if (outcome.error !== undefined) return outcome.error;
  const wanted = value ? valueOf(value) : true;
  if (wanted === undefined || (Number.isNaN(wanted) && Number.isNaN(outcome.value))) return undefined;
  return celEqual(outcome.value!, wanted) ? undefined : `not ${JSON.stringify(value)}`;
}

test("expressions are what the language's own conformance tests say", () => {
  const all = [...cases(tests as Suite)].filter(({ path, test: { expr, bindings = {} } }) => Object.values(bindings as Json).every((given) => !("objectValue" in (given.value ?? {}))) && !absentSuites.test(path) && !absentNames.test(expr) && !known.some((text) => expr.includes(text)));
  const wrong = all.flatMap(({ path, test: one }) => {
    const found = fault(one);
    return found === undefined ? [] : [`${path}: ${one["expr"]}: ${found}`];
  });
  expect(wrong).toEqual([]);
  expect(all.length).toBeGreaterThan(1_200);
});
