import { deepEqual } from "../../../lib/deep-equal.ts";
import { invalidValue, notOneOf, required, tooLong, tooMany, typeInvalid, type FieldError } from "../../../lib/field-error.ts";
import type { JSONSchemaProps } from "../../types/apiextensions-v1.generated.ts";
import { hasFormat, isKnownFormat } from "../../values/formats.ts";
import { entriesBefore, fieldBefore, isAsBefore, type Before } from "./before.ts";
import { fieldAt, isSchema } from "./json-schema.ts";
import { matchesPattern } from "./pattern.ts";
import { checkCombinations, type Validated } from "./validate-combinations.ts";

/** Beyond this many, an object is told enough. */
const errorsMax = 100;

/**
 * What is wrong with a value by its author's schema, in the words of upstream's OpenAPI validation. What is as it was in
 * `old` is let through: a schema may have become stricter since.
 */
export function validateValue(value: unknown, schema: JSONSchemaProps, { path = "", old }: { path?: string; old?: unknown } = {}): FieldError[] {
  const errors: FieldError[] = [];
  check(value, schema, path, { errors, before: old === undefined ? undefined : { old, schema } });
  return errors;
}

/** Of a part that was judged by itself: as upstream, the text speaks of the path below the part. */
export function below(part: string, error: FieldError): FieldError {
  const { field } = error;
  return { ...error, field: field === "" || field === "<nil>" ? part : `${part}.${field}` };
}

interface Report { errors: FieldError[]; before: Before | undefined }

/**
 * The result is how many checks were made, as upstream counts them: of alternatives that all fail, the one is told of that
 * had the most.
 */
function check(value: unknown, schema: JSONSchemaProps, path: string, { errors, before }: Report): number {
  if (errors.length >= errorsMax || isAsBefore(value, before)) return 0;
  const typeFits = hasType(value, schema) || (value === null && schema.nullable === true);
  if (!typeFits) errors.push(wrongType(path, value, schema));
  if (schema.enum && !schema.enum.some((allowed) => deepEqual(allowed, value))) {
    errors.push(notOneOf(path, value, schema.enum.map((v) => (typeof v === "string" ? v : JSON.stringify(v)))));
  }
  const ofType = typeFits && schema.type ? 1 : 0;
  if (value === null) return ofType;
  return ofType + (schema.type ? 1 : 0) + ofAny + ofKind(value, schema, path, { errors, before })
    + checkCombinations(schema, path, { errors, validate: (part) => validated(value, part, path) });
}

/** As upstream, nothing is let through within combinations. */
function validated(value: unknown, schema: JSONSchemaProps, path: string): Validated {
  const errors: FieldError[] = [];
  return { errors, checks: check(value, schema, path, { errors, before: undefined }) };
}

/** What upstream counts for any value. */
const ofAny = 4;

function ofKind(value: unknown, schema: JSONSchemaProps, path: string, { errors, before }: Report): number {
  if (typeof value === "string") return checkString(value, schema, path, errors);
  if (typeof value === "number" || typeof value === "bigint") return checkNumber(value, schema, path, errors);
  if (Array.isArray(value)) return checkList(value, schema, path, { errors, before });
  return typeof value === "object" ? checkObject(value as Record<string, unknown>, schema, path, { errors, before }) : 0;
}

/** Of length and pattern the first that does not hold is told. */
function checkString(value: string, schema: JSONSchemaProps, path: string, errors: FieldError[]): number {
  const length = schema.maxLength !== undefined || schema.minLength !== undefined ? [...value].length : 0;
  if (schema.maxLength !== undefined && length > schema.maxLength) errors.push(tooLong(path, schema.maxLength));
  else if (schema.minLength !== undefined && length < schema.minLength) errors.push(wrong(path, value, `should be at least ${schema.minLength} chars long`));
  else if (schema.pattern && !matchesPattern(schema.pattern, value)) errors.push(wrong(path, value, `should match '${schema.pattern}'`));
  if (schema.format && !hasFormat(value, schema.format)) {
    errors.push(typeInvalid(path, value, `${path} in body must be of type ${schema.format}: ${JSON.stringify(value)}`));
  }
  return 1;
}

