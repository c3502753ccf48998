import { isActive } from "../../core/pod/readiness.ts";
import type { Job, JobCondition } from "../../types/batch-v1.generated.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { parseTime } from "../../values/time.ts";
import type { Account } from "./account.ts";
import { trueCondition } from "./conditions.ts";
import { parseIndexes } from "./indexes.ts";

export type Finish = Pick<JobCondition, "reason" | "message"> & { type: "Complete" | "Failed" };

/** Whether the job is to end now, whatever still runs. Reasons and messages are upstream's. */
export function findFinish(job: Job, pods: readonly Pod[], sum: Account, nowMs: number): Finish | undefined {
  return earlierFinish(job) ?? findFailure(job, pods, sum, nowMs) ?? matchSuccessPolicy(job, sum);
}

/** Once it is decided nothing changes it; only its pods have to end first. */
function earlierFinish(job: Job): Finish | undefined {
  const failing = trueCondition(job, "FailureTarget");
  if (failing) return { type: "Failed", reason: failing.reason, message: failing.message };
  const succeeding = trueCondition(job, "SuccessCriteriaMet");
  return succeeding && { type: "Complete", reason: succeeding.reason, message: succeeding.message };
}

function findFailure(job: Job, pods: readonly Pod[], sum: Account, nowMs: number): Finish | undefined {
  const failed = (reason: string, message: string): Finish => ({ type: "Failed", reason, message });
  const { backoffLimit = 6, backoffLimitPerIndex, maxFailedIndexes, completions = 0 } = job.spec!;
  if (sum.failJob) return failed("PodFailurePolicy", sum.failJob);
  if (sum.failed > backoffLimit || restartsExceed(job, pods, backoffLimit)) return failed("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  const leftMs = deadlineInMs(job, nowMs);
  if (leftMs !== undefined && leftMs <= 0) return failed("DeadlineExceeded", "Job was active longer than specified deadline");
  if (backoffLimitPerIndex == null) return undefined;
  if (maxFailedIndexes != null && sum.failedIndexes.size > maxFailedIndexes) return failed("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
  const all = sum.failedIndexes.size + sum.succeededIndexes.size >= completions;
  return sum.failedIndexes.size > 0 && all ? failed("FailedIndexes", "Job has failed indexes") : undefined;
}

/** Pods that restart their containers themselves count by these. */
function restartsExceed(job: Job, pods: readonly Pod[], limit: number): boolean {
  if (job.spec?.template.spec?.restartPolicy !== "OnFailure") return false;
  const restarts = pods.filter((pod) => isActive(pod)).flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])])
    .reduce((total, { restartCount }) => total + (restartCount ?? 0), 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

export function deadlineInMs({ spec, status }: Job, nowMs: number): number | undefined {
  if (spec?.activeDeadlineSeconds == null || !status?.startTime || spec.suspend) return undefined;
  return parseTime(status.startTime) + Number(spec.activeDeadlineSeconds) * 1000 - nowMs;
}

function matchSuccessPolicy({ spec }: Job, sum: Account): Finish | undefined {
  for (const [i, { succeededIndexes, succeededCount }] of (spec?.successPolicy?.rules ?? []).entries()) {
    const wanted = succeededIndexes == null ? undefined : parseIndexes(succeededIndexes, spec!.completions);
    const reached = wanted ? [...wanted].filter((index) => sum.succeededIndexes.has(index)).length : sum.succeededIndexes.size;
    if (reached >= (succeededCount ?? wanted!.size)) return { type: "Complete", reason: "SuccessPolicy", message: `Matched rules at index ${i}` };
  }
  return undefined;
}

/** Whether everything that was asked for has been done. */
export function isComplete({ spec }: Job, sum: Account, active: number): boolean {
  return active === 0 && (spec?.completions == null ? sum.succeeded > 0 : sum.succeeded >= spec.completions);
}
