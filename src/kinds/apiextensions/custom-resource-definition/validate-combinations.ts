import { invalidValue, type FieldError } from "../../../lib/field-error.ts";
import type { JSONSchemaProps } from "../../types/apiextensions-v1.generated.ts";
import { isSchema } from "./json-schema.ts";

export interface Validated { errors: readonly FieldError[]; checks: number }
interface By { errors: FieldError[]; validate(part: JSONSchemaProps): Validated }

/**
 * allOf, anyOf, oneOf and not, of one value. Upstream reports these at no field, with the path in the text, and where no
 * alternative holds, what is wrong by the one that came furthest. The result is how many checks count.
 */
export function checkCombinations(schema: JSONSchemaProps, path: string, { errors, validate }: By): number {
  const { allOf = [], anyOf = [], oneOf = [], not } = schema;
  const report = (text: string) => add(errors, [invalidValue("<nil>", "", `${JSON.stringify(path)} ${text}`)]);
  let checks = 0;
  const take = (result: Validated | undefined) => { if (result) { add(errors, result.errors); checks += result.checks; } };
  if (anyOf.length > 0) {
    const results = anyOf.map(validate);
    const holds = results.find(isValid);
    if (!holds) report("must validate at least one schema (anyOf)");
    take(holds ?? furthest(results));
  }
  if (oneOf.length > 0) {
    const results = oneOf.map(validate);
    const count = results.filter(isValid).length;
    if (count !== 1) report(`must validate one and only one schema (oneOf). ${count === 0 ? "Found none valid" : `Found ${count} valid alternatives`}`);
    if (count < 2) take(results.find(isValid) ?? furthest(results));
  }
  if (allOf.length > 0) {
    const results = allOf.map(validate);
    for (const result of results) take(result);
    const count = results.filter(isValid).length;
    if (count < allOf.length) report(`must validate all the schemas (allOf)${count === 0 ? ". None validated" : ""}`);
  }
  if (isSchema(not) && isValid(validate(not))) report("must not validate the schema (not)");
  return checks;
}

const isValid = ({ errors }: Validated): boolean => errors.length === 0;
const furthest = (results: readonly Validated[]): Validated => results.reduce((best, next) => (next.checks > best.checks ? next : best));

/** What was said already is not said again. */
function add(errors: FieldError[], more: readonly FieldError[]): void {
  for (const error of more) if (!errors.some((e) => e.field === error.field && e.message === error.message)) errors.push(error);
}
