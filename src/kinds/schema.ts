/**
 * What a value may be, and how it merges. One model for built-in types (made from `facts/`) and for custom resources
 * (made from a CRD's structural schema): strict decoding, pruning, defaulting, strategic merge, server-side apply,
 * OpenAPI and the protobuf codec all read this and nothing else.
 *
 * A struct's `fields` is resolved lazily, since types are recursive (JSONSchemaProps) and most requests touch few of them.
 */
export type Schema = ScalarSchema | StructSchema | ListSchema | MapSchema;

export interface ScalarSchema {
  type:
    | "string" | "boolean" | "int32" | "int64" | "uint32" | "uint64" | "double"
    | "bytes" // base64 text in JSON
    | "quantity" | "time" | "microTime" | "duration" | "intOrString"
    | "fieldsV1" // JSON object that is kept as it is
    | "any"; // any JSON value (RawExtension, JSON, x-kubernetes-preserve-unknown-fields)
  /** OpenAPI definition name where upstream has one and JSON takes several shapes (JSONSchemaPropsOrBool); `any` only. */
  name?: string;
  /** `any` only: server-side apply owns objects in it field by field. */
  granular?: boolean;
  enum?: readonly string[];
  nullable?: boolean;
}

export interface StructSchema {
  type: "struct";
  /** OpenAPI definition name, such as `io.k8s.api.core.v1.PodSpec`; absent for a CRD's inner objects. */
  name?: string;
  readonly fields: ReadonlyMap<string, Field>;
  /** Unknown fields are kept (CRDs: x-kubernetes-preserve-unknown-fields). */
  preserveUnknown?: boolean;
  /** Server-side apply owns it as one value (x-kubernetes-map-type: atomic). */
  atomic?: boolean;
  /** A whole object with apiVersion, kind, metadata (x-kubernetes-embedded-resource). */
  embedded?: boolean;
  nullable?: boolean;
}

export interface ListSchema {
  type: "list";
  items: Schema;
  /** Server-side apply. `map` has `mapKeys`. */
  listType: "atomic" | "set" | "map";
  mapKeys?: readonly string[];
  /** Protobuf: a message of its own holds the items as field 1 (ExtraValue, Verbs). */
  boxed?: boolean;
  nullable?: boolean;
}

export interface MapSchema {
  type: "map";
  values: Schema;
  atomic?: boolean;
  nullable?: boolean;
}

export interface Field {
  name: string;
  schema: Schema;
  /** Protobuf field number; absent in CRDs. */
  number?: number;
  /** Protobuf numbers of the messages around it that JSON does not show (Go's inlined structs), outermost first. */
  within?: readonly number[];
  /** The zero value is not serialized. False where Go's `omitempty` has no effect: on structs that are not pointers. */
  omitEmpty?: boolean;
  /** Go pointer: absent and zero differ. */
  pointer?: boolean;
  /** Must be present in the request (OpenAPI `required`). */
  required?: boolean;
  /** The value that defaulting fills in, from `+default=` or a CRD's `default`. */
  default?: unknown;
  /** Strategic merge. */
  patchStrategy?: readonly ("merge" | "replace" | "retainKeys")[];
  patchMergeKey?: string;
}
