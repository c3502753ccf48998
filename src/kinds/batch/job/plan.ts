import { deletionOrder } from "../../apps/replica-set/deletion-order.ts";
import { isActive, isTerminal, isTerminating } from "../../core/pod/readiness.ts";
import type { Job } from "../../types/batch-v1.generated.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import type { Account } from "./account.ts";
import { endedMs, failuresBefore, indexOf, isFailed, isIndexed } from "./pods.ts";
import { judgeFailure } from "./pod-failure-policy.ts";

/** What to do about a job that goes on. */
export interface Plan {
  create: ({ number: number; failures?: { counted: number; ignored: number } } | undefined)[];
  /** These do not count as failed. */
  remove: Pod[];
  /** After failures new pods wait. */
  waitMs: number | undefined;
}

const BACKOFF_MS_MIN = 10_000;
const BACKOFF_MS_MAX = 600_000;

export function planPods(job: Job, pods: readonly Pod[], sum: Account, nowMs: number): Plan {
  const active = pods.filter(isActive);
  const plan: Plan = { create: [], remove: [], waitMs: undefined };
  if (job.spec?.suspend) return { ...plan, remove: active };
  const wanted = wantedActive(job, sum, active.length);
  const remove = surplus(job, active, active.length - wanted, nowMs);
  if (remove.length > 0) return { ...plan, remove };
  const held = job.spec?.podReplacementPolicy === "Failed" ? pods.filter((pod) => isTerminating(pod) && !isFailed(job, pod)).length : 0;
  const missing = wanted - active.length - held;
  if (missing <= 0) return plan;
  return isIndexed(job) ? planIndexes(job, pods, sum, missing, nowMs) : planUnindexed(job, pods, missing, nowMs);
}

function wantedActive({ spec }: Job, sum: Account, active: number): number {
  const parallelism = spec?.parallelism ?? 1;
  // A work queue: once one has found it empty no more are needed.
  if (spec?.completions == null) return sum.succeeded > 0 ? active : parallelism;
  return Math.max(0, Math.min(parallelism, spec.completions - sum.succeeded - sum.failedIndexes.size));
}

/** Of an indexed job first those that double another or lie beyond its end. */
function surplus(job: Job, active: readonly Pod[], count: number, nowMs: number): Pod[] {
  if (!isIndexed(job)) return deletionOrder(active, active, nowMs).slice(0, Math.max(0, count));
  const seen = new Set<number>();
  const astray: Pod[] = [];
  const proper: Pod[] = [];
  for (const pod of active) {
    const index = indexOf(pod);
    const fits = index !== undefined && index < job.spec!.completions! && !seen.has(index);
    (fits ? proper : astray).push(pod);
    if (fits) seen.add(index);
  }
  return [...astray, ...deletionOrder(proper, proper, nowMs).slice(0, Math.max(0, count - astray.length))];
}

function planUnindexed(job: Job, pods: readonly Pod[], missing: number, nowMs: number): Plan {
  const waitMs = backoffInMs(job, pods, nowMs);
  return { create: waitMs > 0 ? [] : Array.from({ length: missing }, () => undefined), remove: [], waitMs: waitMs > 0 ? waitMs : undefined };
}

/** The lowest indexes that are neither done, given up, nor taken. With a limit per index each waits by itself. */
function planIndexes(job: Job, pods: readonly Pod[], sum: Account, missing: number, nowMs: number): Plan {
  const perIndex = job.spec?.backoffLimitPerIndex != null;
  const waitAllMs = perIndex ? 0 : backoffInMs(job, pods, nowMs);
  if (waitAllMs > 0) return { create: [], remove: [], waitMs: waitAllMs };
  const blocks = (pod: Pod) => isActive(pod) || (isTerminating(pod) && !isFailed(job, pod));
  const taken = new Set(pods.filter(blocks).map(indexOf));
  const byIndex = perIndex ? Map.groupBy(pods.filter((pod) => !blocks(pod)), (pod) => indexOf(pod) ?? -1) : undefined;
  const plan: Plan = { create: [], remove: [], waitMs: undefined };
  for (let number = 0; number < job.spec!.completions! && plan.create.length < missing; number++) {
    if (taken.has(number) || sum.succeededIndexes.has(number) || sum.failedIndexes.has(number)) continue;
    const before = byIndex?.get(number) ?? [];
    const waitMs = perIndex ? backoffInMs(job, before, nowMs) : 0;
    if (waitMs > 0) plan.waitMs = Math.min(plan.waitMs ?? waitMs, waitMs);
    else plan.create.push({ number, ...(perIndex && { failures: failuresOf(job, before) }) });
  }
  return plan;
}

/** Each pod of an index carries on from the one before it. */
function failuresOf(job: Job, before: readonly Pod[]): { counted: number; ignored: number } {
  let most = { counted: 0, ignored: 0 };
  for (const pod of before) {
    const { counted, ignored } = failuresBefore(pod);
    const isIgnored = judgeFailure(job, pod).action === "Ignore";
    const after = { counted: counted + (isIgnored ? 0 : 1), ignored: ignored + (isIgnored ? 1 : 0) };
    if (after.counted + after.ignored > most.counted + most.ignored) most = after;
  }
  return most;
}

/** Ten seconds after the first failure in a row, twice as long after each further one. */
function backoffInMs(job: Job, pods: readonly Pod[], nowMs: number): number {
  const ends = pods.filter((pod) => isTerminal(pod) || isFailed(job, pod)).map((pod) => ({ atMs: endedMs(pod), failed: pod.status?.phase !== "Succeeded" })).sort((a, b) => b.atMs - a.atMs);
  const failures = ends.findIndex(({ failed }) => !failed);
  const inARow = failures < 0 ? ends.length : failures;
  if (inARow === 0) return 0;
  const delayMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(inARow - 1, 20));
  return Math.max(0, ends[0]!.atMs + delayMs - nowMs);
}
