import { type FieldError, invalidValue, notSupported, required } from "../../../lib/field-error.ts";
import { immutable } from "../../field-checks.ts";
import type { DaemonSet, DaemonSetSpec, RollingUpdateDaemonSet } from "../../types/apps-v1.generated.ts";
import { amountOf, validateAtMostAll, validateCountOrPercent } from "../count-or-percent.ts";
import { validateNotNegative, validateSelectorAndTemplate } from "../workload-template.ts";

export function validateDaemonSet(obj: DaemonSet): FieldError[] {
  const spec = obj.spec ?? ({} as DaemonSetSpec);
  return [
    ...validateSelectorAndTemplate(spec, "daemonset"),
    ...validateNotNegative(spec, "spec", ["minReadySeconds", "revisionHistoryLimit"]),
    ...validateUpdateStrategy(spec),
  ];
}

export const validateDaemonSetUpdate = (obj: DaemonSet, old: DaemonSet): FieldError[] => immutable("spec.selector", obj.spec?.selector, old.spec?.selector);

function validateUpdateStrategy({ updateStrategy = {} }: DaemonSetSpec): FieldError[] {
  const path = "spec.updateStrategy";
  switch (updateStrategy.type) {
    case "OnDelete": return [];
    case "RollingUpdate": return updateStrategy.rollingUpdate ? validateRollingUpdate(updateStrategy.rollingUpdate, `${path}.rollingUpdate`) : [required(`${path}.rollingUpdate`)];
    default: return [notSupported(path, updateStrategy, ["RollingUpdate", "OnDelete"])];
  }
}

/** Either a new pod comes first, or the old one goes first. */
function validateRollingUpdate({ maxUnavailable = 0, maxSurge = 0 }: RollingUpdateDaemonSet, path: string): FieldError[] {
  const errors = ([["maxUnavailable", maxUnavailable], ["maxSurge", maxSurge]] as const)
    .flatMap(([field, value]) => [...validateCountOrPercent(value, `${path}.${field}`), ...validateAtMostAll(value, `${path}.${field}`)]);
  const [unavailable, surge] = [amountOf(maxUnavailable) !== 0, amountOf(maxSurge) !== 0];
  if (unavailable && surge) errors.push(invalidValue(`${path}.maxSurge`, maxSurge, "may not be set when maxUnavailable is non-zero"));
  if (!unavailable && !surge) errors.push(required(`${path}.maxUnavailable`, "cannot be 0 when maxSurge is 0"));
  return errors;
}

export function validateDaemonSetStatus({ status }: DaemonSet, old: DaemonSet): FieldError[] {
  if (!status) return [];
  const errors = validateNotNegative(status, "status", [
    "currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady", "observedGeneration", "updatedNumberScheduled",
    "numberAvailable", "numberUnavailable", "collisionCount",
  ]);
  if ((status.collisionCount ?? 0) < (old.status?.collisionCount ?? 0)) errors.push(invalidValue("status.collisionCount", status.collisionCount ?? 0, "cannot be decremented"));
  return errors;
}
