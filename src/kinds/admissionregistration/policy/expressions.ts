import { escapeName } from "../../../cel/names.ts";
import { duplicate, invalidValue, notSupported, required, tooMany, type FieldError, type Path } from "../../../lib/field-error.ts";
import type { MatchCondition, Variable } from "../../types/admissionregistration-v1.generated.ts";
import { isQualifiedName } from "../../values/names.ts";
import { Environment, type Compiled } from "./environment.ts";

const conditionsMax = 64;

/** Also for webhooks, whose conditions know no parameters. */
export function validateMatchConditions(conditions: readonly MatchCondition[] | undefined, at: Path, hasParams = false): FieldError[] {
  if (!conditions) return [];
  const errors: FieldError[] = conditions.length > conditionsMax ? [tooMany(at, conditions.length, conditionsMax)] : [];
  const environment = new Environment({ hasParams, hasAuthorizer: true });
  const names = new Set<string>();
  conditions.slice(0, conditionsMax).forEach(({ name, expression }, i) => {
    const here = at.index(i);
    if (!expression?.trim()) errors.push(required(here.child("expression")));
    else errors.push(...wrong(environment.compile(expression.trim(), ["bool"]), here.child("expression")));
    if (!name) { errors.push(required(here.child("name"))); return; }
    errors.push(...isQualifiedName(name).map((text) => invalidValue(here.child("name"), name, text)));
    if (names.has(name)) errors.push(duplicate(here.child("name"), name));
    names.add(name);
  });
  return errors;
}

export function validateVariables(variables: readonly Variable[] | undefined, at: Path, environment: Environment): FieldError[] {
  const errors: FieldError[] = [];
  variables?.forEach((variable, i) => {
    const here = at.index(i);
    if (!variable.name?.trim()) errors.push(required(here.child("name"), "name is not specified"));
    else if (!/^[A-Za-z_]\w*$/.test(variable.name) || escapeName(variable.name) === `__${variable.name}__`) errors.push(invalidValue(here.child("name"), variable.name, "must be a valid CEL identifier"));
    if (!variable.expression?.trim()) errors.push(required(here.child("expression"), "expression is not specified"));
    else errors.push(...wrong(environment.addVariable(variable), here.child("expression")));
  });
  return errors;
}

export const wrong = ({ error, expression }: Compiled, at: Path): FieldError[] => (error === undefined ? [] : [invalidValue(at, expression, error)]);

export function validateFailurePolicy(policy: string | undefined, at: Path): FieldError[] {
  if (!policy) return [required(at)];
  return policy === "Fail" || policy === "Ignore" ? [] : [notSupported(at, policy, ["Fail", "Ignore"])];
}
