import { itself, splitKey, type Controller } from "../../../controllers/controller.ts";
import { controllerOf, controllerReference } from "../../../controllers/ownership.ts";
import { ApiError } from "../../../lib/errors.ts";
import { isNamespaceTerminating } from "../../apps/namespace-terminating.ts";
import type { Change } from "../../kind.ts";
import type { Transaction } from "../../transaction.ts";
import type { CronJob, CronJobStatus, Job } from "../../types/batch-v1.generated.ts";
import { formatTime, parseTime } from "../../values/time.ts";
import { finishOf } from "../job/conditions.ts";
import { job as jobKind } from "../job/kind.ts";
import { findDue, MISSED_MAX } from "./due.ts";
import { cronJob as cronJobKind } from "./kind.ts";
import { parseSchedule, type Schedule } from "./schedule.ts";
import { formatInZone, isTimeZone } from "./time-zone.ts";

const SOURCE = "cronjob-controller";
const SCHEDULED_AT = "batch.kubernetes.io/cronjob-scheduled-timestamp";
const REFUSED_RETRY_MS = 5_000;

/** Makes a CronJob's Jobs when they are due, and keeps its books of them. It sleeps until the next time comes. */
export const cronJobController: Controller = {
  name: SOURCE,
  watches: [itself(cronJobKind), { kind: jobKind, keys: ownerKeys }],
  reconcile(tx, key) {
    const { namespace, name } = splitKey(key);
    const cron = tx.get(cronJobKind, namespace, name);
    if (!cron) return;
    const books = new Books(tx, cron);
    books.close();
    const waitMs = cron.metadata.deletionTimestamp || cron.spec.suspend ? undefined : new Turn(tx, cron, books).take();
    tx.update(cronJobKind, namespace, name, (draft) => { draft.status = books.status; }, { subresource: "status" });
    books.forget();
    if (waitMs !== undefined) return { requeueAfterMs: waitMs };
  },
};

type Recorder = (type: "Normal" | "Warning", reason: string, message: string) => void;
const recorder = (tx: Transaction, cron: CronJob): Recorder => (type, reason, message) => tx.event(cron, { type, reason, message, source: SOURCE });

/** Which of its jobs run, and when one last succeeded. */
class Books {
  readonly #tx: Transaction;
  readonly #cron: CronJob;
  readonly #tell: Recorder;
  readonly #jobs: Job[];
  status: CronJobStatus;

  constructor(tx: Transaction, cron: CronJob) {
    this.#tx = tx;
    this.#cron = cron;
    this.#tell = recorder(tx, cron);
    this.#jobs = tx.ownedBy(cron.metadata.uid!, jobKind).filter((job) => controllerOf(job)?.uid === cron.metadata.uid);
    this.status = { ...cron.status };
  }

  /** Strikes out what has ended or is gone. */
  close(): void {
    const known = new Map(this.#jobs.map((job) => [job.metadata.uid, job]));
    const active = (this.status.active ?? []).filter((reference) => {
      const job = known.get(reference.uid);
      if (!job) this.#tell("Normal", "MissingJob", `Active job went missing: ${reference.name}`);
      const end = job && finishOf(job);
      if (end) this.#tell("Normal", "SawCompletedJob", `Saw completed job: ${reference.name}, condition: ${end.type}`);
      return job && !end;
    });
    for (const job of this.#jobs) {
      if (!finishOf(job) && !active.some(({ uid }) => uid === job.metadata.uid) && !job.metadata.deletionTimestamp) this.#tell("Warning", "UnexpectedJob", `Saw a job that the controller did not create or forgot: ${job.metadata.name}`);
    }
    this.#setActive(active);
    const ends = this.#jobs.flatMap((job) => (finishOf(job)?.type === "Complete" && job.status?.completionTime ? [job.status.completionTime] : []));
    const latest = [...ends, ...(this.status.lastSuccessfulTime ? [this.status.lastSuccessfulTime] : [])].sort().at(-1);
    if (latest) this.status = { ...this.status, lastSuccessfulTime: latest };
  }

  get active(): NonNullable<CronJobStatus["active"]> { return this.status.active ?? []; }

  add(job: Job, atMs: number): void {
    const { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } } = job;
    this.#setActive([...this.active, { apiVersion, kind, name, namespace, uid, resourceVersion }]);
    this.status = { ...this.status, lastScheduleTime: formatTime(atMs) };
  }

  /** Stops all that run. */
  replace(): void {
    for (const reference of this.active) {
      const job = this.#jobs.find(({ metadata }) => metadata.uid === reference.uid);
      if (job) this.#delete(job);
    }
    this.#setActive([]);
  }

  /** Deletes the oldest of those that have ended, beyond the limits. */
  forget(): void {
    const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = this.#cron.spec;
    for (const [type, limit] of [["Complete", successfulJobsHistoryLimit], ["Failed", failedJobsHistoryLimit]] as const) {
      const ended = this.#jobs.filter((job) => finishOf(job)?.type === type && !job.metadata.deletionTimestamp).sort(byStart);
      if (limit != null) for (const job of ended.slice(0, Math.max(0, ended.length - limit))) this.#delete(job);
    }
  }

