import type { WriteContext } from "../../kind.ts";
import { restore } from "../../status-subresource.ts";
import type { LabelSelector } from "../../types/meta-v1.generated.ts";
import type { Pod, PodAffinity, PodAffinityTerm, PodSpec } from "../../types/core-v1.generated.ts";
import { setPodCondition } from "./conditions.ts";
import { qosClass } from "./qos.ts";

export function preparePodForCreate(obj: Pod, ctx: WriteContext): void {
  const spec = obj.spec!;
  obj.status = { phase: "Pending", qosClass: qosClass(spec) };
  if (spec.schedulingGates?.length) {
    setPodCondition(obj.status, {
      type: "PodScheduled", observedGeneration: 1, status: "False", reason: "SchedulingGated",
      message: "Scheduling is blocked due to non-empty scheduling gates",
    }, ctx.nowMs);
  }
  mergeLabelKeys(spec, obj.metadata.labels ?? {});
}

export function preparePodForUpdate(obj: Pod, old: Pod): void {
  restore(obj, old, "status");
}

/** matchLabelKeys take the pod's own values at creation and become part of the selectors (KEP-3633, KEP-3243). */
function mergeLabelKeys(spec: PodSpec, labels: Record<string, string>): void {
  for (const affinity of [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity]) {
    for (const term of termsOf(affinity)) {
      if (!term.labelSelector) continue;
      addRequirements(term.labelSelector, term.matchLabelKeys, "In", labels);
      addRequirements(term.labelSelector, term.mismatchLabelKeys, "NotIn", labels);
    }
  }
  for (const constraint of spec.topologySpreadConstraints ?? []) {
    if (constraint.labelSelector) addRequirements(constraint.labelSelector, constraint.matchLabelKeys, "In", labels);
  }
}

function termsOf(affinity: PodAffinity | undefined): PodAffinityTerm[] {
  return [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap((w) => w.podAffinityTerm ?? []),
  ];
}

function addRequirements(selector: LabelSelector, keys: readonly string[] | undefined, operator: "In" | "NotIn", labels: Record<string, string>): void {
  for (const key of keys ?? []) {
    const value = labels[key];
    if (value !== undefined) (selector.matchExpressions ??= []).push({ key, operator, values: [value] });
  }
}
