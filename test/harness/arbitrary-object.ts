import * as fc from "fast-check";
import type { Schema, StructSchema } from "../../src/kinds/schema.ts";

/**
 * Objects for fuzzing, made from a schema: mostly of the right types, so that they come past decoding and into defaults,
 * validation and controllers, and with now and then a value of any type at all.
 */
const TEXTS = ["", "a", "web", "a.b", "A", "a b", "a/b", "a=b", "-", "*", "TCP", "ClusterIP", "None", "Always", "Exists", "In", "v1", "apps/v1", "Pod", "{", "\u0000", "é", "x".repeat(300), "10.96.0.1", "::1", "10.0.0.0/8", "300.1.1.1", "%", "50%", "../x", "/x", "kubernetes.io/tls", "system:masters", "[", "(a+)+$", "__proto__", "constructor"];
const QUANTITIES = ["0", "1", "-1", "100m", "1Gi", "1e3", "0.5", "1.5Gi", "9".repeat(30), "1E"];
const NUMBERS = [0, 1, -1, 2, 80, 8080, 65535, 65536, 2 ** 31 - 1, -(2 ** 31), 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];
const TIMES = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000001Z", "1969-12-31T23:59:59+01:00", "9999-12-31T23:59:59Z"];
/** Values of the right JSON type that cannot be decoded. */
const UNREADABLE: readonly unknown[] = ["x", "", "1Zi", "yesterday", 2 ** 53 - 1, 2n ** 63n, 1.5, "%"];

const anything = fc.jsonValue({ maxDepth: 2 });
const fuzzyKeys = fc.constantFrom("a", "b", "a/b", "app", "x y", "", "cpu", "memory", "pods", "__proto__", "ca.crt", "kubernetes.io/metadata.name");

function arbitraryOf(schema: Schema, depth = 5): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 150, arbitrary: fc.constant(undefined).chain(() => wellTyped(schema, depth)) }, { weight: 1, arbitrary: anything });
}

function wellTyped(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case "struct": return depth <= 0 ? fc.constant({}) : arbitraryStruct(schema, depth);
    case "list": return depth <= 0 ? fc.constant([]) : fc.array(arbitraryOf(schema.items, depth - 1), { maxLength: 3 });
    case "map": return depth <= 0 ? fc.constant({}) : fc.dictionary(fuzzyKeys, arbitraryOf(schema.values, depth - 1), { maxKeys: 3 });
    default: return scalar(schema.type, schema.enum);
  }
}

/** Few fields at a time, each in its turn. */
export function arbitraryStruct(schema: StructSchema, depth = 5): fc.Arbitrary<Record<string, unknown>> {
  const isObject = schema.fields.has("metadata") && schema.fields.has("kind"); // what it is, is not in question
  const names = [...schema.fields.keys()].filter((name) => !isObject || (name !== "apiVersion" && name !== "kind"));
  if (names.length === 0) return fc.constant({});
  return fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }).chain((chosen) =>
    fc.record(Object.fromEntries(chosen.map((name) => [name, arbitraryOf(schema.fields.get(name)!.schema, depth - 1)]))) as fc.Arbitrary<Record<string, unknown>>);
}

function scalar(type: string, values?: readonly string[]): fc.Arbitrary<unknown> {
  switch (type) {
    case "string": return values ? fc.oneof(fc.constantFrom(...values), fc.constantFrom(...TEXTS)) : fc.constantFrom(...TEXTS);
    case "boolean": return fc.boolean();
    case "bytes": return mostly("", "YQ==", "YWJj");
    case "quantity": return mostly(...QUANTITIES, 1, -1.5);
    case "time": case "microTime": return mostly(...TIMES);
    case "duration": return mostly("1s", "1h30m", "-1s");
    case "intOrString": return mostly(...NUMBERS, "25%", "http", "", "-5%", "200%");
    case "any": case "fieldsV1": return anything;
    default: return mostly(...NUMBERS);
  }
}

const mostly = (...readable: unknown[]): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 60, arbitrary: fc.constantFrom(...readable) }, { weight: 1, arbitrary: fc.constantFrom(...UNREADABLE) });

/** `change` laid over `base`; lists are replaced at times, and at times merged item by item. */
export function overlaid(base: unknown, change: unknown): unknown {
  if (Array.isArray(base) && Array.isArray(change) && change.length <= base.length) return base.map((item, i) => (i < change.length ? overlaid(item, change[i]) : item));
  if (!isMap(base) || !isMap(change)) return change;
  const result: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(change)) {
    Object.defineProperty(result, name, { value: Object.hasOwn(base, name) ? overlaid(base[name], value) : value, enumerable: true, configurable: true, writable: true });
  }
  return result;
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
