import { type FieldError, invalidValue } from "../../../lib/field-error.ts";
import { immutable, sameValue } from "../../field-checks.ts";
import type { Job, JobSpec } from "../../types/batch-v1.generated.ts";
import type { Container, PodTemplateSpec } from "../../types/core-v1.generated.ts";
import { trueCondition } from "./conditions.ts";

const FIXED = ["selector", "completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"] as const;

export function validateJobUpdate(obj: Job, old: Job): FieldError[] {
  const [spec, before] = [obj.spec!, old.spec!];
  return [
    ...validateCompletions(spec, before),
    ...FIXED.flatMap((field) => immutable(`spec.${field}`, spec[field], before[field])),
    ...validateTemplate(obj, old),
  ];
}

/** An indexed job may grow and shrink as a whole. */
function validateCompletions(spec: JobSpec, before: JobSpec): FieldError[] {
  if (spec.completionMode !== "Indexed") return immutable("spec.completions", spec.completions, before.completions);
  if (spec.completions === before.completions || spec.completions == null) return [];
  return spec.completions === spec.parallelism ? [] : [invalidValue("spec.completions", spec.completions, "can only be modified in tandem with spec.parallelism")];
}

/** While no pod of it runs, a queue may still say where its pods are to go and what they get. */
function validateTemplate(obj: Job, old: Job): FieldError[] {
  const [now, before] = [obj.spec!.template, old.spec!.template];
  const idle = old.spec!.suspend && (!old.status?.startTime || (trueCondition(old, "Suspended") && !old.status.active));
  return immutable("spec.template", idle ? withPlacementOf(now, before) : now, before);
}

function withPlacementOf(template: PodTemplateSpec, before: PodTemplateSpec): PodTemplateSpec {
  const { nodeSelector, tolerations, schedulingGates, affinity } = before.spec!;
  const nodeAffinity = affinity?.nodeAffinity;
  const { nodeAffinity: _, ...otherAffinity } = template.spec?.affinity ?? {};
  return {
    ...template,
    metadata: { ...template.metadata, labels: before.metadata?.labels, annotations: before.metadata?.annotations },
    spec: {
      ...template.spec!, nodeSelector, tolerations, schedulingGates, affinity: { ...otherAffinity, ...(nodeAffinity && { nodeAffinity }) },
      containers: withResourcesOf(template.spec?.containers ?? [], before.spec!.containers),
      ...(template.spec?.initContainers && { initContainers: withResourcesOf(template.spec.initContainers, before.spec!.initContainers ?? []) }),
    },
  };
}

const withResourcesOf = (containers: readonly Container[], before: readonly Container[]): Container[] =>
  containers.map((container, i) => (sameValue(container.name, before[i]?.name) ? { ...container, resources: before[i]!.resources } : container));
