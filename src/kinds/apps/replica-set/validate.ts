import type { FieldError } from "../../../lib/field-error.ts";
import { immutable } from "../../field-checks.ts";
import type { ReplicaSet, ReplicaSetSpec } from "../../types/apps-v1.generated.ts";
import { validateCounts, validateNotNegative, validateSelectorAndTemplate } from "../workload-template.ts";

export function validateReplicaSet(obj: ReplicaSet): FieldError[] {
  const spec = obj.spec ?? ({} as ReplicaSetSpec);
  return [...validateNotNegative(spec, "spec", ["replicas", "minReadySeconds"]), ...validateSelectorAndTemplate(spec)];
}

export const validateReplicaSetUpdate = (obj: ReplicaSet, old: ReplicaSet): FieldError[] =>
  immutable("spec.selector", obj.spec?.selector, old.spec?.selector);

export function validateReplicaSetStatus({ status = { replicas: 0 } }: ReplicaSet): FieldError[] {
  return [
    ...validateNotNegative(status, "status", [
      "replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration", "terminatingReplicas",
    ]),
    ...validateCounts(status, { fullyLabeledReplicas: status.fullyLabeledReplicas }),
  ];
}
