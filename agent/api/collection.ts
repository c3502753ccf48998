/**
 * A collection of objects kept the same as the server's: listed once, then watched from a cursor across reconnects, and
 * listed again only when the cursor is too old. While the connection is away the last known objects stay.
 */
import type { KubeObject } from "../../src/kinds/object.ts";
import type { ApiSocket } from "./socket.ts";

export type Change<T> = { type: "set"; object: T; old: T | undefined } | { type: "delete"; object: T };
export interface CollectionOptions<T> {
  /** List path with selectors in its query, such as /api/v1/pods?fieldSelector=spec.nodeName%3Dn1. */
  path: string;
  onChange?(change: Change<T>): void;
  /** After each full list. */
  onSynced?(): void;
  log?(message: string): void;
}

const RETRY_MS = 1000;
const LIST_PAGE = 500;

export class Collection<T extends KubeObject> {
  readonly objects = new Map<string, T>();
  private readonly api: ApiSocket;
  private readonly options: CollectionOptions<T>;
  private cursor: string | undefined;
  private cancel: () => void = () => {};
  private readonly unsubscribe: () => void;
  private readonly waiters: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private busy = false;
  synced = false;

  constructor(api: ApiSocket, options: CollectionOptions<T>) {
    this.api = api;
    this.options = options;
    this.unsubscribe = api.whenOpen(() => void this.run());
  }

  list(): T[] { return [...this.objects.values()]; }
  get(namespace: string | undefined, name: string): T | undefined { return this.objects.get(namespace ? `${namespace}/${name}` : name); }

  /** Resolves after the first list, or after `timeoutMs`. */
  ready(timeoutMs = 5000): Promise<void> {
    if (this.synced) return Promise.resolve();
    return new Promise((resolve) => { this.waiters.push(resolve); setTimeout(resolve, timeoutMs).unref(); });
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.unsubscribe();
    this.cancel();
  }

  private async run(): Promise<void> {
    if (this.stopped || this.busy || !this.api.isOpen) return;
    this.busy = true;
    clearTimeout(this.timer);
    try {
      if (this.cursor === undefined) await this.relist();
      if (!this.stopped) this.follow();
    } catch (error) {
      this.options.log?.(`${this.options.path}: ${(error as Error).message}`);
      this.again();
    } finally { this.busy = false; }
  }

  private again(): void {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.run(), RETRY_MS * (0.5 + Math.random()));
  }

  private with(query: string): string { return `${this.options.path}${this.options.path.includes("?") ? "&" : "?"}${query}`; }

  private async relist(): Promise<void> {
    const seen = new Map<string, T>();
    let version = "";
    for (let next: string | undefined = ""; next !== undefined;) {
      const list: { kind?: string; apiVersion?: string; metadata: { resourceVersion: string; continue?: string }; items: T[] } =
        await this.api.call("GET", this.with(`limit=${LIST_PAGE}${next ? `&continue=${encodeURIComponent(next)}` : ""}`));
      version = list.metadata.resourceVersion;
      for (const item of list.items ?? []) seen.set(keyOf(item), item);
      next = list.metadata.continue || undefined;
    }
    for (const [key, object] of [...this.objects]) if (!seen.has(key)) this.apply("DELETED", object);
    for (const object of seen.values()) this.apply("MODIFIED", object);
    this.cursor = version;
    this.synced = true;
    this.waiters.splice(0).forEach((resolve) => resolve());
    this.options.onSynced?.();
  }

  private follow(): void {
    this.cancel();
    this.cancel = this.api.watch(this.with(`watch=true&allowWatchBookmarks=true&resourceVersion=${this.cursor}`), {
      onEvent: (text) => {
        const { type, object } = JSON.parse(text) as { type: string; object: T & { code?: number } };
        if (type === "ERROR") { if (object.code === 410) this.cursor = undefined; return; }
        this.cursor = object.metadata.resourceVersion ?? this.cursor;
        if (type !== "BOOKMARK") this.apply(type, object);
      },
      onEnd: (status) => {
        if (status && (JSON.parse(status) as { code?: number }).code === 410) this.cursor = undefined;
        if (this.api.isOpen) this.again();
      },
    });
  }

  private apply(type: string, object: T): void {
    const key = keyOf(object);
    const old = this.objects.get(key);
    if (type === "DELETED") {
      this.objects.delete(key);
      this.options.onChange?.({ type: "delete", object });
      return;
    }
    if (old && old.metadata.resourceVersion === object.metadata.resourceVersion) return;
    this.objects.set(key, object);
    // Deleted and created again while we were away: two objects, not one.
    if (old && old.metadata.uid !== object.metadata.uid) this.options.onChange?.({ type: "delete", object: old });
    this.options.onChange?.({ type: "set", object, old: old?.metadata.uid === object.metadata.uid ? old : undefined });
  }
}

const keyOf = (object: KubeObject): string => (object.metadata.namespace ? `${object.metadata.namespace}/${object.metadata.name}` : object.metadata.name ?? "");
