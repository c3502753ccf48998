import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../../lib/field-error.ts";
import { immutable } from "../../field-checks.ts";
import type { Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment } from "../../types/apps-v1.generated.ts";
import { amountOf, validateAtMostAll, validateCountOrPercent } from "../count-or-percent.ts";
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
  if (amountOf(maxUnavailable) === 0 && amountOf(maxSurge) === 0) {
    errors.push(invalidValue(`${path}.maxUnavailable`, maxUnavailable, "may not be 0 when `maxSurge` is 0"));
  }
  return [...errors, ...validateAtMostAll(maxUnavailable, `${path}.maxUnavailable`)];
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
