import type { SchedulerPlugin } from "../plugin.ts";
import { balancedAllocation } from "./balanced-allocation/plugin.ts";
import { nodeAffinity } from "./node-affinity/plugin.ts";
import { nodeName } from "./node-name/plugin.ts";
import { nodePorts } from "./node-ports/plugin.ts";
import { nodeResourcesFit } from "./node-resources-fit/plugin.ts";
import { nodeUnschedulable } from "./node-unschedulable/plugin.ts";
import { taintToleration } from "./taint-toleration/plugin.ts";

/** In the order in which they filter: a node is given up at the first that refuses it, and the cheapest come first. */
export const schedulerPlugins: readonly SchedulerPlugin[] = [
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  balancedAllocation,
];
