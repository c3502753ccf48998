import { required, type FieldError, type Path } from "../../../lib/field-error.ts";
import type { JSONSchemaProps } from "../../types/apiextensions-v1.generated.ts";
import { isSchema } from "./json-schema.ts";

/**
 * What combinations at the root speak of must be in the structure too. As upstream, those further down are not asked:
 * definitions rely on that.
 */
export const incompleteness = (schema: JSONSchemaProps, path: Path): FieldError[] => ofParts(schema, { structure: schema, at: path, of: path });

/** `at` is where the structure would say it, `of` where the combination does. */
interface Places { structure: JSONSchemaProps | undefined; at: Path; of: Path }

function ofParts(schema: JSONSchemaProps, { structure, at, of }: Places): FieldError[] {
  const parts = (["allOf", "anyOf", "oneOf"] as const).flatMap((name) => (schema[name] ?? []).map((part, i) => [part, of.child(name).index(i)] as const));
  if (schema.not) parts.push([schema.not, of.child("not")]);
  return parts.flatMap(([part, place]) => ofNested(part, { structure, at, of: place }));
}

function ofNested(nested: JSONSchemaProps, { structure, at, of }: Places): FieldError[] {
  if (!structure) return [required(at, `because it is defined in ${of}`)];
  const { properties = {}, items } = structure;
  const errors = ofParts(nested, { structure, at, of });
  if (isSchema(nested.items)) errors.push(...ofNested(nested.items, { structure: isSchema(items) ? items : undefined, at: at.child("items"), of: of.child("items") }));
  for (const [name, property] of Object.entries(nested.properties ?? {})) {
    const inner = Object.hasOwn(properties, name) ? properties[name] : undefined;
    errors.push(...ofNested(property, { structure: inner, at: at.child("properties").key(name), of: of.child("properties").key(name) }));
  }
  return errors;
}
