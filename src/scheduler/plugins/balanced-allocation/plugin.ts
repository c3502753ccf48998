import { SCORE_MAX, type SchedulerPlugin } from "../../plugin.ts";
import { podDemand } from "../../requests.ts";

/** Prefers nodes whose cpu and memory would be used to the same degree: 100 minus the standard deviation of the two. */
export const balancedAllocation: SchedulerPlugin = {
  name: "NodeResourcesBalancedAllocation",
  score: (pod, node) => {
    const { requests } = podDemand(pod);
    const degrees = ["cpu", "memory"].filter((name) => (node.allocatable.get(name) ?? 0) > 0)
      .map((name) => Math.min(1, ((node.requested.get(name) ?? 0) + (requests.get(name) ?? 0)) / node.allocatable.get(name)!));
    // Of two values the standard deviation is half their distance.
    return Math.floor((1 - Math.abs((degrees[0] ?? 0) - (degrees[1] ?? degrees[0] ?? 0)) / 2) * SCORE_MAX);
  },
};
