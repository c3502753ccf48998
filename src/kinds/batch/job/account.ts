import type { Job } from "../../types/batch-v1.generated.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { parseIndexes } from "./indexes.ts";
import { judgeFailure } from "./pod-failure-policy.ts";
import { failuresBefore, indexOf, isFailed, isIndexed, isTracked } from "./pods.ts";

/** What a job has come to: its status so far, and the ends of pods that have not been counted yet. */
export interface Account {
  succeeded: number;
  failed: number;
  succeededIndexes: Set<number>;
  failedIndexes: Set<number>;
  /** Pods whose end is counted here, to be let go. */
  counted: Pod[];
  /** Set where a rule of the failure policy ends the job. */
  failJob?: string;
}

export function account(job: Job, pods: readonly Pod[]): Account {
  const { status = {}, spec } = job;
  const completions = spec?.completions ?? Infinity;
  const sum: Account = {
    succeeded: status.succeeded ?? 0, failed: status.failed ?? 0, counted: [],
    succeededIndexes: parseIndexes(status.completedIndexes, completions), failedIndexes: parseIndexes(status.failedIndexes, completions),
  };
  for (const pod of pods) {
    if (!isTracked(pod)) continue;
    if (pod.status?.phase === "Succeeded") countSuccess(job, pod, sum);
    else if (isFailed(job, pod)) countFailure(job, pod, sum);
    else continue;
    sum.counted.push(pod);
  }
  if (isIndexed(job)) sum.succeeded = sum.succeededIndexes.size;
  return sum;
}

function countSuccess(job: Job, pod: Pod, sum: Account): void {
  const index = indexOf(pod);
  if (!isIndexed(job)) sum.succeeded++;
  else if (index !== undefined && index < job.spec!.completions!) sum.succeededIndexes.add(index);
}

function countFailure(job: Job, pod: Pod, sum: Account): void {
  const index = indexOf(pod);
  if (isIndexed(job) && (index === undefined || index >= job.spec!.completions!)) return;
  const { action, message } = judgeFailure(job, pod);
  if (action === "FailJob") sum.failJob ??= message;
  if (action === "Ignore") return;
  sum.failed++;
  const limit = job.spec?.backoffLimitPerIndex;
  if (limit != null && index !== undefined && (action === "FailIndex" || failuresBefore(pod).counted >= limit)) sum.failedIndexes.add(index);
}
