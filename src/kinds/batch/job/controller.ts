import { itself, objectKey, splitKey, type Controller } from "../../../controllers/controller.ts";
import { claim, controllerOf } from "../../../controllers/ownership.ts";
import { Pace } from "../../../controllers/pace.ts";
import { ApiError } from "../../../lib/errors.ts";
import { isNamespaceTerminating } from "../../apps/namespace-terminating.ts";
import { podKeys } from "../../apps/pod-keys.ts";
import { pod as podKind } from "../../core/pod/kind.ts";
import { isActive, isReady, isTerminal, isTerminating } from "../../core/pod/readiness.ts";
import type { Transaction } from "../../transaction.ts";
import type { Job, JobStatus } from "../../types/batch-v1.generated.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { selectorFromLabels } from "../../values/label-selector.ts";
import { formatTime, parseTime } from "../../values/time.ts";
import { account, type Account } from "./account.ts";
import { finishOf, trueCondition, withCondition } from "./conditions.ts";
import { deadlineInMs, findFinish, isComplete, type Finish } from "./finish.ts";
import { JOB_NAME } from "./generated-selector.ts";
import { formatIndexes } from "./indexes.ts";
import { job as jobKind } from "./kind.ts";
import { planPods } from "./plan.ts";
import { isIndexed, isTracked, newPod, release, TRACKING } from "./pods.ts";

const SOURCE = "job-controller";
const MANAGED_HERE = "kubernetes.io/job-controller";
const REFUSED_RETRY_MS = 5_000;
/** A burst is cut into rounds. */
const ACTIONS_PER_ROUND = 50;
const pace = new Pace({ restful: 100, msPerObject: 0.5 });

/**
 * Runs a Job's pods to their end. A pod's end is counted and the pod let go of (its tracking finalizer) in one
 * transaction, so that nothing is counted twice or missed, and `uncountedTerminatedPods` stays empty.
 */
export const jobController: Controller = {
  name: SOURCE,
  watches: [
    itself(jobKind),
    { kind: podKind, keys: podKeys(jobKind, (job) => job.spec?.selector, ({ metadata, status }) => [metadata.finalizers, status?.phase, status?.containerStatuses?.map((c) => c.restartCount)]) },
  ],
  reconcile(tx, key) {
    const { namespace, name } = splitKey(key);
    const job = tx.get(jobKind, namespace, name);
    const restMs = job ? pace.restMs(tx, key) : 0;
    if (restMs > 0) return { requeueAfterMs: restMs };
    releaseStrays(tx, namespace!, name, job);
    if (!job || (job.spec?.managedBy && job.spec.managedBy !== MANAGED_HERE)) return;
    const waits = finishOf(job) ? afterwards(tx, job) : new Run(tx, job).reconcile();
    const soonest = waits.filter((wait) => wait !== undefined);
    if (!soonest.includes(0)) pace.looked(tx, key, (job.status?.active ?? 0) + (job.spec?.parallelism ?? 0));
    if (soonest.length > 0) return { requeueAfterMs: Math.min(...soonest) };
  },
};

/** Pods that no job counts any more: let go of by theirs, or left behind by one that is gone. */
function releaseStrays(tx: Transaction, namespace: string, name: string, job: Job | undefined): void {
  for (const pod of tx.list(podKind, { namespace, labels: selectorFromLabels({ [JOB_NAME]: name }) })) {
    const owner = controllerOf(pod);
    const isOurs = job && (owner?.uid === job.metadata.uid || !owner);
    if (!isOurs && isTracked(pod) && (!owner || owner.kind === jobKind.kind)) letGo(tx, pod);
  }
}

function letGo(tx: Transaction, pod: Pod): void {
  tx.update(podKind, pod.metadata.namespace, pod.metadata.name!, release);
}

