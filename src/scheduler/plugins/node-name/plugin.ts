import type { SchedulerPlugin } from "../../plugin.ts";

export const nodeName: SchedulerPlugin = {
  name: "NodeName",
  filter: (pod, { node }) => (!pod.spec!.nodeName || pod.spec!.nodeName === node.metadata.name ? [] : ["node(s) didn't match the requested node name"]),
};
