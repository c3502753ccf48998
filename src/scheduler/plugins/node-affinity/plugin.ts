import { matchesNodeSelector, matchesNodeSelectorTerm } from "../../../kinds/pod-spec/node-selector.ts";
import { scaleScores, type SchedulerPlugin } from "../../plugin.ts";

/** `spec.nodeSelector` and required node affinity refuse; preferred terms add their weights. */
export const nodeAffinity: SchedulerPlugin = {
  name: "NodeAffinity",
  weight: 2,
  filter: (pod, { node }) => {
    const labels = node.metadata.labels ?? {};
    const selected = Object.entries(pod.spec!.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
    const required = pod.spec!.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    return selected && (!required || matchesNodeSelector(required, node)) ? [] : ["node(s) didn't match Pod's node affinity/selector"];
  },
  score: (pod, { node }) => {
    const preferred = pod.spec!.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    return preferred.filter((term) => matchesNodeSelectorTerm(term.preference, node)).reduce((sum, term) => sum + term.weight, 0);
  },
  normalize: (scores) => scaleScores(scores),
};
