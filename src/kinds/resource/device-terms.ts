import { CompileError, dynamic, prepare } from "../../cel/program.ts";
import { duplicate, invalidValue, notSupported, required, tooLong, tooMany, type FieldError } from "../../lib/field-error.ts";
import { check } from "../field-checks.ts";
import type { CapacityRequirements, DeviceSelector, DeviceToleration, OpaqueDeviceConfiguration } from "../types/resource-v1.generated.ts";
import { isDns1123Subdomain, isLabelValue, isQualifiedName } from "../values/names.ts";
import { isNegative } from "../pod-spec/quantity-checks.ts";

/** What classes, claims and slices of resource.k8s.io have in common. */
export const SELECTORS_MAX = 32;
export const CONFIGS_MAX = 32;
const EXPRESSION_BYTES_MAX = 10 * 1024;
const PARAMETERS_BYTES_MAX = 10 * 1024;
const DRIVER_NAME_MAX = 63;
const TOLERATIONS_MAX = 16;
const EFFECTS = ["NoExecute", "NoSchedule", "None"];
const OPERATORS = ["Equal", "Exists"];

export function validateDriver(name: string | undefined, path: string): FieldError[] {
  if (!name) return [required(path)];
  return [...(name.length > DRIVER_NAME_MAX ? [tooLong(path, DRIVER_NAME_MAX)] : []), ...check(path, name, isDns1123Subdomain)];
}

export function validateSelectors(selectors: readonly DeviceSelector[] | undefined, path: string): FieldError[] {
  const all = selectors ?? [];
  if (all.length > SELECTORS_MAX) return [tooMany(path, all.length, SELECTORS_MAX)];
  return all.flatMap(({ cel }, i) => (cel ? validateExpression(cel.expression ?? "", `${path}[${i}].cel.expression`) : [required(`${path}[${i}].cel`)]));
}

function validateExpression(expression: string, path: string): FieldError[] {
  if (expression.length > EXPRESSION_BYTES_MAX) return [tooLong(path, EXPRESSION_BYTES_MAX)];
  try {
    const { type } = prepare(expression, dynamic("device"));
    return type.kind === "bool" || type.kind === "dyn" ? [] : [invalidValue(path, expression, "must evaluate to bool")];
  } catch (error) {
    if (error instanceof CompileError) return [invalidValue(path, expression, `compilation failed: ${error.message}`)];
    throw error;
  }
}

export function validateOpaque(opaque: OpaqueDeviceConfiguration | undefined, path: string): FieldError[] {
  if (!opaque) return [required(path)];
  const errors = validateDriver(opaque.driver, `${path}.driver`);
  const parameters: unknown = opaque.parameters;
  if (parameters === undefined || parameters === null) return [...errors, required(`${path}.parameters`)];
  if (typeof parameters !== "object" || Array.isArray(parameters)) return [...errors, invalidValue(`${path}.parameters`, "<value omitted>", "must be a valid JSON object")];
  return JSON.stringify(parameters).length > PARAMETERS_BYTES_MAX ? [...errors, tooLong(`${path}.parameters`, PARAMETERS_BYTES_MAX)] : errors;
}

export function validateTolerations(tolerations: readonly DeviceToleration[] | undefined, path: string): FieldError[] {
  const all = tolerations ?? [];
  if (all.length > TOLERATIONS_MAX) return [tooMany(path, all.length, TOLERATIONS_MAX)];
  return all.flatMap(({ key = "", operator = "", value = "", effect }, i) => {
    const at = `${path}[${i}]`;
    const errors = key ? check(`${at}.key`, key, isQualifiedName) : [];
    if (!OPERATORS.includes(operator)) errors.push(operator === "" ? required(`${at}.operator`) : notSupported(`${at}.operator`, operator, OPERATORS));
    if (!key && operator !== "Exists" && operator !== "") errors.push(required(`${at}.key`));
    if (operator === "Exists" && value !== "") errors.push(invalidValue(`${at}.value`, value, "must be empty for operator `Exists`"));
    if (operator === "Equal") errors.push(...check(`${at}.value`, value, isLabelValue));
    if (effect !== undefined && effect !== "" && !EFFECTS.includes(effect)) errors.push(notSupported(`${at}.effect`, effect, EFFECTS));
    return errors;
  });
}

export const validateCapacity = (capacity: CapacityRequirements | undefined, path: string): FieldError[] =>
  Object.entries(capacity?.requests ?? {}).flatMap(([name, amount]) => [
    ...check(`${path}.requests[${name}]`, name, isQualifiedName),
    ...(isNegative(amount) ? [invalidValue(`${path}.requests[${name}]`, amount, "must be greater than or equal to 0")] : []),
  ]);

/** Each at most once. */
export function validateUnique(values: readonly string[], path: string): FieldError[] {
  return values.flatMap((value, i) => (values.indexOf(value) < i ? [duplicate(`${path}[${i}]`, value)] : []));
}

