import { byteLengthExceeds } from "./byte-length.ts";
import { Compaction } from "./compaction.ts";
import { ChangeType, History } from "./history.ts";
import { IndexEntries } from "./index-entries.ts";
import { Present } from "./present.ts";
import { ResourceNumbers, RESOURCE_SHIFT } from "./resource-numbers.ts";
import type { SqlDatabase, SqlRow } from "./sql.ts";
import { StoreError, type ObjectKey, type Store, type StoredChange, type StoredObject, type StoreListOptions, type StoreTransaction } from "./store.ts";

/**
 * The Store over SQLite. A write is one row in `revisions` and one in `objects`, plus the index entries that changed; a
 * delete leaves a row in `tombstones` so that the past can still be listed. The counter is not stored: it is the greatest
 * revision of any resource, or the compaction mark. Lists are read in pages, so that writing while iterating is safe.
 */
export const OBJECT_BYTES_MAX = 1_500_000;
const MARK_INTERVAL_MS = 300_000;

/** State in memory that must follow a rollback: the work queue's collected keys. `begin`: what was before can no longer be undone. */
export interface Participant { begin?(): void; mark(): number; rollback(mark: number): void }

interface ObjectRow extends SqlRow { uid: string; revision: number; created: number; indexes: string | null }

export class SqlStore implements Store {
  readonly db: SqlDatabase;
  readonly resources: ResourceNumbers;
  readonly #present: Present;
  readonly #history: History;
  readonly #indexes: IndexEntries;
  readonly #compaction: Compaction;
  readonly #nowMs: () => number;
  readonly #participants: Participant[] = [];
  #counter: number;
  #lastMarkMs: number;
  #depth = 0;
  /** Changes of the transaction that is under way or was last committed, in order; the hub takes them. */
  changes: StoredChange[] = [];

  constructor(db: SqlDatabase, nowMs: () => number) {
    this.db = db;
    this.#nowMs = nowMs;
    this.resources = new ResourceNumbers(db);
    this.#compaction = new Compaction(db, this.resources);
    this.#present = new Present(db);
    this.#history = new History(db, this.#compaction);
    this.#indexes = new IndexEntries(db, this.resources);
    this.#counter = this.#countRevisions();
    this.#lastMarkMs = db.all<{ time: number | null }>("SELECT MAX(time) AS time FROM marks")[0]?.time ?? 0;
  }

