import type { Participant } from "./sql-store.ts";
import type { SqlDatabase, SqlRow } from "./sql.ts";

/**
 * The durable work queue. Keys that a transaction wakes are collected in memory, follow its savepoints, and reach the
 * `queue` table only if they are still there when the transaction ends: a key that is woken and done in one transaction
 * costs no row. Everything timed is a key with a due time in the future. Memory mirrors the table and is read from it
 * at wake-up.
 */
export interface QueueEntry { controller: string; key: string; dueMs: number; attempts: number }

interface Entry extends QueueEntry { id: string; stored?: string }
interface QueueRow extends SqlRow { controller: string; key: string; due: number; attempts: number }

/** As upstream's default item-based rate limiter. */
const BACKOFF_MS_MIN = 5;
const BACKOFF_MS_MAX = 1_000_000;
/** Every so many keys one of the lowest priority is taken. */
const FAIRNESS = 16;

export class WorkQueue implements Participant {
  readonly #db: SqlDatabase;
  readonly #nowMs: () => number;
  readonly #priorityOf: (controller: string) => number;
  /** In [0, 1): which of the ready keys comes next. Absent: in order of arrival. */
  readonly #choose: (() => number) | undefined;
  #collected: { controller: string; key: string; dueMs: number }[] = [];
  #entries = new Map<string, Entry>();
  #changed = new Map<string, Entry>();
  #ready = new Map<number, Entry[]>();
  #taken = 0;
  #waiting: Entry[] = []; // ordered by dueMs; entries that moved are skipped when met

  constructor(db: SqlDatabase, options: { nowMs: () => number; priorityOf(controller: string): number; choose?: () => number }) {
    this.#db = db;
    this.#nowMs = options.nowMs;
    this.#priorityOf = options.priorityOf;
    this.#choose = options.choose;
    this.reload();
  }

  reload(): void {
    this.#collected = [];
    this.#entries.clear();
    this.#changed.clear();
    this.#ready.clear();
    this.#waiting = [];
    for (const row of this.#db.all<QueueRow>("SELECT controller, key, due, attempts FROM queue ORDER BY due")) {
      const entry = this.#add({ controller: row.controller, key: row.key, dueMs: row.due, attempts: row.attempts });
      entry.stored = stateOf(entry);
    }
    this.#changed.clear();
  }

  /** Inside a transaction. An earlier due time wins; without one the key is due now. */
  enqueue(controller: string, key: string, dueMs = 0): void {
    this.#collected.push({ controller, key, dueMs });
  }

