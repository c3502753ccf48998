import { schemaOf } from "../../facts/table.ts";
import type { Field, Schema, StructSchema } from "../../schema.ts";
import type { JSONSchemaProps } from "../../types/apiextensions-v1.generated.ts";

const metadata = (): Field => ({ name: "metadata", schema: schemaOf("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta") });
const text = (name: string): Field => ({ name, schema: { type: "string" } });

/** The schema of a whole custom resource: what its author wrote, with the parts that every object has. */
export function rootSchema(written: JSONSchemaProps | undefined): StructSchema {
  const fields = written ? fieldsOf(written) : new Map<string, Field>();
  return { type: "struct", fields: withObjectFields(fields), ...((!written || preserves(written)) && { preserveUnknown: true }) };
}

/** A structural schema as the one model that decoding, pruning and server-side apply read. */
function toSchema(written: JSONSchemaProps): Schema {
  const nullable = written.nullable ? { nullable: true } : {};
  if (written["x-kubernetes-int-or-string"]) return { type: "intOrString", ...nullable };
  switch (written.type) {
    case "object": return { ...ofObject(written), ...nullable };
    case "array": {
      const listType = (written["x-kubernetes-list-type"] ?? "atomic") as "atomic" | "set" | "map";
      const keys = written["x-kubernetes-list-map-keys"];
      return { type: "list", items: isSchema(written.items) ? toSchema(written.items) : { type: "any" }, listType, ...(keys && { mapKeys: keys }), ...nullable };
    }
    case "string": return { type: "string", ...nullable };
    case "boolean": return { type: "boolean", ...nullable };
    case "integer": return { type: "int64", ...nullable };
    case "number": return { type: "double", ...nullable };
    default: return written["x-kubernetes-embedded-resource"] ? { ...ofObject(written), ...nullable } : { type: "any", granular: true, ...nullable };
  }
}

/** The path of an object's field. */
export const fieldAt = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

export const isSchema = (value: unknown): value is JSONSchemaProps => typeof value === "object" && value !== null && !Array.isArray(value);
const preserves = (written: JSONSchemaProps): boolean => written["x-kubernetes-preserve-unknown-fields"] === true;

export function schemaOfField({ properties, additionalProperties }: JSONSchemaProps, name: string): JSONSchemaProps | undefined {
  if (properties && Object.hasOwn(properties, name)) return properties[name];
  return isSchema(additionalProperties) ? additionalProperties : undefined;
}

/** Whether pruning would take anything out of a value. */
export function hasUnknown(value: unknown, schema: JSONSchemaProps): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { items, properties = {}, additionalProperties } = schema;
  if (Array.isArray(value)) return isSchema(items) && value.some((item) => hasUnknown(item, items));
  const isEmbedded = schema["x-kubernetes-embedded-resource"] === true;
  return Object.entries(value).some(([name, inner]) => {
    if (Object.hasOwn(properties, name)) return hasUnknown(inner, properties[name]!);
    if (isSchema(additionalProperties)) return hasUnknown(inner, additionalProperties);
    return !preserves(schema) && additionalProperties !== true && !(isEmbedded && ["apiVersion", "kind", "metadata"].includes(name));
  });
}

function ofObject(written: JSONSchemaProps): Schema {
  const atomic = written["x-kubernetes-map-type"] === "atomic" ? { atomic: true } : {};
  const values = written.additionalProperties;
  if (values !== undefined && values !== false) return { type: "map", values: isSchema(values) ? toSchema(values) : { type: "any" }, ...atomic };
  const embedded = written["x-kubernetes-embedded-resource"] === true;
  const fields = embedded ? withObjectFields(fieldsOf(written)) : fieldsOf(written);
  return { type: "struct", fields, ...(preserves(written) && { preserveUnknown: true }), ...(embedded && { embedded }), ...atomic };
}

function fieldsOf(written: JSONSchemaProps): Map<string, Field> {
  const required = new Set(written.required);
  return new Map(Object.entries(written.properties ?? {}).map(([name, property]) => [name, {
    // As a Go pointer: what a client wrote stays, zero values too.
    name, schema: toSchema(property), omitEmpty: true, pointer: true,
    ...(required.has(name) && { required: true }), ...((property.default ?? undefined) !== undefined && { default: property.default as unknown }),
  }]));
}

function withObjectFields(fields: Map<string, Field>): Map<string, Field> {
  return fields.set("apiVersion", text("apiVersion")).set("kind", text("kind")).set("metadata", metadata());
}
