import { forbiddenField, invalidValue, notOneOf, notSupported, required, type FieldError, type Path } from "../../../lib/field-error.ts";
import type { JSONSchemaProps } from "../../types/apiextensions-v1.generated.ts";
import { incompleteness } from "./completeness.ts";
import { evaluateRules } from "./evaluate-rules.ts";
import { hasUnknown, isSchema } from "./json-schema.ts";
import { patternError } from "./pattern.ts";
import { hasRules } from "./rules.ts";
import { validateEmbedded } from "./validate-embedded.ts";
import { validateRuleFields } from "./validate-rules.ts";
import { below, validateValue } from "./validate-value.ts";

type Level = "root" | "field" | "item";
type Property = keyof JSONSchemaProps;

const types = ["array", "boolean", "integer", "number", "object", "string"];
const unsupported = ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"] as const;
/** A schema is walked for every object: what its author may nest is bounded. */
const depthMax = 200;

/** Whether a version's schema is structural, and what upstream forbids besides (apiextensions' validation). */
export function validateSchema(schema: JSONSchemaProps, path: Path): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.nullable) errors.push(forbiddenField(path.child("nullable"), "nullable cannot be true at the root"));
  visit(schema, "root", path, errors, { depth: 0 });
  if (errors.length === 0) errors.push(...incompleteness(schema, path));
  return errors;
}

/** As upstream, defaults within the values of a map are not judged. */
interface Position { depth: number; inValues?: boolean }

function visit(schema: JSONSchemaProps, level: Level, path: Path, errors: FieldError[], { depth, inValues = false }: Position): void {
  if (errors.length > 100) return;
  if (depth > depthMax) { errors.push(forbiddenField(path, "the schema is nested too deeply")); return; }
  checkType(schema, level, path, errors);
  for (const name of unsupported) if (isSaid(schema[name])) errors.push(forbiddenField(path.child(name), `${name} is not supported`));
  if (schema.uniqueItems) errors.push(forbiddenField(path.child("uniqueItems"), "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"));
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) errors.push(invalidValue(path.child("x-kubernetes-preserve-unknown-fields"), false, "must be true or undefined"));
  checkValueRules(schema, path, errors);
  checkMapType(schema, path, errors);
  checkListType(schema, path, errors);
  if (schema.additionalProperties !== undefined) {
    if (level === "root") errors.push(forbiddenField(path.child("additionalProperties"), "must not be used at the root"));
    if (schema.additionalProperties !== true && Object.keys(schema.properties ?? {}).length > 0) errors.push(forbiddenField(path.child("additionalProperties"), "additionalProperties and properties are mutual exclusive"));
    if (isSchema(schema.additionalProperties)) visit(schema.additionalProperties, "field", path.child("additionalProperties"), errors, { depth: depth + 1, inValues: true });
  }
  if (Array.isArray(schema.items)) errors.push(forbiddenField(path.child("items"), "items must be a schema object and not an array"));
  else if (isSchema(schema.items)) visit(schema.items, "item", path.child("items"), errors, { depth: depth + 1, inValues });
  else if (schema.type === "array") errors.push(required(path.child("items"), "must be specified"));
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const at = path.child("properties").key(name);
    if (level === "root" && name === "metadata") checkMetadata(property, at, errors);
    else visit(property, "field", at, errors, { depth: depth + 1, inValues });
  }
  for (const combination of ["allOf", "anyOf", "oneOf"] as const) {
    const inPattern = combination === "anyOf" && isIntOrStringPattern(schema.anyOf);
    schema[combination]?.forEach((part, i) => checkNested(part, { path: path.child(combination).index(i), errors, depth: depth + 1, inPattern, inFirstAllOf: combination === "allOf" && i === 0 }));
  }
  if (schema.not) checkNested(schema.not, { path: path.child("not"), errors, depth: depth + 1 });
  if (!inValues) checkDefault(schema, level, path, errors);
}

