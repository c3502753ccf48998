import { type FieldError, forbiddenField, invalidValue, required } from "../../../lib/field-error.ts";
import { addLists, compareText, quantityOf } from "../../pod-spec/quantity-checks.ts";
import type { CapacityRequestPolicy, CapacityRequestPolicyRange } from "../../types/resource-v1.generated.ts";
import { validateSet } from "../lists.ts";

const VALUES_MAX = 10;

/** How much of a shared device's capacity may be asked for: one of some amounts, or steps within a range. */
export function validateRequestPolicy(capacity: string, { default: standard, validValues = [], validRange }: CapacityRequestPolicy, path: string): FieldError[] {
  if (validValues.length > 0 && validRange) return [forbiddenField(path, 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time')];
  if (validValues.length > 0) {
    return standard === undefined ? [required(`${path}.default`, "required when validValues is defined")] : validateValues(capacity, standard, validValues, `${path}.validValues`);
  }
  if (!validRange) return [];
  return standard === undefined ? [required(`${path}.default`, "required when validRange is defined")] : validateRange(capacity, standard, validRange, `${path}.validRange`);
}

function validateValues(capacity: string, standard: string, values: readonly string[], path: string): FieldError[] {
  const errors = values.flatMap((value, i) => (i > 0 && compareText(values[i - 1]!, value) > 0 ? [invalidValue(`${path}[${i}]`, value, "values must be sorted in ascending order")] : []));
  errors.push(...validateSet(values, VALUES_MAX, path,
    (value, at) => (compareText(value, capacity) > 0 ? [invalidValue(at, value, `option is larger than capacity value: ${capacity}`)] : []), (value) => String(quantityOf(value).nano / 1_000_000_000n)));
  if (!values.some((value) => compareText(value, standard) === 0)) errors.push(invalidValue(path, standard, "default value is not valid according to the requestPolicy"));
  return errors;
}

function validateRange(capacity: string, standard: string, { min, max, step }: CapacityRequestPolicyRange, path: string): FieldError[] {
  if (min === undefined) return [required(`${path}.min`, "required when validRange is defined")];
  const errors: FieldError[] = [];
  const refuseIf = (wrong: boolean, field: string, value: string, text: string) => { if (wrong) errors.push(invalidValue(`${path}.${field}`, value, text)); };
  refuseIf(compareText(min, capacity) > 0, "min", min, `min is larger than capacity value: ${capacity}`);
  refuseIf(compareText(standard, min) < 0, "default", standard, `default is less than min: ${min}`);
  if (max !== undefined) {
    refuseIf(compareText(min, max) > 0, "max", min, `min is larger than max: ${max}`);
    refuseIf(compareText(max, capacity) > 0, "max", max, `max is larger than capacity value: ${capacity}`);
    refuseIf(compareText(standard, max) > 0, "default", standard, `default is more than max: ${max}`);
  }
  return step === undefined ? errors : errors.concat(validateStep(capacity, [standard, ...(max === undefined ? [] : [max])], min, step, path));
}

function validateStep(capacity: string, values: readonly string[], min: string, step: string, path: string): FieldError[] {
  const [from, by] = [quantityOf(min).nano, quantityOf(step).nano];
  if (by <= 0n) return [invalidValue(`${path}.step`, step, "must be greater than zero")];
  const first = addLists({ amount: min }, { amount: step }).amount!;
  return [
    ...(compareText(first, capacity) > 0 ? [invalidValue(`${path}.step`, step, `one step ${first} is larger than capacity value: ${capacity}`)] : []),
    ...values.filter((value) => (quantityOf(value).nano - from) % by !== 0n).map((value) => invalidValue(`${path}.step`, value, `value is not a multiple of a given step (${step}) from (${min})`)),
  ];
}
