/** The rules of a schema, when their definition is written: whether they compile, may use oldSelf, and can be afforded. */
import { estimate, requestBytesMax } from "../../../cel/estimate.ts";
import type { Program } from "../../../cel/program.ts";
import { forbiddenField, invalidValue, notSupported, required, type FieldError, type Path } from "../../../lib/field-error.ts";
import type { JSONSchemaProps, ValidationRule } from "../../types/apiextensions-v1.generated.ts";
import { isSchema } from "./json-schema.ts";
import { minSize } from "./rule-types.ts";
import { hasRules, rulesOf, type Rule } from "./rules.ts";
import { schemaAt } from "./schema-path.ts";

const costPerExpressionMax = 10_000_000;
const costPerSchemaMax = 100_000_000;
/** Our estimate is coarser than upstream's: what upstream accepts must not be refused here. A run has its own budget. */
const leniency = 4;

export function validateRules(schema: JSONSchemaProps, path: Path): FieldError[] {
  if (!hasRules(schema)) return [];
  const report: Report = { errors: [], total: 0 };
  visit({ schema, path, count: 1, isRoot: true }, report);
  if (report.total > costPerSchemaMax * leniency) report.errors.push(forbiddenField(path, tooDear("x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema", report.total, costPerSchemaMax)));
  return report.errors;
}

interface Report { errors: FieldError[]; total: number }
/** `count`: how many such values one object may have; undefined without a bound. */
interface Place { schema: JSONSchemaProps; path: Path; count: number | undefined; isRoot?: boolean; uncorrelatable?: Path }

function visit(place: Place, report: Report): void {
  const { schema, path, count, uncorrelatable } = place;
  if (!hasRules(schema)) return;
  rulesOf(schema, place.isRoot)?.rules.forEach((rule, i) => checkRule(rule, place, { at: path.child("x-kubernetes-validations").index(i), report }));
  const inherited = uncorrelatable ? { uncorrelatable } : {};
  for (const [name, property] of Object.entries(schema.properties ?? {})) visit({ schema: property, path: path.child("properties").key(name), count, ...inherited }, report);
  if (isSchema(schema.additionalProperties)) visit({ schema: schema.additionalProperties, path: path.child("additionalProperties"), count: times(count, schema.maxProperties), ...inherited }, report);
  if (isSchema(schema.items)) {
    const keyed = schema["x-kubernetes-list-type"] === "map";
    visit({ schema: schema.items, path: path.child("items"), count: times(count, schema.maxItems), ...inherited, ...(!keyed && !uncorrelatable && { uncorrelatable: path }) }, report);
  }
}

const times = (count: number | undefined, max: number | undefined): number | undefined => (count === undefined || max === undefined ? undefined : count * max);

function checkRule(rule: Rule, { schema, count, uncorrelatable }: Place, { at, report }: { at: Path; report: Report }): void {
  const { errors } = report;
  const many = count ?? Math.floor((requestBytesMax - 2) / (minSize(schema) + 1));
  const afford = (program: Program | undefined, field: Path, name: string) => {
    if (!program) return;
    const cost = estimate(program) * many;
    report.total += cost;
    if (cost > costPerExpressionMax * leniency) errors.push(forbiddenField(field, tooDear(name, cost, costPerExpressionMax)));
  };
  afford(rule.program, at.child("rule"), "estimated rule cost");
  if (rule.error) errors.push(invalidValue(at.child("rule"), rule.written, rule.error));
  if (rule.messageError) errors.push(invalidValue(at.child("messageExpression"), rule.written, rule.messageError));
  afford(rule.message, at.child("messageExpression"), "estimated messageExpression cost");
  if (rule.usesOldSelf && uncorrelatable) errors.push(invalidValue(at.child("rule"), rule.written.rule, `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`));
  if (!rule.usesOldSelf && !rule.error && rule.written.optionalOldSelf !== undefined) errors.push(invalidValue(at.child("optionalOldSelf"), rule.written.optionalOldSelf, "may not be set if oldSelf is not used in rule"));
}

function tooDear(name: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const shown = factor > 100 ? "more than 100x" : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  return `${name} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}

const reasons = ["FieldValueRequired", "FieldValueForbidden", "FieldValueInvalid", "FieldValueDuplicate"];

/** What a rule says besides its expressions. */
export function validateRuleFields(rule: ValidationRule, schema: JSONSchemaProps, at: Path): FieldError[] {
  const errors: FieldError[] = [];
  const { message = "", messageExpression = "", fieldPath = "" } = rule;
  if (!rule.rule?.trim()) errors.push(required(at.child("rule"), "rule is not specified"));
  else if (message !== "" && message.trim() === "") errors.push(invalidValue(at.child("message"), message, "must be non-empty if specified"));
  else if (message.trim().includes("\n")) errors.push(invalidValue(at.child("message"), message, "must not contain line breaks"));
  else if (rule.rule.trim().includes("\n") && message.trim() === "") errors.push(required(at.child("message"), "message must be specified if rule contains line breaks"));
  if (messageExpression !== "" && messageExpression.trim() === "") errors.push(required(at.child("messageExpression"), "messageExpression must be non-empty if specified"));
  if (rule.reason !== undefined && !reasons.includes(rule.reason)) errors.push(notSupported(at.child("reason"), rule.reason, reasons));
  if (fieldPath === "") return errors;
  if (fieldPath.trim() === "") errors.push(invalidValue(at.child("fieldPath"), fieldPath, "must be non-empty if specified"));
  if (fieldPath.includes("\n")) errors.push(invalidValue(at.child("fieldPath"), fieldPath, "must not contain line breaks"));
  if ("error" in schemaAt(schema, fieldPath)) errors.push(invalidValue(at.child("fieldPath"), fieldPath, "must be a valid path"));
  return errors;
}
