import type { Compaction } from "./compaction.ts";
import { RESOURCE_SHIFT } from "./resource-numbers.ts";
import type { SqlDatabase, SqlRow } from "./sql.ts";
import { StoreError, type ObjectKey, type StoredChange, type StoredObject, type StoreListOptions } from "./store.ts";

/**
 * Reads of the past. Each revision names the one before it of the same key; a deleted key's newest revision is in
 * `tombstones`. So the state at a revision is found by walking back from the key's newest row.
 */
interface RevisionRow extends SqlRow { type: number; previous: number; json: string; uid: string }
interface KeyRow extends SqlRow { namespace: string; name: string; revision: number }
interface ChangeRow extends SqlRow { id: number; namespace: string; name: string; type: number; json: string; before: string | null }

/** As `revisions.type` has them. */
export const ChangeType = { ADDED: 1, MODIFIED: 2, DELETED: 3 } as const;
const TYPE_NAMES = ["", "ADDED", "MODIFIED", "DELETED"] as const;
const PAGE_KEYS = 256;

export class History {
  readonly #db: SqlDatabase;
  readonly #compaction: Compaction;

  constructor(db: SqlDatabase, compaction: Compaction) {
    this.#db = db;
    this.#compaction = compaction;
  }

  getAt(number: number, key: ObjectKey, at: number): StoredObject | undefined {
    this.#refuseThinned(at);
    const newest = this.#db.all<{ revision: number }>(
      "SELECT revision FROM objects WHERE resource = ?1 AND namespace = ?2 AND name = ?3 UNION ALL SELECT revision FROM tombstones WHERE resource = ?1 AND namespace = ?2 AND name = ?3 LIMIT 1",
      number, key.namespace, key.name)[0];
    return newest && this.#resolve(number, key, newest.revision, at);
  }

  *listAt(number: number, resource: string, options: StoreListOptions & { at: number }): Iterable<StoredObject> {
    this.#refuseThinned(options.at);
    let remaining = options.limit ?? Infinity;
    let after = options.after ?? { namespace: options.namespace ?? "", name: "" };
    while (remaining > 0) {
      const keys = this.#keys(number, after, options.at);
      for (const key of keys) {
        if (options.namespace !== undefined && key.namespace !== options.namespace) return;
        const found = this.#resolve(number, { resource, namespace: key.namespace, name: key.name }, key.revision, options.at);
        if (found) yield found;
        if (found && --remaining <= 0) return;
      }
      if (keys.length < PAGE_KEYS) return;
      after = keys[keys.length - 1]!;
    }
  }

  *changesSince(number: number, resource: string, revision: number, limit: number): Iterable<StoredChange> {
    const rows = this.#db.all<ChangeRow>(
      "SELECT r.id, r.namespace, r.name, r.type, r.json, p.json AS before FROM revisions r LEFT JOIN revisions p ON p.id = ? + r.previous AND r.type <> 1 WHERE r.id > ? AND r.id < ? ORDER BY r.id LIMIT ?",
      number * RESOURCE_SHIFT, number * RESOURCE_SHIFT + revision, (number + 1) * RESOURCE_SHIFT, limit);
    for (const row of rows) {
      const type = TYPE_NAMES[row.type] as StoredChange["type"];
      const change: StoredChange = { resource, namespace: row.namespace, name: row.name, type, revision: row.id - number * RESOURCE_SHIFT, json: row.json };
      if (row.before !== null) change.previousJson = row.before;
      else if (type !== "ADDED") change.previousLost = true;
      yield change;
    }
  }

  #keys(number: number, after: { namespace: string; name: string }, at: number): KeyRow[] {
    return this.#db.all<KeyRow>(
      "SELECT namespace, name, revision FROM objects WHERE resource = ?1 AND (namespace, name) > (?2, ?3) UNION ALL SELECT namespace, name, revision FROM tombstones t WHERE resource = ?1 AND (namespace, name) > (?2, ?3) AND revision > ?4 AND NOT EXISTS (SELECT 1 FROM objects o WHERE o.resource = t.resource AND o.namespace = t.namespace AND o.name = t.name) ORDER BY 1, 2 LIMIT 256",
      number, after.namespace, after.name, at);
  }

  #resolve(number: number, key: ObjectKey, newest: number, at: number): StoredObject | undefined {
    for (let revision = newest; revision > 0;) {
      const row = this.#row(number * RESOURCE_SHIFT + revision, revision <= at);
      if (!row) return undefined; // a tombstone below the compaction mark: thinning never takes what is visible at `at`
      if (revision <= at) {
        if (row.type === ChangeType.DELETED) return undefined;
        return { resource: key.resource, namespace: key.namespace, name: key.name, uid: row.uid, revision, json: row.json };
      }
      revision = row.previous;
    }
    return undefined;
  }

  #row(id: number, whole: boolean): RevisionRow | undefined {
    return whole
      ? this.#db.all<RevisionRow>("SELECT type, previous, json, json_extract(json, '$.metadata.uid') AS uid FROM revisions WHERE id = ?", id)[0]
      : this.#db.all<RevisionRow>("SELECT type, previous, '' AS json, '' AS uid FROM revisions WHERE id = ?", id)[0];
  }

  #refuseThinned(at: number): void {
    if (at < this.#compaction.thinned) throw new StoreError("compacted", `the state at revision ${at} has been compacted`);
  }
}
