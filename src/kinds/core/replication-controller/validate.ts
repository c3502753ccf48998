import { validateCounts, validateNotNegative } from "../../apps/workload-template.ts";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../../lib/field-error.ts";
import { validatePodTemplate } from "../../pod-spec/validate.ts";
import type { PodTemplateSpec, ReplicationController } from "../../types/core-v1.generated.ts";
import { matchesLabels, selectorFromLabels } from "../../values/label-selector.ts";

export function validateReplicationController({ spec = {} }: ReplicationController): FieldError[] {
  const { selector = {}, template } = spec;
  return [
    ...validateNotNegative(spec, "spec", ["minReadySeconds", "replicas"]),
    ...(Object.keys(selector).length === 0 ? [required("spec.selector")] : []),
    ...(template ? validateTemplate(template, selector) : [required("spec.template")]),
  ];
}

function validateTemplate(template: PodTemplateSpec, selector: Record<string, string>): FieldError[] {
  const labels = template.metadata?.labels;
  const policy = template.spec?.restartPolicy ?? "";
  return [
    ...(matchesLabels(selectorFromLabels(selector), labels) ? [] : [invalidValue("spec.template.metadata.labels", labels ?? null, "`selector` does not match template `labels`")]),
    ...validatePodTemplate(template, "spec.template"),
    ...(policy === "Always" ? [] : [notSupported("spec.template.spec.restartPolicy", policy, ["Always"])]),
    ...(template.spec?.activeDeadlineSeconds == null ? [] : [forbiddenField("spec.template.spec.activeDeadlineSeconds", "activeDeadlineSeconds in ReplicationController is not Supported")]),
  ];
}

export function validateReplicationControllerStatus({ status = { replicas: 0 } }: ReplicationController): FieldError[] {
  return [
    ...validateNotNegative(status, "status", ["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration"]),
    ...validateCounts(status, { fullyLabeledReplicas: status.fullyLabeledReplicas }),
  ];
}