  get revision(): number { return this.#counter; }
  get compacted(): number { return this.#compaction.compacted; }
  /** Exact states at revisions below this one are gone, though watches can still resume down to `compacted`. */
  get thinned(): number { return this.#compaction.thinned; }

  /** Of a resource; 0 if it was never written. */
  newestRevision(resource: string): number {
    const number = this.resources.find(resource);
    return number === undefined ? 0 : this.#newestOf(number);
  }

  /** Number of objects by resource. */
  objectCounts(): [resource: string, count: number][] {
    return this.db.all<{ resource: number; n: number }>("SELECT resource, COUNT(*) AS n FROM objects GROUP BY resource").map(({ resource, n }) => [this.resources.name(resource), n]);
  }

  compact(options: { nowMs: number; limit?: number }): boolean {
    return this.db.transaction(() => this.#compaction.pass(options.nowMs, options.limit ?? 1000));
  }

  join(participant: Participant): void {
    this.#participants.push(participant);
  }

  /** For requests that only read: no storage transaction. Writing through it is an error of the caller. */
  read<R>(run: (tx: StoreTransaction) => R): R {
    return run(this.transaction);
  }

  transact<R>(run: (tx: StoreTransaction) => R extends PromiseLike<unknown> ? never : R): R {
    return this.savepoint(() => run(this.transaction)) as R;
  }

  savepoint<R>(run: () => R extends PromiseLike<unknown> ? never : R): R {
    const outermost = this.#depth === 0;
    if (outermost) {
      this.changes = [];
      for (const participant of this.#participants) participant.begin?.();
    }
    const counter = this.#counter;
    const changes = this.changes.length;
    const marks = this.#participants.map((participant) => participant.mark());
    this.#depth++;
    try {
      return this.db.transaction((() => {
        const result = run();
        if (outermost) this.#markTime();
        return result;
      }) as () => R extends PromiseLike<unknown> ? never : R);
    } catch (error) {
      this.#counter = counter;
      this.changes.length = changes;
      this.#participants.forEach((participant, i) => participant.rollback(marks[i]!));
      this.resources.forget();
      throw error;
    } finally {
      this.#depth--;
    }
  }

  readonly transaction: StoreTransaction = this.#view();

  #view(): StoreTransaction {
    const revision = () => this.#counter;
    return {
      get revision() { return revision(); },
      savepoint: (run) => this.savepoint(run),
      get: (key) => this.#known(key.resource, (number) => this.#present.get(number, key)),
      peek: (key) => this.#known(key.resource, (number) => this.#row(number, key)),
      getAt: (key, revision) => this.#getAt(key, revision),
      list: (resource, options) => this.#list(resource, options ?? {}),
      count: (resource, namespace) => this.#known(resource, (number) => this.#present.count(number, namespace)) ?? 0,
      resourcesIn: (namespace) => this.#resourcesIn(namespace),
      byIndex: (index, value, resource) => this.#indexes.find(index, value, resource),
      indexValues: (index, prefix) => this.#indexes.values(index, prefix),
      nextRevision: () => this.#counter + 1,
      put: (key, object) => this.#put(key, object),
      remove: (key, json) => this.#remove(key, json),
      changesSince: (resource, revision, limit) => this.#changesSince(resource, revision, limit),
    };
  }

  /** Undefined for a resource of which nothing was ever stored. */
  #known<R>(resource: string, read: (number: number) => R): R | undefined {
    const number = this.resources.find(resource);
    return number === undefined ? undefined : read(number);
  }

  #getAt(key: ObjectKey, revision: number): StoredObject | undefined {
    this.#refuseUnknown(revision);
    const number = this.resources.find(key.resource);
    if (number === undefined) return undefined;
    return this.#history.getAt(number, key, revision);
  }

  #list(resource: string, options: StoreListOptions): Iterable<StoredObject> {
    if (options.at !== undefined) this.#refuseUnknown(options.at);
    const number = this.resources.find(resource);
    if (number === undefined) return [];
    const past = options.at !== undefined && options.at < this.#newestOf(number);
    return past ? this.#history.listAt(number, resource, options as StoreListOptions & { at: number }) : this.#present.list(number, resource, options);
  }

  #resourcesIn(namespace: string): string[] {
    return this.db.all<{ name: string }>("SELECT r.name FROM resources r WHERE EXISTS (SELECT 1 FROM objects o WHERE o.resource = r.number AND o.namespace = ?) ORDER BY r.number", namespace).map(({ name }) => name);
  }

