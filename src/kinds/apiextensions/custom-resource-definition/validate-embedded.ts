import { invalidValue, required, type FieldError } from "../../../lib/field-error.ts";
import type { ObjectMeta } from "../../object.ts";
import type { JSONSchemaProps } from "../../types/apiextensions-v1.generated.ts";
import { validateObjectMeta } from "../../validate-object-meta.ts";
import { isDns1035Label, isPathSegmentName } from "../../values/names.ts";
import { fieldAt, isSchema } from "./json-schema.ts";
import { malformedMetadata } from "./malformed-metadata.ts";

type Json = Record<string, unknown>;

const known = new WeakMap<JSONSchemaProps, boolean>();

/** Whether objects are embedded anywhere below: most schemas have none, and are not walked for it. */
function embeds(schema: JSONSchemaProps): boolean {
  let found = known.get(schema);
  if (found === undefined) {
    const inner = [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties].filter(isSchema);
    known.set(schema, (found = schema["x-kubernetes-embedded-resource"] === true || inner.some(embeds)));
  }
  return found;
}

/** x-kubernetes-embedded-resource: a whole object inside another has a type and proper metadata. */
export function validateEmbedded(value: unknown, schema: JSONSchemaProps, path = ""): FieldError[] {
  if (typeof value !== "object" || value === null || !embeds(schema)) return [];
  if (Array.isArray(value)) {
    const { items } = schema;
    return isSchema(items) ? value.flatMap((item, i) => validateEmbedded(item, items, `${path}[${i}]`)) : [];
  }
  const object = value as Json;
  const errors = schema["x-kubernetes-embedded-resource"] ? validateOne(object, path) : [];
  for (const [name, inner] of Object.entries(object)) {
    const isProperty = schema.properties !== undefined && Object.hasOwn(schema.properties, name);
    const of = isProperty ? schema.properties![name] : schema.additionalProperties;
    if (isSchema(of)) errors.push(...validateEmbedded(inner, of, isProperty ? fieldAt(path, name) : `${path}[${name}]`));
  }
  return errors;
}

function validateOne(object: Json, path: string): FieldError[] {
  const { apiVersion, kind, metadata } = object;
  return [
    ...validateApiVersion(apiVersion, fieldAt(path, "apiVersion")),
    ...validateKind(kind, fieldAt(path, "kind")),
    ...(metadata !== undefined && metadata !== null ? validateMeta(metadata, path) : []),
  ];
}

function validateApiVersion(apiVersion: unknown, at: string): FieldError[] {
  if (apiVersion === undefined) return [required(at)];
  if (typeof apiVersion !== "string") return [invalidValue(at, apiVersion, "must be a string")];
  if (apiVersion === "") return [invalidValue(at, "", "must not be empty")];
  return apiVersion.split("/").length > 2 ? [invalidValue(at, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)] : [];
}

function validateKind(kind: unknown, at: string): FieldError[] {
  if (kind === undefined) return [required(at)];
  if (typeof kind !== "string") return [invalidValue(at, kind, "must be a string")];
  if (kind === "") return [invalidValue(at, "", "must not be empty")];
  const wrong = isDns1035Label(kind.toLowerCase());
  return wrong.length > 0 ? [invalidValue(at, kind, `may have mixed case, but should otherwise match: ${wrong.join(",")}`)] : [];
}

/** Its name may be left out, and follows the rules of a path alone, since its kind is anybody's. */
function validateMeta(written: unknown, path: string): FieldError[] {
  const malformed = malformedMetadata(written);
  if (malformed !== undefined) return [invalidValue(fieldAt(path, "metadata"), written, malformed)];
  const metadata = written as ObjectMeta;
  const scope = metadata.namespace ? "Namespaced" : "Cluster";
  const errors = validateObjectMeta({ ...metadata, name: metadata.name || "fakename" }, { scope, strategy: { validateName: isPathSegmentName } });
  return errors.map((error) => ({ ...error, field: fieldAt(path, error.field) }));
}
