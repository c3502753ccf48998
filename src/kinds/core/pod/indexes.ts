import { orphanIndex } from "../../orphan-index.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { isTerminal } from "./readiness.ts";

/** Finds the pods for which the scheduler found no place; the only value is "true". */
export const UNSCHEDULABLE_INDEX = "unschedulable";

export const indexes: Readonly<Record<string, (pod: Pod) => string | undefined>> = {
  ...orphanIndex,
  [UNSCHEDULABLE_INDEX]: (pod) => {
    const refused = pod.status?.conditions?.some((condition) => condition.type === "PodScheduled" && condition.status === "False");
    return refused && !isTerminal(pod) && !pod.spec?.nodeName ? "true" : undefined;
  },
};
