import type { ApiRequest } from "../api/request.ts";
import type { Registry, RowConversion, WatchPlan } from "../api/registry.ts";
import { expired, type ApiError } from "../lib/errors.ts";
import type { SqlStore } from "./sql-store.ts";
import { rowsByName } from "./rows-by-name.ts";
import { StoreError, type StoredChange } from "./store.ts";
import { batch } from "./wanted.ts";
import { resumedAt, type EventSink, type Subscriber } from "./subscriber.ts";

/**
 * The watch hub: after each commit it gives the changes to the watchers of their resource. A change is encoded once for
 * all watchers that see it alike. Ordered, each event once, nothing left out: a watcher is live only when it has had all
 * that was committed; otherwise it has a cursor and is served from history, page by page, with pauses in which requests
 * run. Below the compaction mark it gets 410 as an ERROR event.
 */
export interface HubOptions {
  store: SqlStore;
  registry(): Registry;
  nowMs(): number;
  pause(ms?: number): Promise<void>;
  apiErrorOf(error: unknown): ApiError;
  /** Runs what may have to wait for answers from outside, again and again until none is missing. */
  convert(request: ApiRequest, make: () => void): Promise<void>;
  /** The resource that means something else after this change: its watchers' plans are made anew, or end. */
  redefined?(change: StoredChange): string | undefined;
  /** Brings back the watchers of a resource whose sockets outlived this object's memory; called once a resource. */
  restore(resource: string): void;
}

const PAGE_CHANGES = 500;
const PAGE_BYTES = 512 * 1024;
/** Where a webhook converts them. */
const CONVERTED_CHANGES = 64;
const BACKLOG_BYTES_MAX = 1024 * 1024;
const BOOKMARK_INTERVAL_MS = 60_000;

