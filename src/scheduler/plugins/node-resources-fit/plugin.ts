import { SCORE_MAX, type NodeInfo, type SchedulerPlugin } from "../../plugin.ts";
import { podDemand } from "../../requests.ts";

/** Refuses where requests exceed what is left; prefers the node with the larger share of cpu and memory left (LeastAllocated). */
export const nodeResourcesFit: SchedulerPlugin = {
  name: "NodeResourcesFit",
  filter: (pod, node) => [...podDemand(pod).requests].filter(([name, amount]) => amount > 0 && amount > free(node, name)).map(([name]) => (name === "pods" ? "Too many pods" : `Insufficient ${name}`)),
  score: (pod, node) => {
    const shares = ["cpu", "memory"].map((name) => leftShare(node, name, podDemand(pod).scored.get(name) ?? 0)).filter((share) => share !== undefined);
    return shares.length === 0 ? 0 : Math.floor(shares.reduce((sum, share) => sum + share, 0) / shares.length);
  },
};

const free = (node: NodeInfo, name: string): number => (node.allocatable.get(name) ?? 0) - (node.requested.get(name) ?? 0);

function leftShare(node: NodeInfo, name: string, wanted: number): number | undefined {
  const capacity = node.allocatable.get(name) ?? 0;
  if (capacity === 0) return undefined;
  const used = (node.scored.get(name) ?? 0) + wanted;
  return used > capacity ? 0 : Math.floor(((capacity - used) * SCORE_MAX) / capacity);
}
