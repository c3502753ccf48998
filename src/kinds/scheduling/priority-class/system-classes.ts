import type { PriorityClass } from "../../types/scheduling-v1.generated.ts";

const systemClass = (name: string, value: number, description: string): PriorityClass =>
  ({ apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name }, value, description, preemptionPolicy: "PreemptLowerPriority" });

/** What every cluster has from its start, and nobody may change or delete. */
export const systemPriorityClasses: readonly PriorityClass[] = [
  systemClass("system-cluster-critical", 2_000_000_000, "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary."),
  systemClass("system-node-critical", 2_000_001_000, "Used for system critical pods that must not be moved from their current node."),
];
