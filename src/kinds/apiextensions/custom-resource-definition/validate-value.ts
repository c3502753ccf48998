import { deepEqual } from "../../../lib/deep-equal.ts";
import { invalidValue, notSupported, required, tooLong, tooMany, typeInvalid, type FieldError } from "../../../lib/field-error.ts";
import type { JSONSchemaProps } from "../../types/apiextensions-v1.generated.ts";
import { hasFormat } from "../../values/formats.ts";
import { isSchema } from "./json-schema.ts";
import { matchesPattern } from "./pattern.ts";
import { canonical } from "./validate-list-types.ts";

/** Beyond this many, an object is told enough. */
const errorsMax = 100;

/**
 * What is wrong with a value by its author's schema, in the words of upstream's OpenAPI validation. What is as it was in
 * `old` is let through: a schema may have become stricter since.
 */
export function validateValue(value: unknown, schema: JSONSchemaProps, { path = "", old }: { path?: string; old?: unknown } = {}): FieldError[] {
  const errors: FieldError[] = [];
  check(value, schema, path, { errors, old });
  return errors;
}

interface Report { errors: FieldError[]; old: unknown }

function check(value: unknown, schema: JSONSchemaProps, path: string, { errors, old }: Report): void {
  if (errors.length >= errorsMax || (old !== undefined && deepEqual(value, old))) return;
  if (value === null && schema.nullable) return;
  if (!hasType(value, schema)) {
    errors.push(typeInvalid(path, typeName(value), `${path} in body must be of type ${wantedType(schema)}: ${JSON.stringify(typeName(value))}`));
    return;
  }
  if (schema.enum && !schema.enum.some((allowed) => deepEqual(allowed, value))) {
    errors.push(notSupported(path, value, schema.enum.map((v) => (typeof v === "string" ? v : JSON.stringify(v)))));
  }
  if (typeof value === "string") checkString(value, schema, path, errors);
  else if (typeof value === "number" || typeof value === "bigint") checkNumber(value, schema, path, errors);
  else if (Array.isArray(value)) checkList(value, schema, path, { errors, old });
  else if (typeof value === "object" && value !== null) checkObject(value as Record<string, unknown>, schema, path, { errors, old });
  checkCombinations(value, schema, path, errors);
}

function checkString(value: string, schema: JSONSchemaProps, path: string, errors: FieldError[]): void {
  const length = schema.maxLength !== undefined || schema.minLength !== undefined ? [...value].length : 0;
  if (schema.maxLength !== undefined && length > schema.maxLength) errors.push(tooLong(path, schema.maxLength));
  if (schema.minLength !== undefined && length < schema.minLength) errors.push(wrong(path, value, `should be at least ${schema.minLength} chars long`));
  if (schema.pattern && !matchesPattern(schema.pattern, value)) errors.push(wrong(path, value, `should match '${schema.pattern}'`));
  if (schema.format && !hasFormat(value, schema.format)) {
    errors.push(typeInvalid(path, value, `${path} in body must be of type ${schema.format}: ${JSON.stringify(value)}`));
  }
}

function checkNumber(value: number | bigint, schema: JSONSchemaProps, path: string, errors: FieldError[]): void {
  const { minimum, maximum, multipleOf } = schema;
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum)) {
    errors.push(wrong(path, value, `should be greater than ${schema.exclusiveMinimum ? "" : "or equal to "}${minimum}`));
  }
  if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum)) {
    errors.push(wrong(path, value, `should be less than ${schema.exclusiveMaximum ? "" : "or equal to "}${maximum}`));
  }
  if (multipleOf && !isMultiple(value, multipleOf)) errors.push(wrong(path, value, `should be a multiple of ${multipleOf}`));
  if (schema.format === "int32" && (value < -2147483648 || value > 2147483647)) {
    errors.push(wrong(path, value, `must be of type int32: ${JSON.stringify(typeName(value))}`));
  }
}

