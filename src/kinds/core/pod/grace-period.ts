import type { Pod } from "../../types/core-v1.generated.ts";
import { isTerminal } from "./readiness.ts";

/** Seconds for which a deleted pod stays for its agent; 0 where no agent has anything to stop. */
export function gracePeriodSeconds(obj: Pod, requested: number | undefined): number {
  if (!obj.spec?.nodeName || isTerminal(obj)) return 0;
  const seconds = requested ?? obj.spec.terminationGracePeriodSeconds ?? 0;
  return seconds < 0 ? 1 : seconds;
}
