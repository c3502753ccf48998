import { type FieldError, notSupported, required, tooMany } from "../../lib/field-error.ts";
import type { Container } from "../types/core-v1.generated.ts";

const POLICIES = ["Always", "Never", "OnFailure"];
const ACTIONS = ["Restart", "RestartAllContainers"];
const OPERATORS = ["In", "NotIn"];
const RULES_MAX = 20;
const EXIT_CODES_MAX = 255;

/** A container's own restart policy, with rules by exit code (KEP-5307). */
export function validateRestartRules({ restartPolicy, restartPolicyRules: rules = [] }: Container, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (restartPolicy == null) {
    if (rules.length === 0) return errors;
    errors.push(required(`${path}.restartPolicy`, "must specify restartPolicy when restart rules are used"));
  } else if (!POLICIES.includes(restartPolicy)) errors.push(notSupported(`${path}.restartPolicy`, restartPolicy, POLICIES));
  if (rules.length > RULES_MAX) errors.push(tooMany(`${path}.restartPolicyRules`, rules.length, RULES_MAX));
  rules.forEach(({ action = "", exitCodes }, i) => {
    const at = `${path}.restartPolicyRules[${i}]`;
    if (!ACTIONS.includes(action)) errors.push(notSupported(`${at}.action`, action, ACTIONS));
    if (!exitCodes) return void errors.push(required(`${at}.exitCodes`, "must be specified"));
    const { operator = "", values = [] } = exitCodes;
    if (!OPERATORS.includes(operator)) errors.push(notSupported(`${at}.exitCodes.operator`, operator, OPERATORS));
    if (values.length > EXIT_CODES_MAX) errors.push(tooMany(`${at}.exitCodes.values`, values.length, EXIT_CODES_MAX));
  });
  return errors;
}