function podsOf(tx: Transaction, job: Job): Pod[] {
  const before = tx.ownedBy(job.metadata.uid!, podKind).filter((pod) => controllerOf(pod)?.uid === job.metadata.uid);
  const pods = claim(tx, { kind: jobKind, object: job, selector: job.spec?.selector }, podKind);
  const names = new Set(pods.map(objectKey));
  for (const pod of before) if (!names.has(objectKey(pod)) && isTracked(pod)) letGo(tx, pod);
  const known = new Set(before.map(objectKey));
  return pods.map((pod) => (known.has(objectKey(pod)) || isTracked(pod) || isTerminal(pod) || job.metadata.deletionTimestamp ? pod
    : tx.update(podKind, pod.metadata.namespace, pod.metadata.name!, (draft) => { draft.metadata.finalizers = [...(draft.metadata.finalizers ?? []), TRACKING]; })!));
}

/** A finished job is deleted some time later where it asks for that. */
function afterwards(tx: Transaction, job: Job): (number | undefined)[] {
  for (const pod of podsOf(tx, job)) if (isTracked(pod)) letGo(tx, pod);
  const ttl = job.spec?.ttlSecondsAfterFinished;
  if (ttl == null || job.metadata.deletionTimestamp) return [];
  const leftMs = parseTime(finishOf(job)!.lastTransitionTime!) + ttl * 1000 - tx.nowMs;
  if (leftMs > 0) return [leftMs];
  tx.delete(jobKind, job.metadata.namespace, job.metadata.name!, { preconditions: { uid: job.metadata.uid }, propagationPolicy: "Foreground" });
  return [];
}

class Run {
  readonly #tx: Transaction;
  readonly #job: Job;
  #moreWork = false;
  #refused = false;

  constructor(tx: Transaction, job: Job) {
    this.#tx = tx;
    const starts = !job.status?.startTime && !job.spec?.suspend;
    this.#job = starts ? { ...job, status: { ...job.status, startTime: formatTime(tx.nowMs) } } : job;
  }

