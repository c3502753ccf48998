import { type FieldError, invalidValue, required } from "../../../lib/field-error.ts";
import type { Job } from "../../types/batch-v1.generated.ts";
import { labelSelectorOf, matchesLabels } from "../../values/label-selector.ts";

const CONTROLLER_UID = "batch.kubernetes.io/controller-uid";
export const JOB_NAME = "batch.kubernetes.io/job-name";

/** Both as they are called now and as they were before they had a prefix. */
const generatedLabels = ({ metadata }: Job): Record<string, string> => ({
  [CONTROLLER_UID]: metadata.uid!, [JOB_NAME]: metadata.name ?? "", "controller-uid": metadata.uid!, "job-name": metadata.name ?? "",
});

/** A job's pods are found by its uid. What a client has set itself stays, for validation to judge. */
export function generateSelector(obj: Job): void {
  const { template } = obj.spec!;
  template.metadata = { ...template.metadata, labels: { ...generatedLabels(obj), ...template.metadata?.labels } };
  obj.spec!.selector = { ...obj.spec!.selector, matchLabels: { [CONTROLLER_UID]: obj.metadata.uid!, ...obj.spec!.selector?.matchLabels } };
  if (Object.keys(obj.metadata.labels ?? {}).length === 0) obj.metadata.labels = { ...template.metadata.labels };
}

export function validateGeneratedSelector(obj: Job): FieldError[] {
  const { selector, template, manualSelector } = obj.spec!;
  if (manualSelector || !selector) return [];
  const labels = template.metadata?.labels ?? {};
  const expected = generatedLabels(obj);
  const errors = Object.entries(expected).flatMap(([key, value]) => {
    const path = `spec.template.metadata.labels[${key}]`;
    if (labels[key] === undefined) return [required(path, `must be '${value}'`)];
    return labels[key] === value ? [] : [invalidValue(path, labels, `must be '${value}'`)];
  });
  try {
    if (!matchesLabels(labelSelectorOf(selector), expected)) errors.push(invalidValue("spec.selector", selector, "`selector` not auto-generated"));
  } catch { /* The selector's own validation tells. */ }
  return errors;
}
