import { byteLengthExceeds } from "./byte-length.ts";
import { Compaction } from "./compaction.ts";
import { History } from "./history.ts";
import { ResourceNumbers, RESOURCE_SHIFT } from "./resource-numbers.ts";
import type { SqlDatabase, SqlRow } from "./sql.ts";
import { UnreadObject, type KeyRow } from "./unread-object.ts";
import { StoreError, type ObjectKey, type Store, type StoredChange, type StoredObject, type StoreListOptions, type StoreTransaction } from "./store.ts";

/**
 * The Store over SQLite. A write is one row in `revisions` and one in `objects`, plus the index entries that changed; a
 * delete leaves a row in `tombstones` so that the past can still be listed. The counter is not stored: it is the greatest
 * revision of any resource, or the compaction mark. Lists are read in pages, so that writing while iterating is safe.
 */
export const OBJECT_BYTES_MAX = 1_500_000;
const MARK_INTERVAL_MS = 300_000;
const PAGE_ROWS = 256;

export const ChangeType = { ADDED: 1, MODIFIED: 2, DELETED: 3 } as const;

/** State in memory that must follow a rollback: the work queue's collected keys. `begin`: what was before can no longer be undone. */
export interface Participant { begin?(): void; mark(): number; rollback(mark: number): void }

interface ObjectRow extends SqlRow { uid: string; revision: number; created: number; indexes: string | null }
interface ListRow extends SqlRow { namespace: string; name: string; uid: string; revision: number; json: string }