  reconcile(): (number | undefined)[] {
    const pods = podsOf(this.#tx, this.#job);
    const sum = account(this.#job, pods);
    const leaving = this.#job.metadata.deletionTimestamp !== undefined;
    let finish = findFinish(this.#job, pods, sum, this.#tx.nowMs);
    let waitMs: number | undefined;
    if (finish) this.#end(finish, pods, sum);
    else if (!leaving) waitMs = this.#act(pods, sum);
    // What is going away counts no more, but is held no longer either.
    for (const pod of leaving ? pods.filter(isTracked) : sum.counted) letGo(this.#tx, pod);
    const left = this.#tx.ownedBy(this.#job.metadata.uid!, podKind);
    if (!finish && isComplete(this.#job, sum, left.filter(isActive).length)) finish = { type: "Complete", reason: "CompletionsReached", message: "Reached expected number of succeeded pods" };
    const status = this.#status(sum, left, finish);
    this.#tx.update(jobKind, this.#job.metadata.namespace, this.#job.metadata.name!, (draft) => { draft.status = status; }, { subresource: "status" });
    const done = finishOf({ ...this.#job, status });
    if (done) this.#tellEnd(done.type, done.reason, done.message);
    const ttl = done && this.#job.spec?.ttlSecondsAfterFinished;
    return [this.#moreWork ? 0 : undefined, this.#refused ? REFUSED_RETRY_MS : undefined, waitMs, finish ? undefined : deadlineInMs(this.#job, this.#tx.nowMs), ttl == null ? undefined : ttl * 1000];
  }

  /** Whatever still runs is stopped. Of a failed job it counts as failed. */
  #end(finish: Finish, pods: readonly Pod[], sum: Account): void {
    const running = pods.filter((pod) => isTracked(pod) && !sum.counted.includes(pod));
    for (const pod of pods) if (isActive(pod)) this.#remove(pod);
    if (finish.type === "Failed") sum.failed += running.length;
    sum.counted.push(...running);
  }

  #act(pods: readonly Pod[], sum: Account): number | undefined {
    const plan = planPods(this.#job, pods, sum, this.#tx.nowMs);
    for (const pod of plan.remove.slice(0, ACTIONS_PER_ROUND)) {
      if (isTracked(pod)) letGo(this.#tx, pod);
      this.#remove(pod);
    }
    for (const index of plan.create.slice(0, ACTIONS_PER_ROUND)) if (!this.#create(index)) break;
    this.#moreWork = !this.#refused && Math.max(plan.create.length, plan.remove.length) > ACTIONS_PER_ROUND;
    return plan.waitMs;
  }

  #create(index: Parameters<typeof newPod>[1]): boolean {
    try {
      const made = this.#tx.create(podKind, newPod(this.#job, index));
      this.#event("Normal", "SuccessfulCreate", `Created pod: ${made.metadata.name}`);
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (isNamespaceTerminating(error)) return false;
      this.#event("Warning", "FailedCreate", `Error creating: ${error.message}`);
      this.#refused = true;
      return false;
    }
  }

  #remove(pod: Pod): void {
    this.#tx.delete(podKind, pod.metadata.namespace, pod.metadata.name!, { preconditions: { uid: pod.metadata.uid } });
    this.#event("Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
  }

  #status(sum: Account, pods: readonly Pod[], finish: Finish | undefined): JobStatus {
    const { spec, status } = this.#job;
    const active = pods.filter(isActive);
    const terminating = pods.filter(isTerminating).length;
    const nonZero = { active: active.length, succeeded: sum.succeeded, failed: sum.failed };
    const conditions = this.#conditions(finish, active.length + terminating === 0);
    return {
      ...(conditions.length > 0 && { conditions }),
      ...(status?.startTime && !(spec?.suspend && !finish) && { startTime: status.startTime }),
      ...(conditions.some(({ type, status: state }) => type === "Complete" && state === "True") && { completionTime: formatTime(this.#tx.nowMs) }),
      ...Object.fromEntries(Object.entries(nonZero).filter(([, count]) => count > 0)),
      terminating,
      ...(isIndexed(this.#job) && sum.succeededIndexes.size > 0 && { completedIndexes: formatIndexes(sum.succeededIndexes) }),
      ...(spec?.backoffLimitPerIndex != null && { failedIndexes: formatIndexes(sum.failedIndexes) }),
      uncountedTerminatedPods: {},
      ready: active.filter(isReady).length,
    };
  }

  /** The end is announced as soon as it is decided, and holds once no pod is left. */
  #conditions(finish: Finish | undefined, isOver: boolean): NonNullable<JobStatus["conditions"]> {
    let conditions = this.#job.status?.conditions ?? [];
    if (!finish) return this.#suspension(conditions);
    const { reason, message } = finish;
    conditions = withCondition(conditions, { type: finish.type === "Failed" ? "FailureTarget" : "SuccessCriteriaMet", status: "True", reason, message }, this.#tx.nowMs);
    return isOver ? withCondition(conditions, { type: finish.type, status: "True", reason, message }, this.#tx.nowMs) : [...conditions];
  }

  #suspension(conditions: NonNullable<JobStatus["conditions"]>): NonNullable<JobStatus["conditions"]> {
    const was = trueCondition(this.#job, "Suspended") !== undefined;
    const is = this.#job.spec?.suspend === true;
    if (was === is || this.#job.metadata.deletionTimestamp) return [...conditions];
    this.#event("Normal", is ? "Suspended" : "Resumed", is ? "Job suspended" : "Job resumed");
    return withCondition(conditions, { type: "Suspended", status: is ? "True" : "False", reason: is ? "JobSuspended" : "JobResumed", message: is ? "Job suspended" : "Job resumed" }, this.#tx.nowMs);
  }

  #tellEnd(type: string, reason = "", message = ""): void {
    if (type === "Complete") this.#event("Normal", "Completed", "Job completed");
    else this.#event("Warning", reason, message);
  }

  #event(type: "Normal" | "Warning", reason: string, message: string): void {
    this.#tx.event(this.#job, { type, reason, message, source: SOURCE });
  }
}
