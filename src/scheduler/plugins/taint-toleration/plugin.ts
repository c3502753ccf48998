import { toleratesTaint } from "../../../kinds/pod-spec/tolerations.ts";
import { scaleScores, type SchedulerPlugin } from "../../plugin.ts";

/** NoSchedule and NoExecute taints refuse; untolerated PreferNoSchedule taints make a node the less wanted. */
export const taintToleration: SchedulerPlugin = {
  name: "TaintToleration",
  weight: 3,
  filter: (pod, { node }) => {
    const refused = node.spec?.taints?.some((taint) => taint.effect !== "PreferNoSchedule" && !toleratesTaint(pod.spec!.tolerations, taint));
    return refused ? ["node(s) had untolerated taint(s)"] : [];
  },
  score: (pod, { node }) => node.spec?.taints?.filter((taint) => taint.effect === "PreferNoSchedule" && !toleratesTaint(pod.spec!.tolerations, taint)).length ?? 0,
  normalize: (scores) => scaleScores(scores, true),
};
