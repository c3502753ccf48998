import { orphanIndex } from "../../orphan-index.ts";
import type { Pod } from "../../types/core-v1.generated.ts";

/** Finds the pods for which the scheduler found no place; the only value is "true". */
export const UNSCHEDULABLE_INDEX = "unschedulable";

export const indexes: Readonly<Record<string, (pod: Pod) => string | undefined>> = {
  ...orphanIndex,
  [UNSCHEDULABLE_INDEX]: (pod) => {
    const over = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
    const refused = pod.status?.conditions?.some((condition) => condition.type === "PodScheduled" && condition.status === "False");
    return refused && !over && !pod.spec?.nodeName ? "true" : undefined;
  },
};
