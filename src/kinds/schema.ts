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
  /** Go's `omitempty`: the zero value is not serialized. */
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
