import { invalidValue, required, forbiddenField, Path, type FieldError } from "../../lib/field-error.ts";
import { textOrder } from "../../lib/text-order.ts";
import { isLabelValue, isQualifiedName } from "./names.ts";

/** meta/v1 LabelSelector, parsed: every requirement must hold. */
export type LabelSelector = readonly LabelRequirement[];
export interface LabelRequirement {
  key: string;
  operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";
  values: readonly string[];
  /** Written as an equality (`a=b`, matchLabels): `formatLabelSelector` writes it so again. */
  equality?: boolean;
}

/** As it stands in objects. */
export interface LabelSelectorObject {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

const matchesNothing: LabelSelector = [{ key: "", operator: "In", values: [] }];

export function matchesLabels(selector: LabelSelector, labels: Readonly<Record<string, string>> | undefined): boolean {
  for (const requirement of selector) if (!holds(requirement, labels)) return false;
  return true;
}

/** An absent selector selects nothing, an empty one everything. Throws an Error with upstream's text. */
export function labelSelectorOf(selector: LabelSelectorObject | undefined): LabelSelector {
  if (!selector) return matchesNothing;
  const requirements: LabelRequirement[] = Object.entries(selector.matchLabels ?? {})
    .map(([key, value]) => requirement(key, "In", [value], true));
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    if (!isObjectOperator(operator)) throw new Error(`${JSON.stringify(operator)} is not a valid label selector operator`);
    requirements.push(requirement(key, operator, values));
  }
  return sortByKey(requirements);
}

/** For plain maps (a Service's or ReplicationController's selector): equality of all. */
export const selectorFromLabels = (labels: Readonly<Record<string, string>>): LabelSelector =>
  sortByKey(Object.entries(labels).map(([key, value]) => ({ key, operator: "In", values: [value], equality: true })));

/** As upstream prints it: sorted by key, `a=b,c in (d,e),!f`. */
export function formatLabelSelector(selector: LabelSelector): string {
  return sortByKey(selector).map(formatRequirement).join(",");
}

/** Errors of a selector in an object, at `path`. Invalid label values are reported only in expressions' `values`. */
export function validateLabelSelector(selector: LabelSelectorObject | undefined, path: Path): FieldError[] {
  if (!selector) return [];
  const errors: FieldError[] = validateLabels(selector.matchLabels, path.child("matchLabels"));
  for (const [i, expression] of (selector.matchExpressions ?? []).entries()) {
    errors.push(...validateExpression(expression, path.child("matchExpressions").index(i)));
  }
  return errors;
}

/** meta/v1 ValidateLabels: of metadata.labels, matchLabels, nodeSelector. */
export function validateLabels(labels: Readonly<Record<string, string>> | undefined, path: Path): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const text of isQualifiedName(key)) errors.push(invalidValue(path, key, text));
    for (const text of isLabelValue(value)) errors.push(invalidValue(path, value, text));
  }
  return errors;
}

function validateExpression(e: { key: string; operator: string; values?: string[] }, path: Path): FieldError[] {
  const errors: FieldError[] = [];
  const values = e.values ?? [];
  if (e.operator === "In" || e.operator === "NotIn") {
    if (values.length === 0) errors.push(required(path.child("values"), "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (e.operator === "Exists" || e.operator === "DoesNotExist") {
    if (values.length > 0) errors.push(forbiddenField(path.child("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  } else errors.push(invalidValue(path.child("operator"), e.operator ?? "", "not a valid selector operator"));
  for (const text of isQualifiedName(e.key ?? "")) errors.push(invalidValue(path.child("key"), e.key ?? "", text));
  for (const [i, value] of values.entries()) {
    for (const text of isLabelValue(value)) errors.push(invalidValue(path.child("values").index(i), value, text));
  }
  return errors;
}

/** Checks like upstream's NewRequirement; the error's text is that of its field errors. */
export function requirement(key: string, operator: LabelRequirement["operator"], values: readonly string[], equality?: boolean): LabelRequirement {
  const problems: string[] = [];
  const keyErrors = isQualifiedName(key);
  if (keyErrors.length > 0) problems.push(`key: Invalid value: ${JSON.stringify(key)}: ${keyErrors.join("; ")}`);
  const shown = JSON.stringify(values);
  if (operator === "In" || operator === "NotIn") {
    if (values.length === 0) problems.push(`values: Invalid value: ${shown}: for 'in', 'notin' operators, values set can't be empty`);
  } else if (operator === "Gt" || operator === "Lt") {
    if (values.length !== 1) problems.push(`values: Invalid value: ${shown}: for 'Gt', 'Lt' operators, exactly one value is required`);
    values.forEach((v, i) => {
      if (!isInteger(v)) problems.push(`values[${i}]: Invalid value: ${JSON.stringify(v)}: for 'Gt', 'Lt' operators, the value must be an integer`);
    });
  } else if (values.length > 0) problems.push(`values: Invalid value: ${shown}: values set must be empty for exists and does not exist`);
  values.forEach((v, i) => {
    const errors = isLabelValue(v);
    if (errors.length > 0) problems.push(`values[${i}][${key}]: Invalid value: ${JSON.stringify(v)}: ${errors.join("; ")}`);
  });
  if (problems.length > 0) throw new Error(problems.length === 1 ? problems[0] : `[${problems.join(", ")}]`);
  return equality ? { key, operator, values, equality } : { key, operator, values };
}

function holds(r: LabelRequirement, labels: Readonly<Record<string, string>> | undefined): boolean {
  const value = labels && Object.hasOwn(labels, r.key) ? labels[r.key] : undefined;
  switch (r.operator) {
    case "In": return value !== undefined && r.values.includes(value);
    case "NotIn": return value === undefined || !r.values.includes(value);
    case "Exists": return value !== undefined;
    case "DoesNotExist": return value === undefined;
    case "Gt":
    case "Lt": {
      if (value === undefined || !isInteger(value) || !isInteger(r.values[0]!)) return false;
      const [left, right] = [BigInt(value.replace("+", "")), BigInt(r.values[0]!.replace("+", ""))];
      return r.operator === "Gt" ? left > right : left < right;
    }
  }
}

function formatRequirement({ key, operator, values, equality }: LabelRequirement): string {
  switch (operator) {
    case "In": return equality ? `${key}=${values[0]}` : `${key} in (${[...values].sort().join(",")})`;
    case "NotIn": return equality ? `${key}!=${values[0]}` : `${key} notin (${[...values].sort().join(",")})`;
    case "Exists": return key;
    case "DoesNotExist": return `!${key}`;
    case "Gt": return `${key}>${values[0]}`;
    case "Lt": return `${key}<${values[0]}`;
  }
}

const isInteger = (text: string): boolean => /^[+-]?[0-9]{1,19}$/.test(text);
const isObjectOperator = (o: string): o is "In" | "NotIn" | "Exists" | "DoesNotExist" =>
  o === "In" || o === "NotIn" || o === "Exists" || o === "DoesNotExist";
const sortByKey = (requirements: readonly LabelRequirement[]): LabelRequirement[] =>
  [...requirements].sort((a, b) => textOrder(a.key, b.key));