/** A bigint is an integer that a double would round. */
const isMultiple = (value: number | bigint, of: number): boolean =>
  typeof value === "bigint" && Number.isInteger(of) ? value % BigInt(of) === 0n : Number.isInteger(Number(value) / of);

const isInteger = (value: unknown): boolean => typeof value === "bigint" || Number.isInteger(value);

function checkList(items: readonly unknown[], schema: JSONSchemaProps, path: string, { errors, old }: Report): void {
  if (schema.maxItems !== undefined && items.length > schema.maxItems) errors.push(tooMany(path, items.length, schema.maxItems));
  if (schema.minItems !== undefined && items.length < schema.minItems) errors.push(wrong(path, items.length, `should have at least ${schema.minItems} items`));
  // Entries of keyed lists alone can be told to be the same as before.
  const before = new Map(schema["x-kubernetes-list-type"] === "map" && Array.isArray(old) ? old.map((item) => [keyOf(item, schema), item]) : []);
  if (isSchema(schema.items)) for (const [i, item] of items.entries()) check(item, schema.items, `${path}[${i}]`, { errors, old: before.get(keyOf(item, schema)) });
}

/** Names are an author's: "constructor" is a name like any other. */
const ownValue = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;

function keyOf(item: unknown, schema: JSONSchemaProps): string {
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  return canonical(Object.fromEntries(keys.map((key) => [key, ownValue(item, key) ?? null])));
}

function checkObject(object: Record<string, unknown>, schema: JSONSchemaProps, path: string, { errors, old }: Report): void {
  const names = Object.keys(object);
  if (schema.maxProperties !== undefined && names.length > schema.maxProperties) errors.push(tooMany(path, names.length, schema.maxProperties));
  if (schema.minProperties !== undefined && names.length < schema.minProperties) errors.push(wrong(path, names.length, `should have at least ${schema.minProperties} properties`));
  for (const name of schema.required ?? []) if (!Object.hasOwn(object, name)) errors.push(required(join(path, name)));
  for (const name of names) {
    const property = schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : schema.additionalProperties;
    if (isSchema(property)) check(object[name], property, join(path, name), { errors, old: ownValue(old, name) });
  }
}

/** Upstream reports these at no field, with the path in the text. */
function checkCombinations(value: unknown, schema: JSONSchemaProps, path: string, errors: FieldError[]): void {
  const accepts = (alternative: JSONSchemaProps) => validateValue(value, alternative, { path }).length === 0;
  const report = (text: string) => errors.push(invalidValue("<nil>", "", `${JSON.stringify(path)} ${text}`));
  for (const part of schema.allOf ?? []) {
    const found = validateValue(value, part, { path });
    if (found.length > 0) { errors.push(...found); report("must validate all the schemas (allOf)"); }
  }
  if (schema.anyOf?.length && !schema.anyOf.some(accepts)) report("must validate at least one schema (anyOf)");
  if (schema.oneOf?.length) {
    const count = schema.oneOf.filter(accepts).length;
    if (count !== 1) report(`must validate one and only one schema (oneOf). ${count === 0 ? "Found none valid" : `Found ${count} valid alternatives`}`);
  }
  if (isSchema(schema.not) && accepts(schema.not)) report("must not validate the schema (not)");
}

function hasType(value: unknown, schema: JSONSchemaProps): boolean {
  if (schema["x-kubernetes-int-or-string"]) return typeof value === "string" || isInteger(value);
  switch (schema.type) {
    case undefined: case "": return true;
    case "object": return typeof value === "object" && value !== null && !Array.isArray(value);
    case "array": return Array.isArray(value);
    case "integer": return isInteger(value);
    case "number": return typeof value === "number" || typeof value === "bigint";
    default: return typeof value === schema.type;
  }
}

const wantedType = (schema: JSONSchemaProps): string => (schema["x-kubernetes-int-or-string"] ? "integer,string" : schema.type!);

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return isInteger(value) ? "integer" : typeof value;
}

const wrong = (path: string, value: unknown, text: string): FieldError => invalidValue(path, value, `${path} in body ${text}`);
const join = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);
