import type { RowConversion, WatchPlan } from "../api/registry.ts";
import type { ApiRequest } from "../api/request.ts";
import { presentRows } from "./initial-events.ts";
import type { InitialProgress } from "./sockets.ts";
import type { SqlStore } from "./sql-store.ts";
import { concerns, isLive, type Subscriber } from "./subscriber.ts";
import { batch } from "./wanted.ts";

/**
 * Watchers that lag: new ones, slow ones, and those whose events a webhook converts. Each in turn is served a page from
 * history, with pauses in which requests run, until it has had all that was committed and is live. Their number and how far
 * they lag cost no memory.
 */
export interface CatchUpOptions {
  store: SqlStore;
  pause(ms?: number): Promise<void>;
  /** Runs what may have to wait for answers from outside, again and again until none is missing. */
  convert(request: ApiRequest, make: () => void): Promise<void>;
  /** Undefined: the watch has ended, since it would be refused now. */
  planned(subscriber: Subscriber, revision: number): WatchPlan | undefined;
  fail(subscriber: Subscriber, error: unknown): void;
  end(subscriber: Subscriber): void;
}

const PAGE_CHANGES = 500;
const PAGE_BYTES = 512 * 1024;
/** Where a webhook converts them. */
const CONVERTED_CHANGES = 64;
/** A client that has so much to read yet is given no more. */
export const BACKLOG_BYTES_MAX = 1024 * 1024;

export class CatchUp {
  readonly #options: CatchUpOptions;
  readonly #lagging = new Set<Subscriber>();
  #pumping = false;

  constructor(options: CatchUpOptions) { this.#options = options; }

  /** It has a cursor, or its initial events are still to be sent: it gets what follows page by page. */
  lag(subscriber: Subscriber): void {
    save(subscriber);
    this.#lagging.add(subscriber);
    if (this.#pumping) return;
    this.#pumping = true;
    void this.#pump();
  }

  forget(subscriber: Subscriber): void {
    this.#lagging.delete(subscriber);
  }

  /** One page. Either the watcher is live after it, or over, or remembered as lagging. */
  advance(subscriber: Subscriber): void {
    if (subscriber.over || subscriber.converting) return;
    try {
      const plan = this.#options.planned(subscriber, subscriber.initial?.revision ?? subscriber.cursor!);
      if (!plan) return;
      if (plan.conversion && this.#convertFirst(subscriber, plan.conversion, this.#nextRows(subscriber, plan, plan.conversion))) return;
      if (subscriber.initial) this.#sendPresent(subscriber, plan, subscriber.initial);
      if (!subscriber.initial) this.#sendHistory(subscriber, plan);
      subscriber.sink.flush();
    } catch (error) {
      return this.#options.fail(subscriber, error);
    }
    if (!isLive(subscriber)) return this.lag(subscriber);
    if (subscriber.ending) return this.#options.end(subscriber);
    this.#lagging.delete(subscriber);
    save(subscriber);
  }

  /** Each lagging watcher gets a page in turn. */
  async #pump(): Promise<void> {
    for (let idle = false; this.#lagging.size > 0;) {
      await this.#options.pause(idle ? 20 : 0);
      idle = true;
      for (const subscriber of [...this.#lagging]) {
        if (subscriber.sink.backlogBytes() > BACKLOG_BYTES_MAX) continue;
        idle = false;
        this.advance(subscriber);
      }
    }
    this.#pumping = false;
  }

  /** True where a webhook has to be asked first. The watcher waits for it alone; others go on. */
  #convertFirst(subscriber: Subscriber, conversion: RowConversion, rows: Rows): boolean {
    if (!conversion.isMissing(rows)) return false;
    subscriber.converting = true;
    save(subscriber);
    this.#lagging.delete(subscriber);
    const failed = (error: unknown) => { if (!subscriber.over) this.#options.fail(subscriber, error); };
    void this.#options.convert(subscriber.request, () => conversion.make(rows)).catch(failed).then(() => {
      delete subscriber.converting;
      this.advance(subscriber);
    });
    return true;
  }

  /** What the next page of such a watcher shows. */
  #nextRows(subscriber: Subscriber, plan: WatchPlan, conversion: NonNullable<WatchPlan["conversion"]>): Rows {
    const { store } = this.#options;
    if (subscriber.initial) return batch(presentRows(store, plan, subscriber.initial)).rows;
    return [...store.transaction.changesSince(plan.resource, subscriber.cursor!, CONVERTED_CHANGES)].filter((change) => concerns(plan, change)).flatMap((change) => conversion.rowsOf(change));
  }

  #sendPresent(subscriber: Subscriber, plan: WatchPlan, progress: InitialProgress): void {
    let bytes = 0;
    const present = presentRows(this.#options.store, plan, progress);
    const { rows, complete } = plan.conversion ? batch(present) : { rows: present, complete: true };
    for (const row of rows) {
      const text = plan.initialEvent(row);
      if (text !== undefined) subscriber.sink.event(text);
      bytes += text?.length ?? 0;
      progress.after = { namespace: row.namespace, name: row.name };
      if (bytes > PAGE_BYTES) return;
    }
    if (!complete) return;
    if (plan.bookmarkAfterInitial) subscriber.sink.event(plan.bookmark(progress.revision, true));
    subscriber.initial = undefined;
    subscriber.cursor = progress.revision;
  }

  #sendHistory(subscriber: Subscriber, plan: WatchPlan): void {
    let bytes = 0;
    let seen = 0;
    const { store } = this.#options;
    const changes = plan.conversion ? CONVERTED_CHANGES : PAGE_CHANGES;
    for (const change of store.transaction.changesSince(plan.resource, subscriber.cursor!, changes)) {
      // What came while the page was being converted is for the next one.
      if (plan.conversion && concerns(plan, change) && plan.conversion.isMissing(plan.conversion.rowsOf(change))) return;
      seen++;
      subscriber.cursor = change.revision;
      const text = concerns(plan, change) ? plan.select(change) : undefined;
      if (text !== undefined) subscriber.sink.event(text);
      bytes += text?.length ?? 0;
      if (bytes > PAGE_BYTES) return;
    }
    if (seen < changes) subscriber.cursor = undefined;
  }
}

type Rows = Parameters<RowConversion["make"]>[0];

const save = (subscriber: Subscriber): void => subscriber.sink.save(subscriber, subscriber.resource!);
