import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../../lib/field-error.ts";
import { check, sameValue } from "../../field-checks.ts";
import type { StatefulSet, StatefulSetSpec } from "../../types/apps-v1.generated.ts";
import type { PodTemplateSpec } from "../../types/core-v1.generated.ts";
import { isDns1123Label } from "../../values/names.ts";
import { amountOf, validateAtMostAll, validateCountOrPercent } from "../count-or-percent.ts";
import { validateCounts, validateNotNegative, validateSelectorAndTemplate } from "../workload-template.ts";
import { withClaimVolumes } from "./claims.ts";

const POLICIES = ["Delete", "Retain"];

export function validateStatefulSet(obj: StatefulSet, isNew: boolean): FieldError[] {
  const spec = obj.spec ?? ({} as StatefulSetSpec);
  const template: PodTemplateSpec = { ...spec.template, spec: withClaimVolumes(spec.template?.spec ?? { containers: [] }, spec.volumeClaimTemplates ?? [], (name) => name) };
  const { whenDeleted = "", whenScaled = "" } = spec.persistentVolumeClaimRetentionPolicy ?? {};
  return [
    ...validateManagement(spec),
    ...validateUpdateStrategy(spec),
    ...(POLICIES.includes(whenDeleted) ? [] : [notSupported("spec.persistentVolumeClaimRetentionPolicy.whenDeleted", whenDeleted, POLICIES)]),
    ...(POLICIES.includes(whenScaled) ? [] : [notSupported("spec.persistentVolumeClaimRetentionPolicy.whenScaled", whenScaled, POLICIES)]),
    ...validateNotNegative(spec, "spec", ["replicas", "minReadySeconds", "revisionHistoryLimit"]),
    ...validateNotNegative(spec.ordinals ?? {}, "spec.ordinals", ["start"]),
    ...(isNew && spec.serviceName ? check("spec.serviceName", spec.serviceName, isDns1123Label) : []),
    ...(spec.volumeClaimTemplates ?? []).flatMap((claim, i) => check(`spec.volumeClaimTemplates[${i}].metadata.name`, claim.metadata?.name ?? "", isDns1123Label)),
    ...validateSelectorAndTemplate({ selector: spec.selector, template }, "statefulset"),
  ];
}

function validateManagement({ podManagementPolicy: policy }: StatefulSetSpec): FieldError[] {
  if (!policy) return [required("spec.podManagementPolicy")];
  return ["OrderedReady", "Parallel"].includes(policy) ? [] : [invalidValue("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'")];
}

function validateUpdateStrategy({ updateStrategy = {} }: StatefulSetSpec): FieldError[] {
  const path = "spec.updateStrategy";
  const { type, rollingUpdate } = updateStrategy;
  switch (type) {
    case undefined:
    case "": return [required(path)];
    case "OnDelete": return rollingUpdate ? [invalidValue(`${path}.rollingUpdate`, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")] : [];
    case "RollingUpdate": {
      const maxUnavailable = rollingUpdate?.maxUnavailable;
      const at = `${path}.rollingUpdate.maxUnavailable`;
      return [
        ...validateNotNegative(rollingUpdate ?? {}, `${path}.rollingUpdate`, ["partition"]),
        ...(maxUnavailable == null ? [] : [...validateCountOrPercent(maxUnavailable, at), ...(amountOf(maxUnavailable) === 0 ? [invalidValue(at, maxUnavailable, "cannot be 0")] : []), ...validateAtMostAll(maxUnavailable, at)]),
      ];
    }
    default: return [invalidValue(path, updateStrategy, "must be 'RollingUpdate' or 'OnDelete'")];
  }
}

const CHANGEABLE = ["replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy", "minReadySeconds"] as const;

export function validateStatefulSetUpdate(obj: StatefulSet, old: StatefulSet): FieldError[] {
  const fixed = ({ spec }: StatefulSet) => Object.fromEntries(Object.entries(spec ?? {}).filter(([field]) => !(CHANGEABLE as readonly string[]).includes(field)));
  return sameValue(fixed(obj), fixed(old)) ? [] : [forbiddenField("spec", "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden")];
}

export function validateStatefulSetStatus({ status = { replicas: 0 } }: StatefulSet, old: StatefulSet): FieldError[] {
  const errors = [
    ...validateNotNegative(status, "status", ["replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas", "observedGeneration", "collisionCount"]),
    ...validateCounts(status, { currentReplicas: status.currentReplicas, updatedReplicas: status.updatedReplicas }),
  ];
  if ((status.collisionCount ?? 0) < (old.status?.collisionCount ?? 0)) errors.push(invalidValue("status.collisionCount", status.collisionCount ?? 0, "cannot be decremented"));
  return errors;
}
