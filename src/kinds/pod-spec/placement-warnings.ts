/** What is accepted of a pod's placement and surely not meant; texts are upstream's. */
import type { NodeSelectorTerm, PodSpec } from "../types/core-v1.generated.ts";
import { isLabelValue } from "../values/names.ts";

/** Labels of nodes that nobody should select by any more. */
export const OLD_LABELS: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  "app.kubernetes.io/created-by": "deprecated since v1.9",
  "scheduler.alpha.kubernetes.io/preferAvoidPods": "deprecated since v1.22; use Taints and Tolerations instead",
  "node-role.kubernetes.io/master": 'use "node-role.kubernetes.io/control-plane" instead',
};

const NO_SELECTOR = "a null labelSelector results in matching no pod";

export function placementWarnings(spec: PodSpec, path: string): string[] {
  const warnings = Object.keys(spec.nodeSelector ?? {}).filter((key) => OLD_LABELS[key]).map((key) => `${path}.nodeSelector[${key}]: ${OLD_LABELS[key]}`);
  const node = spec.affinity?.nodeAffinity;
  const at = `${path}.affinity.nodeAffinity`;
  node?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms?.forEach((term, i) => warnings.push(...termWarnings(term, `${at}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${i}]`, false)));
  node?.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ preference }, i) => warnings.push(...termWarnings(preference, `${at}.preferredDuringSchedulingIgnoredDuringExecution[${i}].preference`, true)));
  spec.topologySpreadConstraints?.forEach(({ topologyKey, labelSelector }, i) => {
    const at = `${path}.topologySpreadConstraints[${i}]`;
    if (OLD_LABELS[topologyKey]) warnings.push(`${at}.topologyKey: ${topologyKey} is ${OLD_LABELS[topologyKey]}`);
    if (!labelSelector) warnings.push(`${at}.labelSelector: ${NO_SELECTOR}`);
  });
  for (const field of ["podAffinity", "podAntiAffinity"] as const) {
    const at = `${path}.affinity.${field}`;
    spec.affinity?.[field]?.requiredDuringSchedulingIgnoredDuringExecution?.forEach((term, i) => {
      if (!term.labelSelector) warnings.push(`${at}.requiredDuringSchedulingIgnoredDuringExecution[${i}].labelSelector: ${NO_SELECTOR}`);
    });
    spec.affinity?.[field]?.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ podAffinityTerm }, i) => {
      if (!podAffinityTerm?.labelSelector) warnings.push(`${at}.preferredDuringSchedulingIgnoredDuringExecution[${i}].podAffinityTerm.labelSelector: ${NO_SELECTOR}`);
    });
  }
  return warnings;
}

/** `checksValues`: where wrong values are no error. */
export function termWarnings({ matchExpressions = [] }: NodeSelectorTerm, path: string, checksValues: boolean): string[] {
  return matchExpressions.flatMap(({ key, values = [] }, i) => [
    ...(OLD_LABELS[key] ? [`${path}.matchExpressions[${i}].key: ${key} is ${OLD_LABELS[key]}`] : []),
    ...(checksValues ? values.flatMap((value, j) => isLabelValue(value).map((text) => `${path}.matchExpressions[${i}].values[${j}]: ${value} is invalid, ${text}`)) : []),
  ]);
}