  mark(): number { return this.#collected.length; }
  rollback(mark: number): void { this.#collected.length = mark; }

  get size(): number { return this.#entries.size + this.#collected.length; }

  /** Due times of all keys of a controller, for tests and metrics. */
  entries(): QueueEntry[] {
    this.absorb();
    return [...this.#entries.values()].map(({ controller, key, dueMs, attempts }) => ({ controller, key, dueMs, attempts }));
  }

  /** Collected keys become entries; their savepoint held. */
  absorb(): void {
    if (this.#collected.length === 0) return;
    for (const { controller, key, dueMs } of this.#collected) {
      const known = this.#entries.get(idOf(controller, key));
      if (!known) this.#add({ controller, key, dueMs, attempts: 0 });
      else if (dueMs < known.dueMs && known.dueMs > this.#nowMs()) this.#move(known, dueMs);
    }
    this.#collected = [];
  }

  hasDue(): boolean {
    this.#promote();
    for (const list of this.#ready.values()) if (list.length > 0) return true;
    return false;
  }

  /** Removes and returns the next due entry: highest priority first, but now and then the lowest, so that none starves. */
  take(): QueueEntry | undefined {
    this.absorb();
    this.#promote();
    const lists = [...this.#ready.values()].filter((list) => list.length > 0);
    const list = ++this.#taken % FAIRNESS === 0 ? lists.at(-1) : lists[0];
    if (!list) return undefined;
    const entry = this.#pick(list);
    this.#entries.delete(entry.id);
    this.#changed.set(entry.id, entry);
    return entry;
  }

  /** Puts a taken entry back after its reconcile failed. Returns the delay. */
  retry(entry: QueueEntry): number {
    const delayMs = Math.min(BACKOFF_MS_MIN * 2 ** entry.attempts, BACKOFF_MS_MAX);
    this.absorb();
    const known = this.#entries.get(idOf(entry.controller, entry.key));
    if (known) this.#forget(known);
    this.#add({ controller: entry.controller, key: entry.key, dueMs: this.#nowMs() + delayMs, attempts: entry.attempts + 1 });
    return delayMs;
  }

  /** Puts a taken entry back for later, neither done nor failed. Who enqueues it meanwhile makes it due earlier. */
  defer(entry: QueueEntry, dueMs: number): void {
    this.absorb();
    const known = this.#entries.get(idOf(entry.controller, entry.key));
    if (known) this.#forget(known);
    this.#add({ controller: entry.controller, key: entry.key, dueMs, attempts: entry.attempts });
  }

  /** Writes the difference between memory and table; the last thing in a transaction. */
  flush(): void {
    this.absorb();
    for (const [id, changed] of this.#changed) {
      const entry = this.#entries.get(id);
      if (entry) this.#store(entry, changed.stored);
      else if (changed.stored !== undefined) this.#db.run("DELETE FROM queue WHERE controller = ? AND key = ?", changed.controller, changed.key);
    }
    this.#changed.clear();
  }

  /** When work is next due; what is due already counts as of its time. */
  earliestDueMs(): number | undefined {
    for (const list of this.#ready.values()) if (list.length > 0) return this.#nowMs();
    return this.#nextWaiting()?.dueMs;
  }

  #store(entry: Entry, stored: string | undefined): void {
    const state = stateOf(entry);
    if (state !== stored) {
      this.#db.run("INSERT INTO queue (controller, key, due, attempts) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET due = excluded.due, attempts = excluded.attempts",
        entry.controller, entry.key, entry.dueMs, entry.attempts);
    }
    entry.stored = state;
  }

  #add(fields: QueueEntry): Entry {
    const id = idOf(fields.controller, fields.key);
    const entry: Entry = { ...fields, id, stored: this.#changed.get(id)?.stored };
    this.#entries.set(id, entry);
    this.#changed.set(id, entry);
    this.#place(entry);
    return entry;
  }

  #move(entry: Entry, dueMs: number): void {
    const moved: Entry = { ...entry, dueMs };
    this.#entries.set(entry.id, moved);
    this.#changed.set(entry.id, moved);
    this.#place(moved);
  }

  #forget(entry: Entry): void {
    this.#entries.delete(entry.id);
    this.#changed.set(entry.id, entry);
    const list = this.#ready.get(this.#priorityOf(entry.controller));
    const at = list?.indexOf(entry) ?? -1;
    if (at >= 0) list!.splice(at, 1);
  }

  #place(entry: Entry): void {
    if (entry.dueMs <= this.#nowMs()) this.#readyList(entry).push(entry);
    else this.#waiting.splice(this.#position(entry.dueMs), 0, entry);
  }

  #readyList(entry: Entry): Entry[] {
    const priority = this.#priorityOf(entry.controller);
    let list = this.#ready.get(priority);
    if (!list) {
      this.#ready.set(priority, (list = []));
      this.#ready = new Map([...this.#ready].sort(([a], [b]) => b - a));
    }
    return list;
  }

  #pick(list: Entry[]): Entry {
    if (!this.#choose) return list.shift()!;
    return list.splice(Math.floor(this.#choose() * list.length), 1)[0]!;
  }

  #promote(): void {
    for (let next = this.#nextWaiting(); next && next.dueMs <= this.#nowMs(); next = this.#nextWaiting()) {
      this.#waiting.shift();
      this.#readyList(next).push(next);
    }
  }

  #nextWaiting(): Entry | undefined {
    while (this.#waiting.length > 0 && this.#entries.get(this.#waiting[0]!.id) !== this.#waiting[0]) this.#waiting.shift();
    return this.#waiting[0];
  }

  #position(dueMs: number): number {
    let low = 0;
    let high = this.#waiting.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#waiting[middle]!.dueMs <= dueMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const idOf = (controller: string, key: string): string => `${controller}\0${key}`;
const stateOf = (entry: QueueEntry): string => `${entry.dueMs} ${entry.attempts}`;
