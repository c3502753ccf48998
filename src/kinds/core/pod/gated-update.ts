import { type FieldError, invalidValue } from "../../../lib/field-error.ts";
import { sameValue } from "../../field-checks.ts";
import type { NodeAffinity, NodeSelectorTerm, PodSpec } from "../../types/core-v1.generated.ts";

/** As long as a pod waits at a gate, where it may run may still be narrowed (KEP-3838). Gives back what else changed. */
export function validateGatedChanges(spec: PodSpec, before: PodSpec): { errors: FieldError[]; munged: PodSpec } {
  const errors = validateNodeSelector(spec.nodeSelector ?? {}, before.nodeSelector ?? {});
  const munged = { ...spec, nodeSelector: before.nodeSelector };
  const [now, then] = [spec.affinity?.nodeAffinity, before.affinity?.nodeAffinity];
  if (!sameValue(now, then)) {
    errors.push(...validateNodeAffinity(now, then));
    munged.affinity = then || Object.keys(spec.affinity ?? {}).some((key) => key !== "nodeAffinity")
      ? { ...spec.affinity, nodeAffinity: then } : before.affinity;
  }
  return { errors, munged };
}

function validateNodeSelector(now: Record<string, string>, then: Record<string, string>): FieldError[] {
  const isKept = Object.entries(then).every(([key, value]) => now[key] === value);
  return isKept ? [] : [invalidValue("spec.nodeSelector", now, "only additions to spec.nodeSelector are allowed (no mutations or deletions)")];
}

const TERMS = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";

function validateNodeAffinity(now: NodeAffinity | undefined, then: NodeAffinity | undefined): FieldError[] {
  const before = then?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const terms = now?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  if (before.length === 0) return [];
  if (before.length !== terms.length) return [invalidValue(TERMS, terms, "no additions/deletions to non-empty NodeSelectorTerms list are allowed")];
  return terms.flatMap((term, i) => (hasOnlyAdditions(term, before[i]!) ? []
    : [invalidValue(`${TERMS}[${i}]`, term, "only additions are allowed (no mutations or deletions)")]));
}

function hasOnlyAdditions(now: NodeSelectorTerm, then: NodeSelectorTerm): boolean {
  const [wasEmpty, isEmpty] = [then, now].map((term) => !term.matchExpressions?.length && !term.matchFields?.length);
  // An empty term matches nothing: to fill it would widen the choice.
  if (wasEmpty) return isEmpty!;
  return (["matchExpressions", "matchFields"] as const).every((field) => {
    const before = then[field] ?? [];
    return sameValue((now[field] ?? []).slice(0, before.length), before);
  });
}
