import { builtInKinds, isBuiltInType, schemaOf } from "../../kinds/facts/table.ts";
import type { Field, ListSchema, ScalarSchema, Schema, StructSchema } from "../../kinds/schema.ts";

export type Json = Record<string, unknown>;
/** OpenAPI v2 (Swagger) and v3 differ in where definitions are and in what may stand beside a reference. */
export type Dialect = "v2" | "v3";
export interface GroupVersion { group: string; version: string }
export interface GroupVersionKind extends GroupVersion { kind: string }

const machinery = "io.k8s.apimachinery.pkg.";
const meta = `${machinery}apis.meta.v1.`;
export const objectMetaType = `${meta}ObjectMeta`;
export const listMetaType = `${meta}ListMeta`;
export const statusType = `${meta}Status`;
export const deleteOptionsType = `${meta}DeleteOptions`;
export const watchEventType = `${meta}WatchEvent`;
export const patchType = `${meta}Patch`;

/** Descriptions by `<type>` and `<type>.<field>`. The table of facts has none: whoever has some may pass them. */
export type Descriptions = Readonly<Record<string, string>>;

/**
 * The definitions that a document needs: asking for a reference adds its type, and what that refers to. Built-in types come
 * from the table; a custom resource brings its own text.
 */
export class Definitions {
  readonly all: Record<string, Json> = {};
  readonly #dialect: Dialect;
  readonly #served: readonly GroupVersion[];
  readonly #descriptions: Descriptions;

  /** `served`: group versions of the document, each of which knows meta/v1's options as its own. */
  constructor(dialect: Dialect, served: readonly GroupVersion[] = [], descriptions: Descriptions = {}) {
    this.#dialect = dialect;
    this.#served = served;
    this.#descriptions = descriptions;
  }