function checkNumber(value: number | bigint, schema: JSONSchemaProps, path: string, errors: FieldError[]): number {
  const { minimum, maximum, multipleOf } = schema;
  checkRange(value, "Checked", schema, path, errors);
  if (multipleOf !== undefined) checkRange(multipleOf, "MultipleOf", schema, path, errors);
  if (multipleOf && !isMultiple(value, multipleOf)) errors.push(wrong(path, value, `should be a multiple of ${multipleOf}`));
  if (minimum !== undefined) checkRange(minimum, "Minimum boundary", schema, path, errors);
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum)) {
    errors.push(wrong(path, value, `should be greater than ${schema.exclusiveMinimum ? "" : "or equal to "}${minimum}`));
  }
  if (maximum !== undefined) checkRange(maximum, "Maximum boundary", schema, path, errors);
  if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum)) {
    errors.push(wrong(path, value, `should be less than ${schema.exclusiveMaximum ? "" : "or equal to "}${maximum}`));
  }
  return 2;
}

/** A number that cannot be one of the schema's type, a bound included, is told of at no field. */
function checkRange(value: number | bigint, what: string, { type, format }: JSONSchemaProps, path: string, errors: FieldError[]): void {
  if (type !== "integer") return;
  const [min, max] = (format && integerRanges[format]) || integerRanges["int64"]!;
  if (isInteger(value) && value >= min && value <= max) return;
  errors.push(invalidValue("<nil>", "", `${what} value must be of type integer ${format ? `with format ${format}` : "(default format)"} in ${path}`));
}

const integerRanges: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n], uint32: [0n, 2n ** 32n - 1n], int64: [-(2n ** 63n), 2n ** 63n - 1n], uint64: [0n, 2n ** 64n - 1n],
};

/** A bigint is an integer that a double would round. */
const isMultiple = (value: number | bigint, of: number): boolean =>
  typeof value === "bigint" && Number.isInteger(of) ? value % BigInt(of) === 0n : isNearInteger(of < 1 ? (1 / of) * Number(value) : Number(value) / of);

/** 0.3 is three times 0.1, whatever doubles make of it. */
const isNearInteger = (value: number): boolean => Math.abs(value) <= Number.MAX_SAFE_INTEGER && Math.abs(value - Math.trunc(value)) / Math.max(Math.abs(value) + Math.abs(Math.trunc(value)), Number.MIN_VALUE) < 1e-9;

const isInteger = (value: unknown): boolean => typeof value === "bigint" || Number.isInteger(value);

function checkList(items: readonly unknown[], schema: JSONSchemaProps, path: string, { errors, before }: Report): number {
  if (schema.maxItems !== undefined && items.length > schema.maxItems) errors.push(tooMany(path, items.length, schema.maxItems));
  if (schema.minItems !== undefined && items.length < schema.minItems) errors.push(wrong(path, items.length, `should have at least ${schema.minItems} items`));
  const entryBefore = entriesBefore(before);
  let checks = 2;
  if (isSchema(schema.items)) for (const [i, item] of items.entries()) checks += check(item, schema.items, `${path}[${i}]`, { errors, before: entryBefore(item) });
  return checks;
}

function checkObject(object: Record<string, unknown>, schema: JSONSchemaProps, path: string, { errors, before }: Report): number {
  const names = Object.keys(object);
  if (schema.maxProperties !== undefined && names.length > schema.maxProperties) errors.push(tooMany(path, names.length, schema.maxProperties));
  if (schema.minProperties !== undefined && names.length < schema.minProperties) errors.push(wrong(path, names.length, `should have at least ${schema.minProperties} properties`));
  for (const name of schema.required ?? []) if (!Object.hasOwn(object, name)) errors.push(required(fieldAt(path, name)));
  let checks = 1;
  for (const name of names) {
    const property = schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : schema.additionalProperties;
    if (isSchema(property)) checks += check(object[name], property, fieldAt(path, name), { errors, before: fieldBefore(before, name) });
  }
  return checks;
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

/** Where a format is given, upstream speaks of formats: a number has one, other values do not. */
function wrongType(path: string, value: unknown, schema: JSONSchemaProps): FieldError {
  const byFormat = schema.format !== undefined && isKnownFormat(schema.format, schema.type ?? "") && value !== null && typeof value !== "string" && !Array.isArray(value);
  const [wanted, found] = byFormat ? [schema.format, formatName(value)] : [wantedType(schema), typeName(value)];
  return typeInvalid(path, found, `${path} in body must be of type ${wanted}: ${JSON.stringify(found)}`);
}

const formatName = (value: unknown): string => (isInteger(value) ? "int64" : typeof value === "number" ? "float64" : "");

const wantedType = (schema: JSONSchemaProps): string => (schema["x-kubernetes-int-or-string"] ? "integer,string" : schema.type!);

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return isInteger(value) ? "integer" : typeof value;
}

const wrong = (path: string, value: unknown, text: string): FieldError => invalidValue(path, value, `${path} in body ${text}`);
