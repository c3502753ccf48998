import type { Reader } from "../kinds/transaction.ts";
import type { Pod } from "../kinds/types/core-v1.generated.ts";
import type { CycleState, NodeInfo, SchedulerPlugin } from "./plugin.ts";

export type Decision = { node: string } | { unschedulable: string };

/**
 * Where a pod should run. Pure: the same state and the same `random` give the same answer. `random` in [0, 1) picks
 * among equally good nodes.
 */
export function decide(pod: Pod, nodes: readonly NodeInfo[], plugins: readonly SchedulerPlugin[], reader: Reader, random: () => number): Decision {
  if (nodes.length === 0) return { unschedulable: "no nodes available to schedule pods" };
  const cycle: CycleState = new Map();
  for (const plugin of plugins) {
    const reason = plugin.preFilter?.(pod, cycle, reader);
    if (reason) return { unschedulable: `0/${nodes.length} nodes are available: ${reason}.` };
  }
  const refusals = new Map<string, number>();
  const feasible = nodes.filter((node) => fits(pod, node, plugins, cycle, refusals));
  if (feasible.length === 0) return { unschedulable: refusalText(nodes.length, refusals) };
  if (feasible.length === 1) return { node: feasible[0]!.node.metadata.name! };
  return { node: best(pod, feasible, plugins, cycle, reader, random).node.metadata.name! };
}

function fits(pod: Pod, node: NodeInfo, plugins: readonly SchedulerPlugin[], cycle: CycleState, refusals: Map<string, number>): boolean {
  for (const plugin of plugins) {
    const reasons = plugin.filter?.(pod, node, cycle) ?? [];
    for (const reason of reasons) refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
    if (reasons.length > 0) return false;
  }
  return true;
}

function best(pod: Pod, nodes: readonly NodeInfo[], plugins: readonly SchedulerPlugin[], cycle: CycleState, reader: Reader, random: () => number): NodeInfo {
  const totals = nodes.map(() => 0);
  for (const plugin of plugins) {
    if (!plugin.score) continue;
    plugin.preScore?.(pod, nodes, cycle, reader);
    const scores = nodes.map((node) => plugin.score!(pod, node, cycle));
    (plugin.normalize?.(scores) ?? scores).forEach((score, i) => { totals[i]! += score * (plugin.weight ?? 1); });
  }
  const highest = Math.max(...totals);
  const ties = nodes.filter((_, i) => totals[i] === highest);
  return ties[Math.floor(random() * ties.length)]!;
}

/** Upstream's FitError text: the reasons with their counts, sorted as text. */
function refusalText(nodes: number, refusals: ReadonlyMap<string, number>): string {
  const reasons = [...refusals].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodes} nodes are available: ${reasons.join(", ")}.`;
}
