import { deepEqual } from "../../../lib/deep-equal.ts";
import { labelSelectorOf, matchesLabels, type LabelSelector } from "../../values/label-selector.ts";
import type { ClusterRole, PolicyRule } from "../types.ts";

/** The rules of an aggregated role: those of all others that one of its selectors selects, in name order, each once. */
export function aggregateRules(role: ClusterRole, all: readonly ClusterRole[]): PolicyRule[] {
  const others = all.filter((other) => other.metadata.name !== role.metadata.name).sort(byName);
  const rules: PolicyRule[] = [];
  for (const selector of selectorsOf(role)) {
    for (const other of others.filter((candidate) => matchesLabels(selector, candidate.metadata.labels))) {
      for (const rule of other.rules ?? []) if (!rules.some((known) => deepEqual(known, rule))) rules.push(rule);
    }
  }
  return rules;
}

export const selects = (role: ClusterRole, other: ClusterRole): boolean =>
  selectorsOf(role).some((selector) => matchesLabels(selector, other.metadata.labels));

const selectorsOf = (role: ClusterRole): LabelSelector[] => (role.aggregationRule?.clusterRoleSelectors ?? []).map(labelSelectorOf);

const byName = (a: ClusterRole, b: ClusterRole): number => (a.metadata.name! < b.metadata.name! ? -1 : 1);