export class SqlStore implements Store {
  readonly db: SqlDatabase;
  readonly resources: ResourceNumbers;
  readonly #history: History;
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
    this.#history = new History(db, this.#compaction);
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
      get: (key) => this.#get(key),
      peek: (key) => this.#peek(key),
      getAt: (key, revision) => this.#getAt(key, revision),
      list: (resource, options) => this.#list(resource, options ?? {}),
      count: (resource, namespace) => this.#count(resource, namespace),
      resourcesIn: (namespace) => this.#resourcesIn(namespace),
      byIndex: (index, value, resource) => this.#byIndex(index, value, resource),
      indexValues: (index, prefix) => this.#indexValues(index, prefix),
      nextRevision: () => this.#counter + 1,
      put: (key, object) => this.#put(key, object),
      remove: (key, json) => this.#remove(key, json),
      changesSince: (resource, revision, limit) => this.#changesSince(resource, revision, limit),
    };
  }

  #get(key: ObjectKey): StoredObject | undefined {
    const number = this.resources.find(key.resource);
    if (number === undefined) return undefined;
    const row = this.db.all<ListRow>(
      "SELECT o.uid, o.revision, r.json FROM objects o JOIN revisions r ON r.id = o.resource * 549755813888 + o.revision WHERE o.resource = ? AND o.namespace = ? AND o.name = ?",
      number, key.namespace, key.name)[0];
    return row && { resource: key.resource, namespace: key.namespace, name: key.name, uid: row.uid, revision: row.revision, json: row.json };
  }

  #peek(key: ObjectKey): { uid: string; revision: number } | undefined {
    const number = this.resources.find(key.resource);
    return number === undefined ? undefined : this.#row(number, key);
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
    return past ? this.#history.listAt(number, resource, options as StoreListOptions & { at: number }) : this.#listNow(number, resource, options);
  }

  *#listNow(number: number, resource: string, options: StoreListOptions): Iterable<StoredObject> {
    let remaining = options.limit ?? Infinity;
    let after = startOf(options);
    while (remaining > 0) {
      const limit = Math.min(PAGE_ROWS, remaining);
      const rows: readonly { namespace: string; name: string }[] = options.lazy ? this.#keys(number, options.namespace, after, limit) : this.#page(number, options.namespace, after, limit);
      if (options.lazy) for (const row of rows as KeyRow[]) yield new UnreadObject(this.db, resource, row);
      else for (const row of rows as ListRow[]) yield { resource, namespace: row.namespace, name: row.name, uid: row.uid, revision: row.revision, json: row.json };
      if (rows.length < Math.min(PAGE_ROWS, remaining)) return;
      remaining -= rows.length;
      after = rows[rows.length - 1]!;
    }
  }

  #page(number: number, namespace: string | undefined, after: { namespace: string; name: string }, limit: number): ListRow[] {
    if (namespace !== undefined) {
      return this.db.all<ListRow>(
        "SELECT o.namespace, o.name, o.uid, o.revision, r.json FROM objects o CROSS JOIN revisions r ON r.id = o.resource * 549755813888 + o.revision WHERE o.resource = ? AND o.namespace = ? AND o.name > ? ORDER BY o.name LIMIT ?",
        number, namespace, after.name, limit);
    }
    return this.db.all<ListRow>(
      "SELECT o.namespace, o.name, o.uid, o.revision, r.json FROM objects o CROSS JOIN revisions r ON r.id = o.resource * 549755813888 + o.revision WHERE o.resource = ? AND (o.namespace, o.name) > (?, ?) ORDER BY o.namespace, o.name LIMIT ?",
      number, after.namespace, after.name, limit);
  }

  #keys(number: number, namespace: string | undefined, after: { namespace: string; name: string }, limit: number): KeyRow[] {
    if (namespace !== undefined) {
      return this.db.all<KeyRow>("SELECT resource, namespace, name, uid, revision FROM objects WHERE resource = ? AND namespace = ? AND name > ? ORDER BY name LIMIT ?", number, namespace, after.name, limit);
    }
    return this.db.all<KeyRow>("SELECT resource, namespace, name, uid, revision FROM objects WHERE resource = ? AND (namespace, name) > (?, ?) ORDER BY namespace, name LIMIT ?", number, after.namespace, after.name, limit);
  }

  #count(resource: string, namespace?: string): number {
    const number = this.resources.find(resource);
    if (number === undefined) return 0;
    const rows = namespace === undefined
      ? this.db.all<{ n: number }>("SELECT COUNT(*) AS n FROM objects WHERE resource = ?", number)
      : this.db.all<{ n: number }>("SELECT COUNT(*) AS n FROM objects WHERE resource = ? AND namespace = ?", number, namespace);
    return rows[0]!.n;
  }

  #resourcesIn(namespace: string): string[] {
    return this.db.all<{ name: string }>("SELECT r.name FROM resources r WHERE EXISTS (SELECT 1 FROM objects o WHERE o.resource = r.number AND o.namespace = ?) ORDER BY r.number", namespace).map(({ name }) => name);
  }

  *#byIndex(index: string, value: string, resource?: string): Iterable<StoredObject> {
    const number = resource === undefined ? undefined : this.resources.find(resource);
    if (resource !== undefined && number === undefined) return;
    let after: { resource: number; namespace: string; name: string } = { resource: number ?? -1, namespace: "", name: "" };
    for (;;) {
      const rows = this.db.all<KeyRow>(
        "SELECT e.resource, e.namespace, e.object AS name, o.uid, o.revision FROM index_entries e CROSS JOIN objects o ON o.resource = e.resource AND o.namespace = e.namespace AND o.name = e.object WHERE e.name = ? AND e.value = ? AND e.resource <= ? AND (e.resource, e.namespace, e.object) > (?, ?, ?) ORDER BY e.resource, e.namespace, e.object LIMIT 256",
        index, value, number ?? RESOURCE_SHIFT, after.resource, after.namespace, after.name);
      for (const row of rows) yield new UnreadObject(this.db, this.resources.name(row.resource), row);
      if (rows.length < PAGE_ROWS) return;
      after = rows[rows.length - 1]!;
    }
  }

  *#indexValues(index: string, prefix: string): Iterable<string> {
    let after = prefix;
    for (;;) {
      const rows = this.db.all<{ value: string }>("SELECT value FROM index_entries WHERE name = ? AND value > ? AND value < ? ORDER BY value LIMIT 256", index, after, `${prefix}\u{10FFFF}`);
      for (const { value } of rows) yield value;
      if (rows.length < PAGE_ROWS) return;
      after = rows[rows.length - 1]!.value;
    }
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
    if (indexes !== (current?.indexes ?? null)) this.#reindex(number, key, current?.indexes ?? null, object.indexes ?? []);
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
    if (current.indexes !== null) this.#reindex(number, key, current.indexes, []);
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

  #reindex(number: number, key: ObjectKey, before: string | null, after: readonly (readonly [string, string])[]): void {
    const old = new Map((before === null ? [] : (JSON.parse(before) as [string, string][])).map((entry) => [JSON.stringify(entry), entry] as const));
    const entries = new Map(after.map((entry) => [JSON.stringify(entry), entry] as const));
    for (const [text, [name, value]] of old) {
      if (!entries.has(text)) this.db.run("DELETE FROM index_entries WHERE name = ? AND value = ? AND resource = ? AND namespace = ? AND object = ?", name, value, number, key.namespace, key.name);
    }
    for (const [text, [name, value]] of entries) {
      if (!old.has(text)) this.db.run("INSERT INTO index_entries (name, value, resource, namespace, object) VALUES (?, ?, ?, ?, ?)", name, value, number, key.namespace, key.name);
    }
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

const startOf = (options: StoreListOptions): { namespace: string; name: string } => options.after ?? { namespace: options.namespace ?? "", name: "" };
