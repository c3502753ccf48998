import type { Registry } from "../api/registry.ts";
import { TerminalError, type Controller, type Watch } from "../controllers/controller.ts";
import { resourceKey, type Change, type ClusterFacts, type Kind } from "../kinds/kind.ts";
import type { Transaction } from "../kinds/transaction.ts";
import { Suspended } from "../lib/outbound.ts";
import type { Log } from "./log.ts";
import { SUSPENDED_MS_MAX, type Replays } from "./replays.ts";
import type { Participant, SqlStore } from "./sql-store.ts";
import type { StoreTransaction } from "./store.ts";
import type { QueueEntry, WorkQueue } from "./work-queue.ts";

/**
 * Runs controllers: finds which keys a change wakes, and reconciles due keys, each in a savepoint, for a short slice of a
 * transaction. A slice ends by time, and also by number of keys and of writes, because the platform's clock stands still
 * while code runs. Failures come back with back-off; a TerminalError does not.
 */
export interface ReconcilerOptions {
  store: SqlStore;
  queue: WorkQueue;
  controllers: readonly Controller[];
  registry(): Registry;
  facts: ClusterFacts;
  replays: Replays;
  nowMs(): number;
  log: Log;
}

/** What does not fit costs two rows a key; a request waits that much longer at worst. */
const SLICE_MS = 8;
const SLICE_KEYS = 32;
const SLICE_WRITES = 100;

export class Reconciler implements Participant {
  readonly #options: ReconcilerOptions;
  readonly #byName: ReadonlyMap<string, Controller>;
  /** Since this object woke. */
  readonly counts = new Map<string, { runs: number; failures: number }>();
  readonly #watches = new Map<string, { controller: Controller; watch: Watch }[]>();

  /** What controllers that keep notes were told of in this transaction. */
  #told: { controller: Controller; change: Change }[] = [];

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#byName = new Map(options.controllers.map((controller) => [controller.name, controller]));
    for (const controller of options.controllers) {
      for (const watch of controller.watches) {
        const address = watch.kind === "*" ? "*" : resourceKey(watch.kind);
        this.#watches.set(address, [...(this.#watches.get(address) ?? []), { controller, watch }]);
      }
    }
  }

  /** RegistryHost.onChange. */
  wake(change: Change, kind: Kind, tx: Transaction): void {
    for (const address of [resourceKey(kind), "*"]) {
      for (const { controller, watch } of this.#watches.get(address) ?? []) this.#wakeOne(controller, watch, change, tx);
    }
  }

  begin(): void { this.#told = []; }
  mark(): number { return this.#told.length; }
  rollback(mark: number): void {
    if (this.#told.length === mark) return;
    const { registry, store } = this.#options;
    for (const [controller, told] of Map.groupBy(this.#told.splice(mark), (one) => one.controller)) {
      controller.undone!(told.map(({ change }) => change), registry().transaction(store.transaction));
    }
  }

  drain(tx: StoreTransaction): void {
    const { queue, store, nowMs } = this.#options;
    const endMs = nowMs() + SLICE_MS;
    const writesMax = store.changes.length + SLICE_WRITES;
    for (let keys = 0; keys < SLICE_KEYS && nowMs() < endMs && store.changes.length < writesMax; keys++) {
      const entry = queue.take();
      if (!entry) break;
      this.#reconcile(tx, entry);
    }
    queue.flush();
  }

  #wakeOne(controller: Controller, watch: Watch, change: Change, tx: Transaction): void {
    if (controller.undone) this.#told.push({ controller, change });
    try {
      for (const key of watch.keys(change, tx)) this.#options.queue.enqueue(controller.name, key);
    } catch (error) {
      this.#options.log("error", "finding the keys that a change wakes failed", { controller: controller.name, error });
    }
  }

  #count(name: string): { runs: number; failures: number } {
    let counts = this.counts.get(name);
    if (!counts) this.counts.set(name, (counts = { runs: 0, failures: 0 }));
    return counts;
  }

  #reconcile(tx: StoreTransaction, entry: QueueEntry): void {
    const { store, queue, registry, facts, replays, nowMs, log } = this.#options;
    const controller = this.#byName.get(entry.controller);
    const waitMs = replays.waitMs(entry.controller, entry.key);
    if (waitMs !== undefined) return queue.defer(entry, nowMs() + waitMs);
    if (!controller) return log("warn", "a key was queued for a controller that does not exist", { ...entry });
    const counts = this.#count(controller.name);
    counts.runs++;
    try {
      const result = store.savepoint((() => replays.reconcile(entry.controller, entry.key, () => controller.reconcile(registry().transaction(tx), entry.key, facts))) as () => never) as ReturnType<Controller["reconcile"]>;
      if (result === "retry") queue.retry(entry);
      // 0 is the next round of a burst: due at once, behind what is waiting already.
      else if (result) queue.enqueue(entry.controller, entry.key, result.requeueAfterMs > 0 ? nowMs() + Math.max(1, result.requeueAfterMs) : 0);
    } catch (error) {
      // Due again when the answers are in; later by itself, should they be lost.
      if (error instanceof Suspended) return queue.defer(entry, nowMs() + SUSPENDED_MS_MAX);
      if (error instanceof TerminalError) return log("error", "reconcile gave up", { controller: entry.controller, key: entry.key, error });
      counts.failures++;
      const delayMs = queue.retry(entry);
      log("warn", "reconcile failed and will be tried again", { controller: entry.controller, key: entry.key, attempts: entry.attempts + 1, delayMs, error });
    }
  }
}
