import { deepEqual } from "../../../lib/deep-equal.ts";
import { forbiddenField, invalidValue, notSupported, required, type FieldError } from "../../../lib/field-error.ts";
import { defaultPriorityLevels, EXEMPT, isMandatory } from "../default-configuration.ts";
import type { LimitedPriorityLevelConfiguration, LimitResponse, PriorityLevelConfiguration, QueuingConfiguration } from "../../types/flowcontrol-v1.generated.ts";

const QUEUES_MAX = 10_000_000;
/** Of the hash that deals the queues (shuffle sharding). */
const HASH_BITS = 60;

export function validatePriorityLevel(obj: PriorityLevelConfiguration): FieldError[] {
  return [...validateType(obj), ...validateMandatory(obj)];
}

function validateMandatory({ metadata: { name = "" }, spec }: PriorityLevelConfiguration): FieldError[] {
  const fixed = isMandatory(name) ? defaultPriorityLevels.find((level) => level.metadata.name === name)?.spec : undefined;
  if (!fixed) return [];
  const free = name === EXEMPT && spec?.exempt !== undefined; // its shares are the administrator's
  if (deepEqual(free ? { ...fixed, exempt: spec.exempt } : fixed, spec)) return [];
  return [invalidValue("spec", spec, `spec of '${name}' ${name === EXEMPT ? "except the 'spec.exempt' field " : ""}must equal the fixed value`)];
}

function validateType({ metadata, spec }: PriorityLevelConfiguration): FieldError[] {
  const type = spec?.type ?? "";
  const errors = (metadata.name === EXEMPT) !== (type === "Exempt") ? [invalidValue("spec.type", type, "must be 'Exempt' if and only if `name` is 'exempt'")] : [];
  switch (type) {
    case "Exempt":
      if (spec?.limited) errors.push(forbiddenField("spec.limited", "must be nil if the type is not Limited"));
      return [...errors, ...(spec?.exempt ? validateShares(spec.exempt, "spec.exempt") : [])];
    case "Limited":
      if (spec?.exempt) errors.push(forbiddenField("spec.exempt", "must be nil if the type is Limited"));
      return [...errors, ...(spec?.limited ? validateLimited(spec.limited, "spec.limited") : [required("spec.limited", "must not be empty when type is Limited")])];
    default: return [...errors, notSupported("spec.type", type, ["Exempt", "Limited"])];
  }
}

function validateShares({ nominalConcurrencyShares: shares, lendablePercent: lendable }: { nominalConcurrencyShares?: number; lendablePercent?: number }, path: string): FieldError[] {
  return [
    ...(shares !== undefined && shares < 0 ? [invalidValue(`${path}.nominalConcurrencyShares`, shares, "must be a non-negative integer")] : []),
    ...(lendable !== undefined && (lendable < 0 || lendable > 100) ? [invalidValue(`${path}.lendablePercent`, lendable, "must be between 0 and 100, inclusive")] : []),
  ];
}

function validateLimited(limited: LimitedPriorityLevelConfiguration, path: string): FieldError[] {
  const borrowing = limited.borrowingLimitPercent;
  return [
    ...validateShares(limited, path),
    ...validateResponse(limited.limitResponse ?? { type: "" }, `${path}.limitResponse`),
    ...(borrowing !== undefined && borrowing < 0 ? [invalidValue(`${path}.borrowingLimitPercent`, borrowing, "if specified, must be a non-negative integer")] : []),
  ];
}

function validateResponse({ type = "", queuing }: LimitResponse, path: string): FieldError[] {
  switch (type) {
    case "Reject": return queuing ? [forbiddenField(`${path}.queuing`, "must be nil if limited.limitResponse.type is not Limited")] : [];
    case "Queue": return queuing ? validateQueuing(queuing, `${path}.queuing`) : [required(`${path}.queuing`, "must not be empty if limited.limitResponse.type is Limited")];
    default: return [notSupported(`${path}.type`, type, ["Queue", "Reject"])];
  }
}

function validateQueuing({ queues = 0, handSize = 0, queueLengthLimit = 0 }: QueuingConfiguration, path: string): FieldError[] {
  const errors = queueLengthLimit <= 0 ? [invalidValue(`${path}.queueLengthLimit`, queueLengthLimit, "must be positive")] : [];
  if (queues <= 0) errors.push(invalidValue(`${path}.queues`, queues, "must be positive"));
  else if (queues > QUEUES_MAX) errors.push(invalidValue(`${path}.queues`, queues, `must not be greater than ${QUEUES_MAX}`));
  if (handSize <= 0) errors.push(invalidValue(`${path}.handSize`, handSize, "must be positive"));
  else if (handSize > queues) errors.push(invalidValue(`${path}.handSize`, handSize, `should not be greater than queues (${queues})`));
  else if (Math.ceil(Math.log2(queues) * handSize) > HASH_BITS) {
    errors.push(invalidValue(`${path}.handSize`, handSize, `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${HASH_BITS}`));
  }
  return errors;
}
