import { matchesNodeSelector } from "../../pod-spec/node-selector.ts";
import { toleratesTaint } from "../../pod-spec/tolerations.ts";
import type { DaemonSet } from "../../types/apps-v1.generated.ts";
import type { Node, NodeSelectorTerm, Pod, PodSpec, Toleration } from "../../types/core-v1.generated.ts";

const exists = (name: string, effect: string): Toleration => ({ key: `node.kubernetes.io/${name}`, operator: "Exists", effect });

/** A node's troubles do not drive its daemons away. */
const DAEMON_TOLERATIONS: readonly Toleration[] = [
  exists("not-ready", "NoExecute"), exists("unreachable", "NoExecute"),
  ...["disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"].map((name) => exists(name, "NoSchedule")),
];
const HOST_NETWORK_TOLERATION = exists("network-unavailable", "NoSchedule");

function daemonTolerations(spec: PodSpec): Toleration[] {
  const added = [...DAEMON_TOLERATIONS, ...(spec.hostNetwork ? [HOST_NETWORK_TOLERATION] : [])];
  const same = (a: Toleration, b: Toleration) => a.key === b.key && a.effect === b.effect && a.operator === b.operator && (a.value ?? "") === (b.value ?? "");
  return [...(spec.tolerations ?? []).filter((toleration) => !added.some((other) => same(toleration, other))), ...added];
}

export interface Fitness {
  shouldRun: boolean;
  /** A taint that only keeps new pods off does not drive a running one away. */
  mayStay: boolean;
}

/** Whether a DaemonSet belongs on a node: the scheduler has the last word, but is not asked. */
export function fitnessOf(set: DaemonSet, node: Node): Fitness {
  const spec = set.spec?.template?.spec ?? ({} as PodSpec);
  const named = !spec.nodeName || spec.nodeName === node.metadata.name;
  if (!named || !matchesSelectors(spec, node)) return { shouldRun: false, mayStay: false };
  const tolerations = daemonTolerations(spec);
  const refused = (node.spec?.taints ?? []).filter(({ effect }) => effect === "NoExecute" || effect === "NoSchedule").filter((taint) => !toleratesTaint(tolerations, taint));
  return { shouldRun: refused.length === 0, mayStay: refused.every(({ effect }) => effect !== "NoExecute") };
}

function matchesSelectors(spec: PodSpec, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value) && (!required || matchesNodeSelector(required, node));
}

/** The specification of the pod for a node: the scheduler finds that node alone. */
export function specForNode(spec: PodSpec, nodeName: string): PodSpec {
  const matchFields = [{ key: "metadata.name", operator: "In", values: [nodeName] }];
  const { affinity } = spec;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const terms: NodeSelectorTerm[] = required?.nodeSelectorTerms?.length ? required.nodeSelectorTerms.map((term) => ({ ...term, matchFields })) : [{ matchFields }];
  return {
    ...spec,
    tolerations: daemonTolerations(spec),
    affinity: { ...affinity, nodeAffinity: { ...affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } },
  };
}

/** The node that a pod is on, or waits for. */
export function targetNode({ spec }: Pod): string | undefined {
  if (spec?.nodeName) return spec.nodeName;
  for (const term of spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []) {
    const field = term.matchFields?.find(({ key, operator, values }) => key === "metadata.name" && operator === "In" && values?.length === 1);
    if (field) return field.values![0];
  }
  return undefined;
}
