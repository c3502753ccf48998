import { toleratesTaint } from "../../../kinds/pod-spec/tolerations.ts";
import type { SchedulerPlugin } from "../../plugin.ts";

const UNSCHEDULABLE = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

/** Cordoned nodes take only pods that tolerate the taint that goes with it. */
export const nodeUnschedulable: SchedulerPlugin = {
  name: "NodeUnschedulable",
  filter: (pod, { node }) => (node.spec?.unschedulable && !toleratesTaint(pod.spec!.tolerations, UNSCHEDULABLE) ? ["node(s) were unschedulable"] : []),
};