  path(name: string): string { return (this.#dialect === "v2" ? "#/definitions/" : "#/components/schemas/") + name; }

  reference(typeName: string): Json {
    this.#require(typeName);
    return { $ref: this.path(typeName) };
  }

  /** Adds a definition that is not built in, unless one of its name is there. */
  add(name: string, make: () => Json): Json {
    if (!Object.hasOwn(this.all, name)) {
      this.all[name] = {};
      this.all[name] = make();
    }
    return { $ref: this.path(name) };
  }

  /** The schema of a value where it stands: a reference for types with a name. */
  inline(schema: Schema, owner = ""): Json {
    switch (schema.type) {
      case "struct": return schema.name ? this.reference(schema.name) : this.struct(schema);
      case "list": return this.#list(schema, owner);
      case "map": return { type: "object", additionalProperties: this.#element(schema.values, owner), ...(schema.atomic && { "x-kubernetes-map-type": "atomic" }) };
      default: return this.#scalar(schema, owner);
    }
  }

  struct(schema: StructSchema): Json {
    const name = schema.name ?? "";
    const fields = [...schema.fields.values()];
    const required = fields.filter((f) => f.required).map((f) => f.name);
    return {
      ...this.description(name),
      type: "object",
      ...(required.length > 0 && { required }),
      ...(fields.length > 0 && { properties: Object.fromEntries(fields.map((f) => [f.name, this.#property(f, name)])) }),
      ...(schema.atomic && { "x-kubernetes-map-type": "atomic" }),
      ...(schema.preserveUnknown && { "x-kubernetes-preserve-unknown-fields": true }),
      ...this.#kinds(name),
    };
  }

  #require(typeName: string): void {
    if (Object.hasOwn(this.all, typeName)) return;
    this.all[typeName] = {}; // first, since types refer to themselves
    const special = specials[typeName];
    if (special) this.all[typeName] = { ...special[this.#dialect], ...this.description(typeName) };
    else if (isBuiltInType(typeName)) this.all[typeName] = this.struct(schemaOf(typeName));
  }

  #property(field: Field, owner: string): Json {
    const schema = field.schema;
    const inline = this.inline(schema, owner);
    const beside: Json = {
      ...this.description(`${owner}.${field.name}`),
      ...(this.#dialect === "v3" && defaultOf(field)),
      ...(schema.type === "struct" && schema.atomic && schema.name && !schemaOf(schema.name).atomic && { "x-kubernetes-map-type": "atomic" }),
      ...(field.patchMergeKey && { "x-kubernetes-patch-merge-key": field.patchMergeKey }),
      ...(field.patchStrategy && { "x-kubernetes-patch-strategy": field.patchStrategy.join(",") }),
    };
    // OpenAPI v3 ignores whatever stands beside a reference.
    return "$ref" in inline && this.#dialect === "v3" ? { allOf: [inline], ...beside } : { ...inline, ...beside };
  }

  #list(schema: ListSchema, owner: string): Json {
    return {
      type: "array",
      items: this.#element(schema.items, owner),
      ...(schema.mapKeys && { "x-kubernetes-list-map-keys": schema.mapKeys }),
      "x-kubernetes-list-type": schema.listType,
    };
  }

  #element(schema: Schema, owner: string): Json {
    const inline = this.inline(schema, owner);
    const zero = this.#dialect === "v3" ? zeroDefault(schema) : undefined;
    if (zero === undefined) return inline;
    return "$ref" in inline ? { allOf: [inline], default: zero } : { ...inline, default: zero };
  }

  #scalar(schema: ScalarSchema, owner: string): Json {
    const named = schema.name ?? (schema.type === "any" && owner.endsWith(".JSONSchemaProps") ? jsonType : scalarTypes[schema.type]);
    if (named) return this.reference(named);
    return { ...primitives[schema.type], ...(schema.enum && { enum: [...schema.enum] }), ...(schema.nullable && this.#dialect === "v3" && { nullable: true }) };
  }

  /** The words for a type or a field, where there are some. */
  description(key: string): Json {
    const description = this.#descriptions[key];
    return description === undefined ? {} : { description };
  }

  #kinds(typeName: string): Json {
    const kinds = kindsOf(typeName).flatMap((k) => (ofEveryVersion.has(k.kind) && k.group === "" ? this.#inEveryVersion(k) : [k]));
    return kinds.length > 0 ? { "x-kubernetes-group-version-kind": kinds } : {};
  }

  #inEveryVersion(own: GroupVersionKind): GroupVersionKind[] {
    const others = this.#served.filter((s) => s.group !== own.group || s.version !== own.version);
    return [own, ...others.map(({ group, version }) => ({ group, version, kind: own.kind }))];
  }
}

const ofEveryVersion = new Set(["DeleteOptions", "WatchEvent"]);
let kindsByType: Map<string, GroupVersionKind[]> | undefined;

function kindsOf(typeName: string): readonly GroupVersionKind[] {
  if (!kindsByType) {
    kindsByType = new Map();
    for (const { group, version, kind, type } of builtInKinds()) kindsByType.set(type, [...(kindsByType.get(type) ?? []), { group, version, kind }]);
  }
  return kindsByType.get(typeName) ?? [];
}

/** The declared default, or the zero value that Go would have where the field cannot be absent. */
function defaultOf(field: Field): Json {
  if (field.default !== undefined) return { default: field.default };
  if (field.pointer || (field.omitEmpty && field.schema.type !== "struct")) return {};
  const zero = zeroDefault(field.schema);
  return zero === undefined ? {} : { default: zero };
}

function zeroDefault(schema: Schema): unknown {
  switch (schema.type) {
    case "struct": return schema.name ? {} : undefined;
    case "string": return "";
    case "boolean": return false;
    case "int32": case "int64": case "uint32": case "uint64": case "double": return 0;
    default: return undefined;
  }
}

const jsonType = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON";
const scalarTypes: Readonly<Record<string, string>> = {
  time: `${meta}Time`, microTime: `${meta}MicroTime`, duration: `${meta}Duration`, fieldsV1: `${meta}FieldsV1`,
  quantity: `${machinery}api.resource.Quantity`, intOrString: `${machinery}util.intstr.IntOrString`, any: `${machinery}runtime.RawExtension`,
};

const primitives: Readonly<Record<string, Json>> = {
  string: { type: "string" }, boolean: { type: "boolean" }, bytes: { type: "string", format: "byte" },
  int32: { type: "integer", format: "int32" }, int64: { type: "integer", format: "int64" },
  uint32: { type: "integer", format: "int64" }, uint64: { type: "integer", format: "int64" }, double: { type: "number", format: "double" },
};

const both = (schema: Json): Record<Dialect, Json> => ({ v2: schema, v3: schema });
const specials: Readonly<Record<string, Record<Dialect, Json>>> = {
  [scalarTypes.time!]: both({ description: "A point in time, as RFC 3339 writes it.", type: "string", format: "date-time" }),
  [scalarTypes.microTime!]: both({ description: "A point in time to the microsecond, as RFC 3339 writes it.", type: "string", format: "date-time" }),
  [scalarTypes.duration!]: both({ description: "A length of time: numbers with units, such as 1h30m.", type: "string" }),
  [scalarTypes.fieldsV1!]: both({ description: "A set of fields: a tree whose keys are f: and a field's name, k: and an item's keys, v: and an item's value, or i: and its index.", type: "object" }),
  [scalarTypes.any!]: both({ description: "Any object: the one who reads it knows its type.", type: "object" }),
  [scalarTypes.quantity!]: describedAs("A fixed-point number with an optional suffix: of two (Ki, Mi, Gi, Ti, Pi, Ei), of ten (n, u, m, k, M, G, T, P, E), or an exponent (1e3).", { v2: { type: "string" }, v3: { oneOf: [{ type: "string" }, { type: "number" }] } }),
  [scalarTypes.intOrString!]: describedAs("A number or a text: the number or name of a port, a count or a percentage.", { v2: { type: "string", format: "int-or-string" }, v3: { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] } }),
  [patchType]: both({ description: "A patch in the form that the Content-Type names.", type: "object" }),
  [jsonType]: both({ description: "Any JSON value." }),
  ...Object.fromEntries([["Bool", "a boolean"], ["Array", "a list of schemas"], ["StringArray", "a list of property names"]].map(([name, other]) =>
    [`io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOr${name}`, both({ description: `A schema or ${other}.` })])),
};

function describedAs(description: string, schemas: Record<Dialect, Json>): Record<Dialect, Json> {
  return { v2: { description, ...schemas.v2 }, v3: { description, ...schemas.v3 } };
}
