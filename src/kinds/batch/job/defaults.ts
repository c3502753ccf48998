import { defaultPodTemplate } from "../../pod-spec/defaults.ts";
import type { Job, JobSpec } from "../../types/batch-v1.generated.ts";

const INT32_MAX = 2 ** 31 - 1;

export function defaultJob(obj: Job): void {
  const spec = (obj.spec ??= {} as JobSpec);
  defaultJobSpec(spec);
  spec.completionMode ??= "NonIndexed";
  spec.suspend ??= false;
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : INT32_MAX;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? "Failed" : "TerminatingOrFailed";
  spec.manualSelector ??= false;
  const labels = spec.template.metadata?.labels;
  if (labels && Object.keys(labels).length > 0 && Object.keys(obj.metadata.labels ?? {}).length === 0) obj.metadata.labels = { ...labels };
  obj.status ??= {};
}

/** What a CronJob's template gets too. */
export function defaultJobSpec(spec: JobSpec): void {
  spec.template ??= {};
  defaultPodTemplate(spec.template);
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= "True";
  }
}
