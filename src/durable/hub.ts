import type { ApiRequest } from "../api/request.ts";
import type { Registry, WatchPlan } from "../api/registry.ts";
import { expired, type ApiError } from "../lib/errors.ts";
import { BACKLOG_BYTES_MAX, CatchUp } from "./catch-up.ts";
import type { SqlStore } from "./sql-store.ts";
import { StoreError, type StoredChange } from "./store.ts";
import { concerns, isLive, resumedAt, type EventSink, type Subscriber } from "./subscriber.ts";

/**
 * The watch hub: after each commit it gives the changes to the watchers of their resource. A change is encoded once for
 * all watchers that see it alike. Ordered, each event once, nothing left out: a watcher is live only when it has had all
 * that was committed; otherwise it has a cursor and catches up from history (`catch-up.ts`). Below the compaction mark it
 * gets 410 as an ERROR event.
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

const BOOKMARK_INTERVAL_MS = 60_000;

export class Hub {
  readonly #options: HubOptions;
  readonly #byResource = new Map<string, Set<Subscriber>>();
  readonly #restored = new Set<string>();
  readonly #catchUp: CatchUp;
  readonly #timed = new Set<Subscriber>();
  #lastBookmarksMs: number;
  /** The revision that live watchers have seen. */
  #published: number;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#catchUp = new CatchUp({
      store: options.store, pause: (ms) => options.pause(ms), convert: (request, make) => options.convert(request, make),
      planned: (subscriber, revision) => this.#planned(subscriber, revision), fail: (subscriber, error) => this.#fail(subscriber, error), end: (subscriber) => this.#end(subscriber),
    });
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
    this.#catchUp.advance(subscriber);
  }

  /** After a hibernation: with the state that was saved. Live ones had all events of before, since nothing was committed meanwhile. */
  resume(resource: string, subscriber: Subscriber): void {
    this.#add(resource, subscriber);
    if (!isLive(subscriber)) this.#catchUp.lag(subscriber);
  }

  unsubscribe(subscriber: Subscriber): void {
    subscriber.over = true;
    this.#catchUp.forget(subscriber);
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
    if (!isLive(subscriber) || !this.#planned(subscriber, this.#published)) return;
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
        if (isLive(subscriber)) this.#end(subscriber);
        else subscriber.ending = true;
        continue;
      }
      if (isGone) continue;
      delete subscriber.plan;
      if (isLive(subscriber)) this.#planned(subscriber, this.#published);
    }
  }

  #give(change: StoredChange, before: number, touched: Set<Subscriber>): void {
    const texts = new Map<string, string | undefined>();
    let sent = 0;
    for (const subscriber of this.#byResource.get(change.resource) ?? []) {
      if (!isLive(subscriber)) continue; // will find it in history
      if (subscriber.sink.backlogBytes() > BACKLOG_BYTES_MAX) {
        subscriber.cursor = change.revision - 1;
        this.#catchUp.lag(subscriber);
        continue;
      }
      const plan = this.#planned(subscriber, before);
      if (!plan || !concerns(plan, change)) continue;
      if (plan.conversion?.isMissing(plan.conversion.rowsOf(change))) {
        subscriber.cursor = change.revision - 1;
        this.#catchUp.lag(subscriber);
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

function encoded(texts: Map<string, string | undefined>, plan: WatchPlan, change: StoredChange): string | undefined {
  if (texts.has(plan.encodingKey)) return texts.get(plan.encodingKey);
  const text = plan.select(change);
  texts.set(plan.encodingKey, text);
  return text;
}
