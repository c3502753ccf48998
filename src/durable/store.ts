/**
 * Contract of the store: etcd's part in this system. It knows resources, keys, revisions and JSON text, and no kinds.
 * One integer counter per cluster numbers all writes; a write's revision is its object's resourceVersion, and the
 * writer puts it into the text before storing (`nextRevision`). History is kept until compaction.
 *
 * Rows: `revisions` is clustered by resource and revision in one B-tree (rowid = resource number × 2^39 + revision), so a
 * write costs one row there and one in `objects`. `index_entries` has a row per indexed value that an object really has.
 */
export interface Store {
  /** Runs now, inside one storage transaction; nested calls are savepoints. */
  transact<R>(run: (tx: StoreTransaction) => R extends PromiseLike<unknown> ? never : R): R;
  /** Revision of the last committed write. */
  readonly revision: number;
  /** History below or at this revision is gone. */
  readonly compacted: number;
  /** One bounded pass of compaction; true when more remains to be done. */
  compact(options: { nowMs: number; limit?: number }): boolean;
}

export interface ObjectKey { resource: string; namespace: string; name: string } // resource as of resourceKey(); namespace "" if cluster-scoped

export interface StoredObject extends ObjectKey {
  uid: string;
  revision: number;
  /** Served bytes: the object's JSON with its resourceVersion. */
  json: string;
}

export interface StoreTransaction {
  readonly revision: number;
  /** Nested: an inner throw undoes what the inner part wrote, and the revisions that it used are given out again. */
  savepoint<R>(run: () => R extends PromiseLike<unknown> ? never : R): R;
  get(key: ObjectKey): StoredObject | undefined;
  /** Only which object and revision there is. */
  peek(key: ObjectKey): { uid: string; revision: number } | undefined;
  /** The object as it was at an earlier revision. Throws StoreError("compacted"). */
  getAt(key: ObjectKey, revision: number): StoredObject | undefined;
  /** In key order (namespace, name), after `after`, at most `limit`; `at` reads the past. */
  list(resource: string, options?: StoreListOptions): Iterable<StoredObject>;
  count(resource: string, namespace?: string): number;
  /** The resources that have objects in a namespace. */
  resourcesIn(namespace: string): string[];
  /** By an index entry, in key order. */
  byIndex(index: string, value: string, resource?: string): Iterable<StoredObject>;
  /** The values of an index that begin with `prefix`, in their order. */
  indexValues(index: string, prefix: string): Iterable<string>;
  /** The revision that the next `put` or `remove` will have; the writer needs it for metadata.resourceVersion. */
  nextRevision(): number;
  /** Creates or replaces. `indexes` are all entries of the object, such as ["owner", uid] or ["/pods:spec.nodeName", "n1"]. */
  put(key: ObjectKey, object: { uid: string; json: string; indexes?: readonly (readonly [string, string])[] }): StoredObject;
  /** `json` is the last state, with the revision of the removal as resourceVersion: what DELETED events carry. */
  remove(key: ObjectKey, json: string): void;
  /** Events of one resource after a revision, in order, for catch-up. Throws StoreError("compacted"). */
  changesSince(resource: string, revision: number, limit?: number): Iterable<StoredChange>;
}

export interface StoreListOptions {
  namespace?: string;
  after?: { namespace: string; name: string };
  limit?: number;
  at?: number;
  /** For callers that mostly know the objects by their revisions: texts are read when asked for. */
  lazy?: boolean;
}

export interface StoredChange extends ObjectKey {
  type: "ADDED" | "MODIFIED" | "DELETED";
  revision: number;
  json: string;
  /** The state before, for selectors that turn MODIFIED into ADDED or DELETED. */
  previousJson?: string;
  /**
   * History between this change and the one before was thinned out: the state before is unknown, and the watcher may or
   * may not know the object. A selector that does not match now sends DELETED, to be on the safe side.
   */
  previousLost?: boolean;
}

export class StoreError extends Error {
  readonly code: "compacted" | "future" | "too-large" | "corrupt";
  constructor(code: StoreError["code"], message: string) { super(message); this.code = code; this.name = "StoreError"; }
}