function checkType(schema: JSONSchemaProps, level: Level, path: Path, errors: FieldError[]): void {
  const at = path.child("type");
  const isEmbedded = schema["x-kubernetes-embedded-resource"];
  if (schema.type && !types.includes(schema.type)) errors.push(notSupported(at, schema.type, types));
  else if (isEmbedded && schema.type !== "object") {
    errors.push(schema.type ? invalidValue(at, schema.type, "must be object if x-kubernetes-embedded-resource is true") : required(at, "must be object if x-kubernetes-embedded-resource is true"));
  } else if (!schema.type && !schema["x-kubernetes-int-or-string"] && !schema["x-kubernetes-preserve-unknown-fields"]) {
    errors.push(required(at, { root: "must not be empty at the root", item: "must not be empty for specified array items", field: "must not be empty for specified object fields" }[level]));
  }
  if (schema.type === "null") errors.push(forbiddenField(at, "type cannot be set to null, use nullable as an alternative"));
  if (level === "root" && schema.type && schema.type !== "object") errors.push(invalidValue(at, schema.type, "must be object at the root"));
  if (isEmbedded && !schema["x-kubernetes-preserve-unknown-fields"] && Object.keys(schema.properties ?? {}).length === 0) {
    errors.push(required(path.child("properties"), "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"));
  }
  if (schema["x-kubernetes-int-or-string"] && schema["x-kubernetes-preserve-unknown-fields"]) {
    errors.push(invalidValue(path.child("x-kubernetes-preserve-unknown-fields"), true, "must be false if x-kubernetes-int-or-string is true"));
  }
  if (schema["x-kubernetes-int-or-string"] && isEmbedded) errors.push(invalidValue(path.child("x-kubernetes-embedded-resource"), true, "must be false if x-kubernetes-int-or-string is true"));
  if (isEmbedded && schema.additionalProperties !== undefined) errors.push(forbiddenField(path.child("additionalProperties"), "must not be used if x-kubernetes-embedded-resource is set"));
  if (level === "root" || isEmbedded) checkTypeMeta(schema, path, errors);
}

function checkTypeMeta({ properties = {} }: JSONSchemaProps, path: Path, errors: FieldError[]): void {
  for (const name of ["kind", "apiVersion"]) {
    const property = propertyOf({ properties }, name);
    if (property && property.type !== "string") errors.push(invalidValue(path.child("properties").key(name).child("type"), property.type ?? "", "must be string"));
  }
  const metadata = propertyOf({ properties }, "metadata");
  if (metadata?.["x-kubernetes-embedded-resource"]) errors.push(forbiddenField(path.child("properties").key("metadata").child("x-kubernetes-embedded-resource"), "must not be used inside of resource meta"));
}

function checkValueRules(schema: JSONSchemaProps, path: Path, errors: FieldError[]): void {
  const wrong = schema.pattern ? patternError(schema.pattern) : undefined;
  if (wrong !== undefined) errors.push(invalidValue(path.child("pattern"), schema.pattern, `must be a valid regular expression, but isn't: ${wrong}`));
  schema["x-kubernetes-validations"]?.forEach((rule, i) => errors.push(...validateRuleFields(rule, schema, path.child("x-kubernetes-validations").index(i))));
}

function checkMapType(schema: JSONSchemaProps, path: Path, errors: FieldError[]): void {
  const mapType = schema["x-kubernetes-map-type"];
  if (mapType === undefined) return;
  if (schema.type !== "object") {
    errors.push(schema.type ? invalidValue(path.child("type"), schema.type, "must be object if x-kubernetes-map-type is specified") : required(path.child("type"), "must be object if x-kubernetes-map-type is specified"));
  }
  if (!["atomic", "granular"].includes(mapType)) errors.push(notSupported(path.child("x-kubernetes-map-type"), mapType, ["atomic", "granular"]));
}