  #put(key: ObjectKey, object: { uid: string; json: string; indexes?: readonly (readonly [string, string])[] }): StoredObject {
    if (byteLengthExceeds(object.json, OBJECT_BYTES_MAX)) throw new StoreError("too-large", `object is larger than ${OBJECT_BYTES_MAX} bytes`);
    const number = this.resources.findOrCreate(key.resource);
    const current = this.#row(number, key);
    const revision = this.#counter + 1;
    const indexes = object.indexes?.length ? JSON.stringify(object.indexes) : null;
    const type = current ? ChangeType.MODIFIED : ChangeType.ADDED;
    const previous = current?.revision ?? this.#tombstone(number, key);
    this.db.run("INSERT INTO revisions (id, namespace, name, type, previous, json) VALUES (?, ?, ?, ?, ?, ?)",
      number * RESOURCE_SHIFT + revision, key.namespace, key.name, type, previous, object.json);
    if (current) {
      this.db.run("UPDATE objects SET uid = ?, revision = ?, indexes = ? WHERE resource = ? AND namespace = ? AND name = ?",
        object.uid, revision, indexes, number, key.namespace, key.name);
    } else {
      this.db.run("INSERT INTO objects (resource, namespace, name, uid, revision, created, indexes) VALUES (?, ?, ?, ?, ?, ?, ?)",
        number, key.namespace, key.name, object.uid, revision, revision, indexes);
    }
    if (indexes !== (current?.indexes ?? null)) this.#indexes.update(number, key, current?.indexes ?? null, object.indexes ?? []);
    this.#counter = revision;
    this.#collect(key, type === ChangeType.ADDED ? "ADDED" : "MODIFIED", object.json, current && number * RESOURCE_SHIFT + current.revision);
    return { resource: key.resource, namespace: key.namespace, name: key.name, uid: object.uid, revision, json: object.json };
  }

  #remove(key: ObjectKey, json: string): void {
    const number = this.resources.findOrCreate(key.resource);
    const current = this.#row(number, key);
    if (!current) throw new StoreError("corrupt", `${key.resource} ${key.namespace}/${key.name} is removed but does not exist`);
    const revision = this.#counter + 1;
    this.db.run("INSERT INTO revisions (id, namespace, name, type, previous, json) VALUES (?, ?, ?, ?, ?, ?)",
      number * RESOURCE_SHIFT + revision, key.namespace, key.name, ChangeType.DELETED, current.revision, json);
    this.db.run("DELETE FROM objects WHERE resource = ? AND namespace = ? AND name = ?", number, key.namespace, key.name);
    this.db.run("INSERT INTO tombstones (resource, namespace, name, revision) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET revision = excluded.revision",
      number, key.namespace, key.name, revision);
    if (current.indexes !== null) this.#indexes.update(number, key, current.indexes, []);
    this.#counter = revision;
    this.#collect(key, "DELETED", json, number * RESOURCE_SHIFT + current.revision);
  }

  #changesSince(resource: string, revision: number, limit = 500): Iterable<StoredChange> {
    if (revision < this.compacted) throw new StoreError("compacted", `revision ${revision} has been compacted`);
    this.#refuseUnknown(revision);
    const number = this.resources.find(resource);
    return number === undefined ? [] : this.#history.changesSince(number, resource, revision, limit);
  }

  #row(number: number, key: ObjectKey): ObjectRow | undefined {
    return this.db.all<ObjectRow>("SELECT uid, revision, created, indexes FROM objects WHERE resource = ? AND namespace = ? AND name = ?",
      number, key.namespace, key.name)[0];
  }

  #tombstone(number: number, key: ObjectKey): number {
    return this.db.all<{ revision: number }>("SELECT revision FROM tombstones WHERE resource = ? AND namespace = ? AND name = ?",
      number, key.namespace, key.name)[0]?.revision ?? 0;
  }

  /** The state before is only read when a watcher's selector asks for it. */
  #collect(key: ObjectKey, type: StoredChange["type"], json: string, previousId: number | undefined): void {
    const db = this.db;
    let previous: string | undefined;
    this.changes.push({
      resource: key.resource, namespace: key.namespace, name: key.name, type, revision: this.#counter, json,
      get previousJson() {
        if (previous === undefined && previousId !== undefined) previous = db.all<{ json: string }>("SELECT json FROM revisions WHERE id = ?", previousId)[0]?.json;
        return previous;
      },
    });
  }

  #newestOf(number: number): number {
    const id = this.db.all<{ id: number | null }>("SELECT MAX(id) AS id FROM revisions WHERE id < ?", (number + 1) * RESOURCE_SHIFT)[0]!.id ?? 0;
    return Math.max(0, id - number * RESOURCE_SHIFT);
  }

  /** From resource to resource, each by its newest row: ten thousand of them are one statement. */
  #countRevisions(): number {
    const newest = this.db.all<{ revision: number | null }>(`
      WITH RECURSIVE newest (id) AS (SELECT MAX(id) FROM revisions UNION ALL
        SELECT (SELECT MAX(id) FROM revisions WHERE id < newest.id / ${RESOURCE_SHIFT} * ${RESOURCE_SHIFT}) FROM newest WHERE newest.id IS NOT NULL)
      SELECT MAX(id % ${RESOURCE_SHIFT}) AS revision FROM newest`)[0]!.revision;
    return Math.max(this.compacted, newest ?? 0);
  }

  #refuseUnknown(revision: number): void {
    if (revision > this.#counter) throw new StoreError("future", `revision ${revision} is ahead of the current revision ${this.#counter}`);
  }

  #markTime(): void {
    const nowMs = this.#nowMs();
    if (this.changes.length === 0 || nowMs - this.#lastMarkMs < MARK_INTERVAL_MS) return;
    this.db.run("INSERT OR REPLACE INTO marks (revision, time) VALUES (?, ?)", this.#counter, nowMs);
    this.#lastMarkMs = nowMs;
  }
}
