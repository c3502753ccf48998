import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../../lib/field-error.ts";
import { immutable } from "../../field-checks.ts";
import type { Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment } from "../../types/apps-v1.generated.ts";
import { type IntOrString, intValue, percentOf } from "../../values/int-or-string.ts";
import { isPercent } from "../../values/names.ts";
import { validateCounts, validateNotNegative, validateSelectorAndTemplate } from "../workload-template.ts";

export function validateDeployment(obj: Deployment): FieldError[] {
  const spec = obj.spec ?? ({} as DeploymentSpec);
  const { progressDeadlineSeconds: deadline, minReadySeconds = 0 } = spec;
  const errors = [
    ...validateNotNegative(spec, "spec", ["replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"]),
    ...validateSelectorAndTemplate(spec),
    ...validateStrategy(spec.strategy ?? {}, "spec.strategy"),
  ];
  if (deadline != null && deadline <= minReadySeconds) errors.push(invalidValue("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"));
  return errors;
}

export const validateDeploymentUpdate = (obj: Deployment, old: Deployment): FieldError[] =>
  immutable("spec.selector", obj.spec?.selector, old.spec?.selector);

function validateStrategy(strategy: DeploymentStrategy, path: string): FieldError[] {
  switch (strategy.type) {
    case "Recreate":
      return strategy.rollingUpdate ? [forbiddenField(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")] : [];
    case "RollingUpdate":
      return strategy.rollingUpdate ? validateRollingUpdate(strategy.rollingUpdate, `${path}.rollingUpdate`)
        : [required(`${path}.rollingUpdate`, "this should be defaulted and never be nil")];
    default:
      return [notSupported(path, strategy, ["Recreate", "RollingUpdate"])];
  }
}

function validateRollingUpdate({ maxUnavailable = 0, maxSurge = 0 }: RollingUpdateDeployment, path: string): FieldError[] {
  const errors = [...validateCountOrPercent(maxUnavailable, `${path}.maxUnavailable`), ...validateCountOrPercent(maxSurge, `${path}.maxSurge`)];
  if (amount(maxUnavailable) === 0 && amount(maxSurge) === 0) {
    errors.push(invalidValue(`${path}.maxUnavailable`, maxUnavailable, "may not be 0 when `maxSurge` is 0"));
  }
  if ((percentOf(maxUnavailable) ?? 0) > 100) errors.push(invalidValue(`${path}.maxUnavailable`, maxUnavailable, "must not be greater than 100%"));
  return errors;
}

const amount = (value: IntOrString): number => percentOf(value) ?? intValue(value);

function validateCountOrPercent(value: IntOrString, path: string): FieldError[] {
  if (typeof value === "string") return isPercent(value).map((text) => invalidValue(path, value, text));
  return value >= 0 ? [] : [invalidValue(path, value, "must be greater than or equal to 0")];
}

export function validateDeploymentStatus(obj: Deployment, old: Deployment): FieldError[] {
  const status = obj.status ?? {};
  const errors = [
    ...validateNotNegative(status, "status", [
      "observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas",
      "terminatingReplicas", "collisionCount",
    ]),
    ...validateCounts(status, { updatedReplicas: status.updatedReplicas }),
  ];
  if ((status.collisionCount ?? 0) < (old.status?.collisionCount ?? 0)) {
    errors.push(invalidValue("status.collisionCount", status.collisionCount ?? 0, "cannot be decremented"));
  }
  return errors;
}