  #setActive(active: NonNullable<CronJobStatus["active"]>): void {
    const { active: _, ...rest } = this.status;
    this.status = active.length > 0 ? { active, ...rest } : rest;
  }

  #delete({ metadata }: Job): void {
    this.#tx.delete(jobKind, metadata.namespace, metadata.name!, { preconditions: { uid: metadata.uid }, propagationPolicy: "Background" });
    this.#tell("Normal", "SuccessfulDelete", `Deleted job ${metadata.name}`);
  }
}

/** Undefined start times last, then by name. */
function byStart(a: Job, b: Job): number {
  const [left, right] = [a.status?.startTime ?? "~", b.status?.startTime ?? "~"];
  return left === right ? (a.metadata.name! < b.metadata.name! ? -1 : 1) : left < right ? -1 : 1;
}

class Turn {
  readonly #tx: Transaction;
  readonly #cron: CronJob;
  readonly #books: Books;
  readonly #tell: Recorder;

  constructor(tx: Transaction, cron: CronJob, books: Books) {
    this.#tx = tx;
    this.#cron = cron;
    this.#books = books;
    this.#tell = recorder(tx, cron);
  }

  /** Returns when the next one is. */
  take(): number | undefined {
    const { spec } = this.#cron;
    const zone = spec.timeZone ?? "UTC";
    if (!isTimeZone(zone)) return void this.#tell("Warning", "UnknownTimeZone", `invalid timeZone: ${JSON.stringify(spec.timeZone)}: unknown time zone ${zone}`);
    let schedule: Schedule;
    try {
      schedule = parseSchedule(spec.schedule);
    } catch (error) {
      return void this.#tell("Warning", "UnparseableCronJobSchedule", `unparseable schedule: ${JSON.stringify(spec.schedule)} : ${(error as Error).message}`);
    }
    const { atMs, missed, nextMs } = findDue(this.#cron, schedule, zone, this.#tx.nowMs);
    if (missed > MISSED_MAX) this.#tell("Warning", "TooManyMissedTimes", `too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew`);
    const refused = atMs !== undefined && this.#start(atMs, zone) === "refused";
    if (refused) return REFUSED_RETRY_MS;
    return nextMs === undefined ? undefined : Math.max(1, nextMs - this.#tx.nowMs);
  }

  #start(atMs: number, zone: string): "refused" | void {
    const { startingDeadlineSeconds, concurrencyPolicy } = this.#cron.spec;
    if (this.#cron.status?.lastScheduleTime && parseTime(this.#cron.status.lastScheduleTime) === Math.floor(atMs / 1000) * 1000) return;
    if (startingDeadlineSeconds != null && atMs + Number(startingDeadlineSeconds) * 1000 < this.#tx.nowMs) {
      return this.#tell("Warning", "MissSchedule", `Missed scheduled time to start a job: ${formatTime(atMs)}`);
    }
    if (concurrencyPolicy === "Forbid" && this.#books.active.length > 0) {
      return this.#tell("Normal", "JobAlreadyActive", "Not starting job because prior execution is running and concurrency policy is Forbid");
    }
    if (concurrencyPolicy === "Replace") this.#books.replace();
    return this.#create(atMs, zone);
  }

  #create(atMs: number, zone: string): "refused" | void {
    const planned = newJob(this.#cron, atMs, zone);
    const there = this.#tx.get(jobKind, planned.metadata.namespace, planned.metadata.name!);
    if (there && controllerOf(there)?.uid === this.#cron.metadata.uid) return;
    try {
      const made = this.#tx.create(jobKind, planned);
      this.#tell("Normal", "SuccessfulCreate", `Created job ${made.metadata.name}`);
      this.#books.add(made, atMs);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (isNamespaceTerminating(error)) return;
      this.#tell("Warning", "FailedCreate", `Error creating job: ${error.message}`);
      return "refused";
    }
  }
}

/** Named by its minute, so that none is made twice. */
function newJob(cron: CronJob, atMs: number, zone: string): Job {
  const { metadata, spec } = cron.spec.jobTemplate;
  return {
    apiVersion: "batch/v1", kind: "Job",
    metadata: {
      name: `${cron.metadata.name}-${Math.floor(atMs / 60_000)}`, namespace: cron.metadata.namespace,
      labels: { ...metadata?.labels }, annotations: { ...metadata?.annotations, [SCHEDULED_AT]: formatInZone(atMs, zone) },
      ownerReferences: [controllerReference(cronJobKind, cron)],
    },
    spec: structuredClone(spec),
  } as Job;
}

function* ownerKeys({ object, previous }: Change<Job>): Iterable<string> {
  for (const owner of new Set([controllerOf(object), previous && controllerOf(previous)])) {
    if (owner?.kind === cronJobKind.kind) yield `${object.metadata.namespace}/${owner.name}`;
  }
}
