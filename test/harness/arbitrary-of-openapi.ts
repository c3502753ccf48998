import * as fc from "fast-check";

/**
 * Objects drawn from an OpenAPI v3 document, as a client would make them that knows nothing else: only fields that it names, of
 * the types that it says, with the keys that its lists want. Zero values are left out, since Go does not write them.
 */
type Json = Record<string, any>;
type Components = Record<string, Json>;

const TEXTS = ["a", "web", "a-b", "A b", "é", "x".repeat(70), "10.0.0.1", "{}", "a: b", "yes", "1", "null", "~", "__proto__"];
const KEYS = ["a", "b", "app", "example.com/c", "d.e", "constructor"];
const QUANTITIES = ["1", "100m", "1Gi", "2k", "1500m"];
const TIMES = ["2026-01-01T00:00:00Z", "1999-12-31T23:59:59Z"];
const MICRO_TIMES = ["2026-01-01T00:00:00.000001Z", "2026-01-01T00:00:00.123456Z"];
const INTEGERS = [1, 2, 80, 65_535, 2_147_483_647, -1, -2_147_483_648];
const LONG_INTEGERS = [...INTEGERS, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];

/** Where JSON takes another form than the schema alone would say. */
const FORMS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": fc.constantFrom(...QUANTITIES),
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": fc.constantFrom<unknown>(80, 1, "http", "25%"),
  "io.k8s.apimachinery.pkg.apis.meta.v1.Time": fc.constantFrom(...TIMES),
  "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": fc.constantFrom(...MICRO_TIMES),
  "io.k8s.apimachinery.pkg.apis.meta.v1.Duration": fc.constantFrom("1s", "1h30m0s"),
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": fc.constantFrom<unknown>({ "f:data": {} }, { "f:metadata": { "f:labels": { ".": {}, "f:a": {} } } }),
  "io.k8s.apimachinery.pkg.runtime.RawExtension": fc.constantFrom<unknown>({ apiVersion: "example.com/v1", kind: "Any", a: [1, { b: "c" }] }),
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": fc.constantFrom<unknown>("a", 1, true, [1, "b"], { c: { d: [2] } }),
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool": fc.constantFrom<unknown>(true, { type: "string" }),
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray": fc.constantFrom<unknown>({ type: "string" }),
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray": fc.constantFrom<unknown>(["a", "b"], { type: "string" }),
};

export function arbitraryOfOpenApi(components: Components, typeName: string, depth = 7): fc.Arbitrary<Json> {
  const { properties } = components[typeName]!;
  const { apiVersion: _, kind: __, metadata: ___, ...own } = properties as Json;
  return new Drawer(components).object({ ...components[typeName], properties: own }, depth);
}

class Drawer {
  readonly #components: Components;
  constructor(components: Components) { this.#components = components; }

  value(schema: Json, depth: number): fc.Arbitrary<unknown> {
    const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
    if (reference) {
      const name = String(reference).split("/").at(-1)!;
      return FORMS[name] ?? this.value(this.#components[name]!, depth);
    }
    switch (schema.type) {
      case "object": return schema.additionalProperties ? this.#map(schema, depth) : this.object(schema, depth);
      case "array": return this.#list(schema, depth);
      case "boolean": return fc.constant(true);
      case "integer": return fc.constantFrom(...(schema.format === "int64" ? LONG_INTEGERS : INTEGERS));
      case "number": return fc.constantFrom(1.5, -2.25, 3);
      default: return schema.enum ? fc.constantFrom(...schema.enum as string[]) : schema.format === "byte" ? fc.constantFrom("YQ==", "/+8=") : fc.constantFrom(...TEXTS);
    }
  }

  /** What is required, and a few of the others. */
  object(schema: Json, depth: number): fc.Arbitrary<Json> {
    const properties: Json = schema.properties ?? {};
    // An object inside of another is of a known kind: protobuf does not write that down.
    const names = Object.keys(properties).filter((name) => !("metadata" in properties && (name === "apiVersion" || name === "kind")));
    const required = new Set((schema.required as string[] ?? []).filter((name) => names.includes(name)));
    const optional = depth > 0 ? names.filter((name) => !required.has(name)) : [];
    return fc.subarray(optional, { maxLength: Math.min(optional.length, 4) }).chain((chosen) =>
      fc.record(Object.fromEntries([...required, ...chosen].map((name) => [name, this.value(properties[name], depth - 1)]))));
  }

  #map({ additionalProperties }: Json, depth: number): fc.Arbitrary<Json> {
    return depth > 0 ? fc.dictionary(fc.constantFrom(...KEYS), this.value(additionalProperties, depth - 1), { minKeys: 1, maxKeys: 2 }) : fc.constant({});
  }

  #list(schema: Json, depth: number): fc.Arbitrary<unknown[]> {
    if (depth <= 0) return fc.constant([]);
    const item = this.value(schema.items, depth - 1);
    const keys: string[] = [...schema["x-kubernetes-list-map-keys"] ?? [], ...(schema["x-kubernetes-patch-merge-key"] ? [schema["x-kubernetes-patch-merge-key"]] : [])];
    if (keys.length === 0 && schema["x-kubernetes-list-type"] !== "set" && !schema["x-kubernetes-patch-strategy"]) return fc.array(item, { minLength: 1, maxLength: 2 });
    // A key stands for its entry: each has its own, in every key, since two ways of merging may go by different ones.
    const numbered = fc.array(item, { minLength: 1, maxLength: 2 }).map((items) => items.map((entry, i) => (keys.length > 0 ? this.#keyed(schema.items, entry as Json, { keys, i }) : entry)));
    return keys.length > 0 ? numbered : numbered.map((items) => [...new Map(items.map((entry) => [JSON.stringify(entry), entry])).values()]);
  }

  #keyed(items: Json, entry: Json, { keys, i }: { keys: readonly string[]; i: number }): Json {
    const name = String(items.$ref ?? items.allOf?.[0]?.$ref ?? "").split("/").at(-1)!;
    const properties = (this.#components[name] ?? items).properties as Json;
    return { ...entry, ...Object.fromEntries(keys.map((key) => [key, keyOf(properties[key], i)])) };
  }
}

function keyOf({ type, enum: values }: Json, i: number): unknown {
  if (type === "integer") return 1000 + i;
  return values ? values[i % values.length] : `key-${i}`;
}