function checkListType(schema: JSONSchemaProps, path: Path, errors: FieldError[]): void {
  const listType = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const typeAt = path.child("x-kubernetes-list-type");
  const keysAt = path.child("x-kubernetes-list-map-keys");
  if (keys.length > 0 && listType !== "map") {
    errors.push(listType ? invalidValue(typeAt, listType, "must be map if x-kubernetes-list-map-keys is non-empty") : required(typeAt, "must be map if x-kubernetes-list-map-keys is non-empty"));
  }
  if (listType === undefined) return;
  if (schema.type !== "array") {
    errors.push(schema.type ? invalidValue(path.child("type"), schema.type, "must be array if x-kubernetes-list-type is specified") : required(path.child("type"), "must be array if x-kubernetes-list-type is specified"));
  }
  if (!["atomic", "set", "map"].includes(listType)) errors.push(notOneOf(typeAt, listType, ["atomic", "set", "map"]));
  if ((listType === "set" || listType === "map") && isSchema(schema.items) && schema.items.nullable) {
    errors.push(forbiddenField(path.child("items").child("nullable"), `cannot be nullable when x-kubernetes-list-type is ${listType}`));
  }
  if (listType === "set" && schema.type === "array" && isSchema(schema.items)) checkSetItems(schema.items, path.child("items"), errors);
  if (listType !== "map") return;
  if (keys.length === 0) errors.push(required(keysAt, "must not be empty if x-kubernetes-list-type is map"));
  if (!isSchema(schema.items)) { errors.push(required(path.child("items"), "must have a schema if x-kubernetes-list-type is map")); return; }
  const { items } = schema;
  if (items.type !== "object") errors.push(invalidValue(path.child("items").child("type"), items.type ?? "", "must be object if parent array's x-kubernetes-list-type is map"));
  if (new Set(keys).size < keys.length) errors.push(invalidValue(keysAt, keys, "must not contain duplicate entries"));
  for (const key of keys) checkMapKey(key, items, { path, keysAt, keys, errors });
}

/** Entries of a set are told apart as wholes. */
function checkSetItems(items: JSONSchemaProps, path: Path, errors: FieldError[]): void {
  const text = "must be atomic as item of a list with x-kubernetes-list-type=set";
  const listType = items["x-kubernetes-list-type"];
  if (items.type === "array" && listType !== undefined && listType !== "atomic") errors.push(invalidValue(path.child("x-kubernetes-list-type"), listType, text));
  if (items.type === "object" && items["x-kubernetes-map-type"] !== "atomic") errors.push(invalidValue(path.child("x-kubernetes-map-type"), listType, text));
}

function checkMapKey(key: string, items: JSONSchemaProps, { path, keysAt, keys, errors }: { path: Path; keysAt: Path; keys: string[]; errors: FieldError[] }): void {
  const property = propertyOf(items, key);
  if (!property) { errors.push(invalidValue(keysAt, keys, "entries must all be names of item properties")); return; }
  const at = path.child("items").child("properties").key(key);
  if (property.type === "array" || property.type === "object") errors.push(invalidValue(at.child("type"), property.type, "must be a scalar type if parent array's x-kubernetes-list-type is map"));
  if (property.default === undefined && !items.required?.includes(key)) {
    errors.push(required(at.child("default"), "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"));
  }
  if (property.nullable) errors.push(forbiddenField(at.child("nullable"), "this property is in x-kubernetes-list-map-keys, so it cannot be nullable"));
}

const propertyOf = ({ properties = {} }: JSONSchemaProps, name: string): JSONSchemaProps | undefined =>
  Object.hasOwn(properties, name) ? properties[name] : undefined;

/** metadata is every object's own: only its names may be restricted. */
function checkMetadata(schema: JSONSchemaProps, path: Path, errors: FieldError[]): void {
  if (schema.type !== "object") errors.push(invalidValue(path.child("type"), schema.type ?? "", "must be object"));
  checkNoDefaults(schema, path, errors);
  const others = Object.keys(schema.properties ?? {}).filter((name) => name !== "name" && name !== "generateName");
  if (others.length > 0 || schema.additionalProperties !== undefined || schema.required?.length) {
    errors.push(forbiddenField(path, "must not specify anything other than name and generateName, but metadata is implicitly specified"));
  }
}