export class Hub {
  readonly #options: HubOptions;
  readonly #byResource = new Map<string, Set<Subscriber>>();
  readonly #restored = new Set<string>();
  readonly #lagging = new Set<Subscriber>();
  readonly #timed = new Set<Subscriber>();
  #pumping = false;
  #lastBookmarksMs: number;
  /** The revision that live watchers have seen. */
  #published: number;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#published = options.store.revision;
    this.#lastBookmarksMs = options.nowMs();
  }

  get size(): number {
    let size = 0;
    for (const set of this.#byResource.values()) size += set.size;
    return size;
  }

  /** Events that were sent, by resource. */
  readonly sent = new Map<string, number>();

  watchersOf(resource: string): number {
    return this.#byResource.get(resource)?.size ?? 0;
  }

  /** Of all watches. */
  requests(): ApiRequest[] {
    return Array.from(this.#all(), ({ request }) => request);
  }

  /** Throws ApiError when the watch is refused. `keepsTime`: its timeoutSeconds are for the hub to keep. */
  subscribe(request: ApiRequest, sink: EventSink, options: { keepsTime: boolean }): Subscriber {
    const plan = this.#options.registry().planWatch(this.#options.store.transaction, request);
    const subscriber: Subscriber = { request, sink, plan };
    if (plan.timeoutMs !== undefined && options.keepsTime) subscriber.deadlineMs = this.#options.nowMs() + plan.timeoutMs;
    if (plan.initialEvents) subscriber.initial = { revision: this.#options.store.revision };
    else subscriber.cursor = plan.from;
    this.#add(plan.resource, subscriber);
    return subscriber;
  }

  /** Sends a new watcher its first page; what it gets afterwards follows by itself. */
  start(subscriber: Subscriber): void {
    this.#advance(subscriber);
  }

  /** After a hibernation: with the state that was saved. Live ones had all events of before, since nothing was committed meanwhile. */
  resume(resource: string, subscriber: Subscriber): void {
    this.#add(resource, subscriber);
    if (subscriber.cursor !== undefined || subscriber.initial) this.#lag(subscriber);
  }

  unsubscribe(subscriber: Subscriber): void {
    subscriber.over = true;
    this.#lagging.delete(subscriber);
    this.#timed.delete(subscriber);
    for (const set of this.#byResource.values()) set.delete(subscriber);
  }

  /** After a commit. */
  publish(changes: readonly StoredChange[]): void {
    const before = this.#published;
    this.#published = this.#options.store.revision;
    const touched = new Set<Subscriber>();
    for (const change of changes) {
      this.#ensureRestored(change.resource);
      this.#give(change, before, touched);
      const resource = this.#options.redefined?.(change);
      if (resource !== undefined) this.#redefine(resource, change, changes);
    }
    for (const subscriber of touched) subscriber.sink.flush();
  }

  /** Tells a watcher the present revision, in order with its events. */
  bookmark(subscriber: Subscriber): void {
    if (subscriber.cursor !== undefined || subscriber.initial || !this.#planned(subscriber, this.#published)) return;
    subscriber.sink.event(subscriber.plan!.bookmark(this.#published));
    subscriber.sink.flush();
  }

  /** When awake anyway: the end of watches whose time is over, and bookmarks once a minute. */
  tick(): void {
    const nowMs = this.#options.nowMs();
    for (const subscriber of [...this.#timed]) if (subscriber.deadlineMs! <= nowMs) this.#end(subscriber);
    if (nowMs - this.#lastBookmarksMs < BOOKMARK_INTERVAL_MS) return;
    this.#lastBookmarksMs = nowMs;
    for (const subscriber of this.#all()) if (subscriber.sink.wantsBookmarks && subscriber.plan?.allowBookmarks) this.bookmark(subscriber);
  }

  earliestDeadlineMs(): number | undefined {
    let earliest: number | undefined;
    for (const { deadlineMs } of this.#timed) if (earliest === undefined || deadlineMs! < earliest) earliest = deadlineMs;
    return earliest;
  }

  *#all(): Iterable<Subscriber> {
    for (const set of [...this.#byResource.values()]) yield* [...set];
  }

  #add(resource: string, subscriber: Subscriber): void {
    subscriber.resource = resource;
    let set = this.#byResource.get(resource);
    if (!set) this.#byResource.set(resource, (set = new Set()));
    set.add(subscriber);
    if (subscriber.deadlineMs !== undefined) this.#timed.add(subscriber);
  }

  #ensureRestored(resource: string): void {
    if (this.#restored.has(resource)) return;
    this.#restored.add(resource);
    this.#options.restore(resource);
  }

  /** Watches of a custom resource end with its definition. */
  #redefine(resource: string, { type }: StoredChange, changes: readonly StoredChange[]): void {
    this.#ensureRestored(resource);
    // What is gone by now can be planned no more: its last events are told as it was.
    const isGone = changes.some((change) => change.type === "DELETED" && this.#options.redefined?.(change) === resource);
    for (const subscriber of [...this.#byResource.get(resource) ?? []]) {
      if (type === "DELETED") {
        if (subscriber.cursor === undefined && !subscriber.initial) this.#end(subscriber);
        else subscriber.ending = true;
        continue;
      }
      if (isGone) continue;
      delete subscriber.plan;
      if (subscriber.cursor === undefined && !subscriber.initial) this.#planned(subscriber, this.#published);
    }
  }

  #give(change: StoredChange, before: number, touched: Set<Subscriber>): void {
    const texts = new Map<string, string | undefined>();
    let sent = 0;
    for (const subscriber of this.#byResource.get(change.resource) ?? []) {
      if (subscriber.cursor !== undefined || subscriber.initial) continue; // will find it in history
      if (subscriber.sink.backlogBytes() > BACKLOG_BYTES_MAX) {
        subscriber.cursor = change.revision - 1;
        this.#lag(subscriber);
        continue;
      }
      const plan = this.#planned(subscriber, before);
      if (!plan || !concerns(plan, change)) continue;
      if (plan.conversion?.isMissing(plan.conversion.rowsOf(change))) {
        subscriber.cursor = change.revision - 1;
        this.#lag(subscriber);
        continue;
      }
      touched.add(subscriber);
      this.#giveOne(subscriber, plan, change, texts);
      sent++;
    }
    if (sent > 0) this.sent.set(change.resource, (this.sent.get(change.resource) ?? 0) + sent);
  }

  /** What goes wrong for one watcher ends its watch and touches no other. */
  #giveOne(subscriber: Subscriber, plan: WatchPlan, change: StoredChange, texts: Map<string, string | undefined>): void {
    try {
      const text = encoded(texts, plan, change);
      if (text !== undefined) subscriber.sink.event(text);
    } catch (error) {
      this.#fail(subscriber, error);
    }
  }

  /** The plan, made again where it was lost; ends the watch when it is refused now. */
  #planned(subscriber: Subscriber, revision: number): WatchPlan | undefined {
    if (subscriber.plan) return subscriber.plan;
    try {
      subscriber.plan = this.#options.registry().planWatch(this.#options.store.transaction, resumedAt(subscriber.request, revision));
    } catch (error) {
      this.#fail(subscriber, error);
    }
    return subscriber.plan;
  }

  #lag(subscriber: Subscriber): void {
    subscriber.sink.save(subscriber, subscriber.resource!);
    this.#lagging.add(subscriber);
    if (this.#pumping) return;
    this.#pumping = true;
    void this.#pump();
  }

  /** Each lagging watcher gets a page in turn. */
  async #pump(): Promise<void> {
    for (let idle = false; this.#lagging.size > 0;) {
      await this.#options.pause(idle ? 20 : 0);
      idle = true;
      for (const subscriber of [...this.#lagging]) {
        if (subscriber.sink.backlogBytes() > BACKLOG_BYTES_MAX) continue;
        idle = false;
        this.#advance(subscriber);
      }
    }
    this.#pumping = false;
  }

  /** One page. Either the watcher is live after it, or over, or remembered as lagging. */
  #advance(subscriber: Subscriber): void {
    if (subscriber.over || subscriber.converting) return;
    try {
      const plan = this.#planned(subscriber, subscriber.initial?.revision ?? subscriber.cursor!);
      if (!plan) return;
      if (plan.conversion && this.#convertFirst(subscriber, plan.conversion, this.#nextRows(subscriber, plan, plan.conversion))) return;
      if (subscriber.initial) this.#sendPresent(subscriber, plan, subscriber.initial);
      if (!subscriber.initial) this.#sendHistory(subscriber, plan);
      subscriber.sink.flush();
    } catch (error) {
      return this.#fail(subscriber, error);
    }
    if (subscriber.cursor !== undefined || subscriber.initial) return this.#lag(subscriber);
    if (subscriber.ending) return this.#end(subscriber);
    this.#lagging.delete(subscriber);
    subscriber.sink.save(subscriber, subscriber.resource!);
  }

  /** True where a webhook has to be asked first. The watcher waits for it alone; others go on. */
  #convertFirst(subscriber: Subscriber, conversion: RowConversion, rows: Rows): boolean {
    if (!conversion.isMissing(rows)) return false;
    subscriber.converting = true;
    subscriber.sink.save(subscriber, subscriber.resource!);
    this.#lagging.delete(subscriber);
    const failed = (error: unknown) => { if (!subscriber.over) this.#fail(subscriber, error); };
    void this.#options.convert(subscriber.request, () => conversion.make(rows)).catch(failed).then(() => {
      delete subscriber.converting;
      this.#advance(subscriber);
    });
    return true;
  }

  /** What the next page of such a watcher shows. */
  #nextRows(subscriber: Subscriber, plan: WatchPlan, conversion: NonNullable<WatchPlan["conversion"]>): Rows {
    const { store } = this.#options;
    if (subscriber.initial) return batch(presentRows(store, plan, subscriber.initial)).rows;
    return [...store.transaction.changesSince(plan.resource, subscriber.cursor!, CONVERTED_CHANGES)].filter((change) => concerns(plan, change)).flatMap((change) => conversion.rowsOf(change));
  }

  #sendPresent(subscriber: Subscriber, plan: WatchPlan, progress: { revision: number; after?: { namespace: string; name: string } }): void {
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

  #fail(subscriber: Subscriber, error: unknown): void {
    const tooOld = error instanceof StoreError && error.code === "compacted";
    const { status } = tooOld ? expired("The resourceVersion for the provided watch is too old.") : this.#options.apiErrorOf(error);
    const text = JSON.stringify(status);
    subscriber.sink.event(`{"type":"ERROR","object":${text}}`);
    this.#end(subscriber, text);
  }

  #end(subscriber: Subscriber, status?: string): void {
    subscriber.sink.flush();
    this.unsubscribe(subscriber);
    subscriber.sink.end(status);
  }
}

type Rows = Parameters<RowConversion["make"]>[0];

function concerns(plan: WatchPlan, change: StoredChange): boolean {
  if (plan.namespace !== undefined && plan.namespace !== change.namespace) return false;
  return plan.name === undefined || plan.name === change.name;
}

function encoded(texts: Map<string, string | undefined>, plan: WatchPlan, change: StoredChange): string | undefined {
  if (texts.has(plan.encodingKey)) return texts.get(plan.encodingKey);
  const text = plan.select(change);
  texts.set(plan.encodingKey, text);
  return text;
}

/** Rows of a watch's initial events, from where they stopped. */
export function presentRows(store: SqlStore, plan: WatchPlan, progress: { revision: number; after?: { namespace: string; name: string } }): Iterable<import("./store.ts").StoredObject> {
  const { resource, namespace, name } = plan;
  if (name !== undefined) {
    return progress.after ? [] : rowsByName(store, { resource, namespace, name }, progress.revision);
  }
  return store.transaction.list(resource, { ...(namespace !== undefined && { namespace }), ...(progress.after && { after: progress.after }), at: progress.revision });
}
