import type { SqlStore } from "./sql-store.ts";
import type { StoreTransaction } from "./store.ts";

/**
 * Group commit: each commit costs an fsync, so writes that arrive together run in one storage transaction, each in a
 * savepoint of its own. No answer leaves before that transaction is committed. Work that the writes cause is drained in
 * the same transaction for a short slice; while more of it is due, further turns are taken, in between those of requests.
 */
export interface GroupCommitOptions {
  store: SqlStore;
  /** Lets what has arrived meanwhile be heard: `scheduler.wait(0)`. */
  pause(ms?: number): Promise<void>;
  /** In the transaction, after the writes: reconciles for a slice and stores what remains. */
  drain(tx: StoreTransaction): void;
  hasDueWork(): boolean;
  /** After the commit and before the answers; must not throw. */
  committed(): void;
  /** The transaction as a whole failed: what memory holds must be read again. */
  failed(error: unknown): void;
}

interface Job { run(tx: StoreTransaction): unknown; settle(outcome: Outcome): void }
type Outcome = { value: unknown } | { error: unknown };

const JOBS_PER_TURN = 64;
/** Where the storage refuses, due work would otherwise be tried again without end. */
const FAILURE_PAUSE_MS = 1_000;

export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #jobs: Job[] = [];
  #turning = false;
  #stopped: Error | undefined;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Runs with others in the next turn. Rejects with what `run` throws; nothing of it is written then. */
  submit<R>(run: (tx: StoreTransaction) => R extends PromiseLike<unknown> ? never : R): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      if (this.#stopped) return reject(this.#stopped);
      this.#jobs.push({ run, settle: (outcome) => ("error" in outcome ? reject(outcome.error) : resolve(outcome.value as R)) });
      this.wake();
    });
  }

  /** Runs at once, in a transaction of its own. For set-up and tests. */
  runNow<R>(run: (tx: StoreTransaction) => R extends PromiseLike<unknown> ? never : R): R {
    let outcome: Outcome | undefined;
    this.#turn([{ run, settle: (result) => { outcome = result; } }]);
    if ("error" in outcome!) throw outcome.error;
    return outcome!.value as R;
  }

  /** Nothing more is written, whatever is due: the storage is about to be another's. What waits is refused with `reason`. */
  stop(reason: Error): void {
    this.#stopped = reason;
    for (const job of this.#jobs.splice(0)) job.settle({ error: reason });
  }

  /** Takes turns until neither requests nor due work are left. */
  wake(): void {
    if (this.#turning || this.#stopped) return;
    this.#turning = true;
    void this.#turns();
  }

  async #turns(): Promise<void> {
    try {
      while (!this.#stopped && (this.#jobs.length > 0 || this.#options.hasDueWork())) {
        await this.#options.pause();
        if (this.#stopped) break;
        if (!this.#turn(this.#jobs.splice(0, JOBS_PER_TURN))) await this.#options.pause(FAILURE_PAUSE_MS);
      }
    } finally {
      this.#turning = false;
    }
  }

  /** False if the whole transaction failed. */
  #turn(jobs: Job[]): boolean {
    const { store, drain, committed, failed } = this.#options;
    let outcomes: Outcome[] = [];
    try {
      store.transact((tx) => {
        outcomes = jobs.map((job) => attempt(store, tx, job));
        drain(tx);
      });
    } catch (error) {
      failed(error);
      for (const job of jobs) job.settle({ error });
      return false;
    }
    committed();
    jobs.forEach((job, i) => job.settle(outcomes[i]!));
    return true;
  }
}

function attempt(store: SqlStore, tx: StoreTransaction, job: Job): Outcome {
  try {
    return { value: store.savepoint((() => job.run(tx)) as () => never) };
  } catch (error) {
    return { error };
  }
}
