import { deepEqual } from "../../../lib/deep-equal.ts";
import { duplicate, invalidValue, required, type FieldError, type Path } from "../../../lib/field-error.ts";
import type { CustomResourceColumnDefinition, CustomResourceDefinition, CustomResourceDefinitionVersion, CustomResourceSubresources, JSONSchemaProps, SelectableField } from "../../types/apiextensions-v1.generated.ts";
import { isDns1035Label } from "../../values/names.ts";
import { schemaAt } from "./schema-path.ts";
import { validateRules } from "./validate-rules.ts";
import { validateSchema } from "./validate-schema.ts";

type Version = CustomResourceDefinitionVersion;

/** The parts of versions, and where upstream judges one that is the same in all of them: at the path of the old API. */
const parts = [
  { name: "schema", top: "validation", validate: validateSchemaOf },
  { name: "subresources", top: "subresources", validate: validateSubresources },
  { name: "additionalPrinterColumns", top: "additionalPrinterColumns", validate: validateColumns },
  { name: "selectableFields", top: "selectableFields", validate: validateSelectableFields },
] as const;

export function validateVersions(crd: CustomResourceDefinition, path: Path, old?: CustomResourceDefinition): FieldError[] {
  const versions = crd.spec.versions ?? [];
  const at = path.child("versions");
  const formerOf = (version: Version) => old?.spec.versions?.find(({ name }) => name === version.name);
  const same = new Set(parts.filter(({ name }) => versions.every((v) => deepEqual(v[name], versions[0]![name]))));
  const errors = versions.flatMap((version, i): FieldError[] => version.schema?.openAPIV3Schema ? [] : [required(at.index(i).child("schema", "openAPIV3Schema"))]);
  versions.forEach((version, i) => {
    errors.push(...isDns1035Label(version.name ?? "").map((text) => invalidValue(at.index(i).child("name"), version.name ?? "", text)));
    errors.push(...validateDeprecation(version, at.index(i).child("deprecationWarning")));
    for (const part of parts) if (!same.has(part)) errors.push(...part.validate(version, at.index(i).child(part.name), formerOf(version)));
  });
  errors.push(...validateSet(versions, at));
  if (versions.length > 0) for (const part of same) errors.push(...part.validate(versions[0]!, path.child(part.top), formerOf(versions[0]!)));
  return errors;
}

function validateSet(versions: readonly Version[], at: Path): FieldError[] {
  const errors: FieldError[] = [];
  if (new Set(versions.map((v) => v.name)).size < versions.length) errors.push(invalidValue(at, versions, "must contain unique version names"));
  if (versions.filter((v) => v.storage).length !== 1) errors.push(invalidValue(at, versions, "must have exactly one version marked as storage version"));
  return errors;
}

function validateDeprecation({ deprecated, deprecationWarning: text }: Version, at: Path): FieldError[] {
  if (text === undefined) return [];
  const wrong = (detail: string) => invalidValue(at, text, detail);
  if (!deprecated) return [wrong("can only be set for deprecated versions")];
  const errors: FieldError[] = [];
  if (new TextEncoder().encode(text).length > 256) errors.push(wrong("must be <= 256 characters long"));
  if (text === "") errors.push(wrong("must not be an empty string"));
  const odd = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(text);
  if (odd) errors.push(wrong(`must only contain printable UTF-8 characters; non-printable character found at index ${new TextEncoder().encode(text.slice(0, odd.index)).length}`));
  return errors;
}

