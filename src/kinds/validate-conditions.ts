import { duplicate, type FieldError, invalidValue, notSupported, required, tooLong } from "../lib/field-error.ts";
import { check } from "./field-checks.ts";
import { isQualifiedName, patternText } from "./values/names.ts";

/** metav1.Condition, in the kinds whose status is held to its form. */
interface Condition { type?: string; status?: string; observedGeneration?: number; lastTransitionTime?: string; reason?: string; message?: string }

const STATUSES = ["False", "True", "Unknown"];
const REASON = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?";
const REASON_WHOLE = new RegExp(`^${REASON}$`);
const REASON_TEXT = patternText(
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
  REASON, "my_name", "MY_NAME", "MyName", "ReasonA,ReasonB", "ReasonA:ReasonB",
);
const REASON_LENGTH_MAX = 1024;
const MESSAGE_LENGTH_MAX = 32 * 1024;

export function validateConditions(conditions: readonly Condition[] | undefined, path: string): FieldError[] {
  const all = conditions ?? [];
  return all.flatMap((condition, i) => [
    ...(all.findIndex(({ type }) => type === condition.type) < i ? [duplicate(`${path}[${i}].type`, condition.type)] : []),
    ...validateCondition(condition, `${path}[${i}]`),
  ]);
}

function validateCondition({ type = "", status = "", observedGeneration = 0, lastTransitionTime, reason = "", message = "" }: Condition, path: string): FieldError[] {
  const errors = check(`${path}.type`, type, isQualifiedName);
  if (!STATUSES.includes(status)) errors.push(notSupported(`${path}.status`, status, STATUSES));
  if (observedGeneration < 0) errors.push(invalidValue(`${path}.observedGeneration`, observedGeneration, "must be greater than or equal to zero"));
  if (!lastTransitionTime) errors.push(required(`${path}.lastTransitionTime`, "must be set"));
  if (reason === "") errors.push(required(`${path}.reason`, "must be set"));
  else if (!REASON_WHOLE.test(reason)) errors.push(invalidValue(`${path}.reason`, reason, REASON_TEXT));
  if (reason.length > REASON_LENGTH_MAX) errors.push(tooLong(`${path}.reason`, REASON_LENGTH_MAX));
  if (message.length > MESSAGE_LENGTH_MAX) errors.push(tooLong(`${path}.message`, MESSAGE_LENGTH_MAX));
  return errors;
}