function checkNoDefaults(schema: JSONSchemaProps, path: Path, errors: FieldError[]): void {
  if (schema.default !== undefined) errors.push(forbiddenField(path.child("default"), "must not be set in top-level metadata"));
  for (const [name, property] of Object.entries(schema.properties ?? {})) checkNoDefaults(property, path.child("properties").key(name), errors);
}

const forbiddenWhenNested: readonly (readonly [Property, string])[] = [
  ["additionalProperties", "must be undefined to be structural"], ["default", "must be undefined to be structural"],
  ["title", "must be empty to be structural"], ["description", "must be empty to be structural"], ["nullable", "must be false to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"], ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"], ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"], ["x-kubernetes-validations", "must be empty to be structural"], ["x-kubernetes-map-type", "must be undefined to be structural"],
];

interface Nesting { path: Path; errors: FieldError[]; depth: number; inPattern?: boolean; inFirstAllOf?: boolean }

/** The one way in which types may stand in a combination: as what x-kubernetes-int-or-string means. */
const isIntOrStringPattern = (anyOf: JSONSchemaProps[] | undefined): boolean => JSON.stringify(anyOf) === '[{"type":"integer"},{"type":"string"}]';

/** Inside allOf and the like a schema may only restrict what the structure outside says. */
function checkNested(nested: JSONSchemaProps, { path, errors, depth, inPattern = false, inFirstAllOf = false }: Nesting): void {
  if (depth > depthMax) { errors.push(forbiddenField(path, "the schema is nested too deeply")); return; }
  if (nested.type && !inPattern) errors.push(forbiddenField(path.child("type"), "must be empty to be structural"));
  for (const [name, text] of forbiddenWhenNested) if (nested[name]) errors.push(forbiddenField(path.child(name), text));
  checkValueRules(nested, path, errors);
  for (const [name, property] of Object.entries(nested.properties ?? {})) {
    checkNested(property, { path: path.child("properties").key(name), errors, depth: depth + 1 });
  }
  if (isSchema(nested.items)) checkNested(nested.items, { path: path.child("items"), errors, depth: depth + 1 });
  if (propertyOf(nested, "metadata")) errors.push(forbiddenField(path.child("properties").key("metadata"), "must not be specified in a nested context"));
  for (const combination of ["allOf", "anyOf", "oneOf"] as const) {
    const patterned = inFirstAllOf && combination === "anyOf" && isIntOrStringPattern(nested.anyOf);
    nested[combination]?.forEach((part, i) => checkNested(part, { path: path.child(combination).index(i), errors, depth: depth + 1, inPattern: patterned }));
  }
  if (nested.not) checkNested(nested.not, { path: path.child("not"), errors, depth: depth + 1 });
}

/** What is empty says nothing, as Go reads it. */
const isSaid = (value: unknown): boolean => value !== undefined && value !== "" && !(typeof value === "object" && value !== null && Object.keys(value).length === 0);

function checkDefault(schema: JSONSchemaProps, level: Level, path: Path, errors: FieldError[]): void {
  if (schema.default === undefined || schema.default === null) return;
  const at = path.child("default");
  if (level === "root") { errors.push(forbiddenField(at, "must not be set at the root")); return; }
  if (errors.length > 0) return; // a default is judged by a schema that holds
  if (hasUnknown(schema.default, schema)) errors.push(invalidValue(at, schema.default, "must not have unknown fields"));
  const wrong = [...validateEmbedded(schema.default, schema, at.text), ...validateValue(schema.default, schema).map((error) => below(at.text, error))];
  errors.push(...wrong);
  // A rule that compares has to let the default come and stay.
  if (wrong.length === 0 && hasRules(schema)) errors.push(...evaluateRules(schema.default, schema, { path: at.text, old: schema.default }), ...evaluateRules(schema.default, schema, { path: at.text }));
}