/** With a door for the status, its part of the schema is taken out: the root may say nothing that would be lost. */
const rootFields = ["description", "type", "format", "title", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "multipleOf", "required", "items", "properties", "externalDocs", "example", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-validations"];
const goName = (name: string): string => `${name.startsWith("x-kubernetes-") ? "X" : ""}${name.replace("x-kubernetes-", "").split("-").map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("")}`;
const rootFieldsText = `only [${rootFields.map(goName).join(" ")}] fields are allowed at the root of the schema if the status subresource is enabled`;

function validateSchemaOf({ schema: { openAPIV3Schema: schema } = {}, subresources }: Version, path: Path, old: Version | undefined): FieldError[] {
  if (!schema) return [];
  const at = path.child("openAPIV3Schema");
  const errors: FieldError[] = [];
  if (subresources?.status && Object.keys(schema).some((name) => !rootFields.includes(name))) errors.push(invalidValue(at, schema, rootFieldsText));
  errors.push(...validateSchema(schema, at));
  // Rules rely on the schema; what was accepted once stays.
  if (errors.length === 0 && !deepEqual(schema, old?.schema?.openAPIV3Schema)) errors.push(...validateRules(schema, at));
  return errors;
}

function validateSubresources({ subresources }: { subresources?: CustomResourceSubresources }, path: Path): FieldError[] {
  const scale = subresources?.scale;
  if (!scale) return [];
  const under = (name: "specReplicasPath" | "statusReplicasPath" | "labelSelectorPath", roots: readonly string[], text: string): FieldError[] => {
    const at = path.child("scale", name);
    const value = scale[name];
    if (!value) return name === "labelSelectorPath" ? [] : [required(at)];
    if (!value.startsWith(".")) return [invalidValue(at, value, "must be a simple json path starting with .")];
    return roots.some((root) => value.startsWith(root)) ? [] : [invalidValue(at, value, text)];
  };
  return [
    ...under("specReplicasPath", [".spec."], "should be a json path under .spec"),
    ...under("statusReplicasPath", [".status."], "should be a json path under .status"),
    ...under("labelSelectorPath", [".spec.", ".status."], "should be a json path under either .spec or .status"),
  ];
}

const columnTypes = ["boolean", "date", "integer", "number", "string"];
const columnFormats = ["binary", "byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

function validateColumns({ additionalPrinterColumns: columns = [] }: { additionalPrinterColumns?: CustomResourceColumnDefinition[] }, path: Path): FieldError[] {
  return columns.flatMap((column, i) => validateColumn(column, path.index(i)));
}

function validateColumn({ name, type, format, jsonPath }: CustomResourceColumnDefinition, path: Path): FieldError[] {
  const errors: FieldError[] = [];
  const oneOf = (list: string[]) => `must be one of ${list.join(",")}`;
  if (!name) errors.push(required(path.child("name")));
  if (!type) errors.push(required(path.child("type"), oneOf(columnTypes)));
  else if (!columnTypes.includes(type)) errors.push(invalidValue(path.child("type"), type, oneOf(columnTypes)));
  if (format && !columnFormats.includes(format)) errors.push(invalidValue(path.child("format"), format, oneOf(columnFormats)));
  if (!jsonPath) errors.push(required(path.child("JSONPath")));
  // What is no path shows nothing, as upstream.
  else if (!jsonPath.startsWith(".")) errors.push(invalidValue(path.child("JSONPath"), jsonPath, "must be a simple json path starting with ."));
  return errors;
}

const fieldsMax = 8;
const selectableTypes = ["string", "boolean", "integer"];

function validateSelectableFields({ selectableFields = [], schema }: { selectableFields?: SelectableField[]; schema?: { openAPIV3Schema?: JSONSchemaProps } }, path: Path, old: Version | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  selectableFields.forEach(({ jsonPath }, i) => {
    const at = path.index(i).child("jsonPath");
    if (!jsonPath) { errors.push(required(at)); return; }
    const found = schemaAt(schema?.openAPIV3Schema ?? {}, jsonPath, { allowsBrackets: false });
    if ("error" in found) { errors.push(invalidValue(at, jsonPath, `is an invalid path: ${found.error}`)); return; }
    if (found.root === "metadata") errors.push(invalidValue(at, jsonPath, "must not point to fields in metadata"));
    if (!selectableTypes.includes(found.schema.type ?? "")) errors.push(invalidValue(at, jsonPath, "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed."));
    if (seen.has(jsonPath)) errors.push(duplicate(at, jsonPath));
    seen.add(jsonPath);
  });
  const isAsBefore = deepEqual(selectableFields, old?.selectableFields);
  if (seen.size > fieldsMax && !isAsBefore) errors.push({ reason: "FieldValueTooMany", field: path.text, message: `Too many: ${seen.size}: must have at most ${fieldsMax} items` });
  return errors;
}
