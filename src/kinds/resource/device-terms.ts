import { CompileError, dynamic, prepare } from "../../cel/program.ts";
import { duplicate, type FieldError, invalidValue, notSupported, required, tooLong } from "../../lib/field-error.ts";
import { check } from "../field-checks.ts";
import type { DeviceSelector, DeviceTaint, DeviceToleration, OpaqueDeviceConfiguration } from "../types/resource-v1.generated.ts";
import { isLabelValue, isQualifiedName } from "../values/names.ts";
import { validateDriverName } from "./device-names.ts";
import { validateSlice } from "./lists.ts";

/** What classes, claims and slices of resource.k8s.io have in common. */
export const CONFIGS_MAX = 32;
const SELECTORS_MAX = 32;
const EXPRESSION_BYTES_MAX = 10 * 1024;
const PARAMETERS_BYTES_MAX = 10 * 1024;
const TOLERATIONS_MAX = 16;
const TAINTS_MAX = 16;
const EFFECTS = ["NoExecute", "NoSchedule", "None"];
const OPERATORS = ["Equal", "Exists"];

export const validateSelectors = (selectors: readonly DeviceSelector[] | undefined, path: string): FieldError[] =>
  validateSlice(selectors, SELECTORS_MAX, path, ({ cel }, at) => (cel ? validateExpression(cel.expression ?? "", `${at}.cel.expression`) : [required(`${at}.cel`)]));

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
  return [...validateDriverName(opaque.driver, `${path}.driver`), ...validateJsonObject(opaque.parameters, `${path}.parameters`, PARAMETERS_BYTES_MAX)];
}

/** What only its driver understands. */
export function validateJsonObject(value: unknown, path: string, bytesMax: number): FieldError[] {
  if (value === undefined || value === null) return [required(path)];
  if (JSON.stringify(value).length > bytesMax) return [tooLong(path, bytesMax)];
  return typeof value !== "object" || Array.isArray(value) ? [invalidValue(path, "<value omitted>", "must be a valid JSON object")] : [];
}

export const validateTolerations = (tolerations: readonly DeviceToleration[] | undefined, path: string): FieldError[] =>
  validateSlice(tolerations, TOLERATIONS_MAX, path, ({ key = "", operator = "", value = "", effect = "" }, at) => {
    const errors = key ? check(`${at}.key`, key, isQualifiedName) : [];
    if (operator === "") errors.push(required(`${at}.operator`));
    else if (!OPERATORS.includes(operator)) errors.push(notSupported(`${at}.operator`, operator, OPERATORS));
    if (operator === "Exists" && value !== "") errors.push(invalidValue(`${at}.value`, value, "must be empty for operator `Exists`"));
    if (operator === "Equal") errors.push(...check(`${at}.value`, value, isLabelValue));
    if (effect !== "" && !EFFECTS.includes(effect)) errors.push(notSupported(`${at}.effect`, effect, EFFECTS));
    return errors;
  });

export const validateTaints = (taints: readonly DeviceTaint[] | undefined, path: string): FieldError[] =>
  validateSlice(taints, TAINTS_MAX, path, ({ key = "", value = "", effect = "" }, at) => [
    ...check(`${at}.key`, key, isQualifiedName), ...check(`${at}.value`, value, isLabelValue),
    ...(effect === "" ? [required(`${at}.effect`)] : EFFECTS.includes(effect) ? [] : [notSupported(`${at}.effect`, effect, EFFECTS)]),
  ]);

const BINDING_CONDITIONS_MAX = 4;

/** What a driver reports while a device is being made ready for a node, and what tells that it will not be. */
export function validateBindingConditions(conditions: readonly string[] | undefined, failures: readonly string[] | undefined, path: string): FieldError[] {
  const [ready, failed] = [conditions ?? [], failures ?? []];
  const named = (name: string, at: string) => check(at, name, isQualifiedName);
  const errors = [
    ...validateSlice(ready, BINDING_CONDITIONS_MAX, `${path}.bindingConditions`, named),
    ...validateSlice(failed, BINDING_CONDITIONS_MAX, `${path}.bindingFailureConditions`, named),
  ];
  ready.forEach((name, i) => { if (ready.indexOf(name) < i) errors.push(duplicate(`${path}.bindingConditions[${i}]`, name)); });
  failed.forEach((name, i) => {
    if (failed.indexOf(name) < i) errors.push(duplicate(`${path}.bindingFailureConditions[${i}]`, name));
    if (ready.includes(name)) errors.push(invalidValue(`${path}.bindingFailureConditions[${i}]`, name, "bindingFailureConditions must not overlap with bindingConditions"));
  });
  if (ready.length === 0 && failed.length > 0) errors.push(invalidValue(`${path}.bindingConditions`, ready, "bindingConditions are required to use bindingFailureConditions"));
  if (failed.length === 0 && ready.length > 0) errors.push(invalidValue(`${path}.bindingFailureConditions`, failed, "bindingFailureConditions are required to use bindingConditions"));
  return errors;
}
