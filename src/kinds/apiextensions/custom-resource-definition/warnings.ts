import type { CustomResourceDefinition, JSONSchemaProps } from "../../types/apiextensions-v1.generated.ts";
import { isKnownFormat } from "../../values/formats.ts";
import { isSchema } from "./json-schema.ts";

/** What is accepted but does not do what its author may think. Only what an update brings in is told. */
export function definitionWarnings(crd: CustomResourceDefinition, old?: CustomResourceDefinition): string[] {
  const before = new Set(old ? warningsOf(old) : []);
  return [...new Set(warningsOf(crd))].filter((text) => !before.has(text));
}

function warningsOf({ spec }: CustomResourceDefinition): string[] {
  const formats: string[] = [];
  const sets = new Set<string>();
  const visit = (schema: JSONSchemaProps) => {
    if (schema.format && !isKnownFormat(schema.format, schema.type ?? "")) formats.push(`unrecognized format ${JSON.stringify(schema.format)}`);
    const itemType = schema["x-kubernetes-list-type"] === "set" && isSchema(schema.items) ? schema.items.type : undefined;
    if (itemType === "object" || itemType === "array") sets.add(`x-kubernetes-list-type: set for items of type "${itemType}" is not supported by server-side apply or CEL validation rules`);
    for (const inner of innerSchemas(schema)) visit(inner);
  };
  for (const { schema } of spec.versions ?? []) if (schema?.openAPIV3Schema) visit(schema.openAPIV3Schema);
  return [...formats, ...[...sets].sort()];
}

function innerSchemas({ items, allOf = [], anyOf = [], oneOf = [], not, properties = {}, additionalProperties }: JSONSchemaProps): JSONSchemaProps[] {
  return [items, ...allOf, ...anyOf, ...oneOf, not, ...Object.values(properties), additionalProperties].filter(isSchema);
}
