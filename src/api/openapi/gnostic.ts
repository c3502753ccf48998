import { ProtobufWriter } from "../protobuf/writer.ts";
import type { Json } from "./definitions.ts";

/**
 * An OpenAPI v2 document as gnostic's protobuf (openapiv2/OpenAPIv2.proto), the only encoding of it that kubectl and
 * Argo CD read. Covers what our documents contain. The writer goes from back to front, hence the reversed loops.
 */
export function encodeOpenApiV2Protobuf(document: Json): Uint8Array {
  const writer = new ProtobufWriter(1 << 20);
  fields(writer, documentFields, document);
  return writer.finish();
}

type Write = (writer: ProtobufWriter, number: number, value: unknown) => void;
type Fields = Readonly<Record<string, readonly [number, Write]>>;

function fields(writer: ProtobufWriter, table: Fields, value: unknown, extensions?: number): void {
  const object = value as Json;
  for (const key of Object.keys(object).reverse()) {
    const entry = Object.hasOwn(table, key) ? table[key] : undefined;
    if (entry) entry[1](writer, entry[0], object[key]);
    else if (extensions !== undefined && key.startsWith("x-")) message((w) => named(w, key, (v) => any(v, 2, object[key])))(writer, extensions, null);
  }
}

const message = (write: (writer: ProtobufWriter, value: unknown) => void): Write => (writer, number, value) => {
  const before = writer.length;
  write(writer, value);
  writer.delimit(number, before);
};

const many = (write: Write): Write => (writer, number, value) => {
  for (const item of (value as unknown[]).toReversed()) write(writer, number, item);
};

const text: Write = (writer, number, value) => {
  const before = writer.length;
  writer.string(String(value));
  writer.delimit(number, before);
};

const flag: Write = (writer, number, value) => {
  writer.integer(value ? 1 : 0);
  writer.tag(number, 0);
};

const integer: Write = (writer, number, value) => {
  writer.integer(Number(value));
  writer.tag(number, 0);
};

const double: Write = (writer, number, value) => {
  writer.double(Number(value));
  writer.tag(number, 1);
};

/** Any carries YAML, of which JSON is a part. */
const any: Write = message((writer, value) => text(writer, 2, JSON.stringify(value)));

function named(writer: ProtobufWriter, name: string, value: (writer: ProtobufWriter) => void): void {
  value(writer);
  text(writer, 1, name);
}

/** A JSON object as a repeated message of name and value. */
const map = (write: Write): Write => message((writer, value) => entries(writer, 1, value, write));

function entries(writer: ProtobufWriter, number: number, value: unknown, write: Write): void {
  for (const [key, inner] of Object.entries(value as Json).reverse()) message((w) => named(w, key, (v) => write(v, 2, inner)))(writer, number, null);
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

const schema: Write = message((writer, value) => fields(writer, schemaFields, value, 31));

const schemaFields: Fields = {
  $ref: [1, text], format: [2, text], title: [3, text], description: [4, text], default: [5, any], multipleOf: [6, double],
  maximum: [7, double], exclusiveMaximum: [8, flag], minimum: [9, double], exclusiveMinimum: [10, flag],
  maxLength: [11, integer], minLength: [12, integer], pattern: [13, text], maxItems: [14, integer], minItems: [15, integer],
  uniqueItems: [16, flag], maxProperties: [17, integer], minProperties: [18, integer], required: [19, many(text)], enum: [20, many(any)],
  additionalProperties: [21, message((w, v) => (typeof v === "boolean" ? flag(w, 2, v) : schema(w, 1, v)))],
  type: [22, message((w, v) => many(text)(w, 1, list(v)))],
  items: [23, message((w, v) => many(schema)(w, 1, list(v)))],
  allOf: [24, many(schema)],
  properties: [25, map((w, n, v) => schema(w, n, v))],
  externalDocs: [29, message((w, v) => fields(w, { description: [1, text], url: [2, text] }, v))],
  example: [30, any],
};

const bodyFields: Fields = { description: [1, text], name: [2, text], in: [3, text], required: [4, flag], schema: [5, schema] };
const queryFields: Fields = { required: [1, flag], in: [2, text], description: [3, text], name: [4, text], type: [6, text], format: [7, text] };
const pathFields: Fields = { required: [1, flag], in: [2, text], description: [3, text], name: [4, text], type: [5, text], format: [6, text] };

const parameter: Write = message((item, value) => message((w) => {
  const where = (value as Json).in;
  if (where === "body") return message((b) => fields(b, bodyFields, value))(w, 1, value);
  const [number, table] = where === "path" ? [4, pathFields] as const : [3, queryFields] as const;
  message((nonBody) => message((p) => fields(p, table, value))(nonBody, number, value))(w, 2, value);
})(item, 1, value));

const response: Write = message((writer, value) => message((w) => fields(w, {
  description: [1, text],
  schema: [2, message((item, v) => schema(item, 1, v))],
}, value))(writer, 1, value));

const operation: Write = message((writer, value) => fields(writer, {
  tags: [1, many(text)], summary: [2, text], description: [3, text], operationId: [5, text], produces: [6, many(text)], consumes: [7, many(text)],
  parameters: [8, many(parameter)], responses: [9, map(response)], schemes: [10, many(text)], deprecated: [11, flag],
}, value, 13));

const pathItem: Write = message((writer, value) => fields(writer, {
  get: [2, operation], put: [3, operation], post: [4, operation], delete: [5, operation], options: [6, operation], head: [7, operation],
  patch: [8, operation], parameters: [9, many(parameter)],
}, value, 10));

const apiKey: Write = message((writer, value) => message((w) => fields(w, {
  type: [1, text], name: [2, text], in: [3, text], description: [4, text],
}, value))(writer, 2, value));

const documentFields: Fields = {
  swagger: [1, text],
  info: [2, message((w, v) => fields(w, { title: [1, text], version: [2, text], description: [3, text] }, v))],
  paths: [8, message((w, v) => entries(w, 2, v, pathItem))],
  definitions: [9, map(schema)],
  security: [12, many(message((w, v) => entries(w, 1, v, message((array, scopes) => many(text)(array, 1, scopes)))))],
  securityDefinitions: [13, map(apiKey)],
};
