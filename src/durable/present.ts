import type { SqlDatabase, SqlRow } from "./sql.ts";
import type { ObjectKey, StoredObject, StoreListOptions } from "./store.ts";
import { UnreadObject, type KeyRow } from "./unread-object.ts";

/** Reads of what is there now: `objects` says which, `revisions` holds the texts. The past is in `history.ts`. */
interface ListRow extends SqlRow { namespace: string; name: string; uid: string; revision: number; json: string }
type Place = Pick<ObjectKey, "namespace" | "name">;

const PAGE_ROWS = 256;

export class Present {
  readonly #db: SqlDatabase;

  constructor(db: SqlDatabase) { this.#db = db; }

  get(number: number, key: ObjectKey): StoredObject | undefined {
    const row = this.#db.all<ListRow>(
      "SELECT o.uid, o.revision, r.json FROM objects o JOIN revisions r ON r.id = o.resource * 549755813888 + o.revision WHERE o.resource = ? AND o.namespace = ? AND o.name = ?",
      number, key.namespace, key.name)[0];
    return row && { resource: key.resource, namespace: key.namespace, name: key.name, uid: row.uid, revision: row.revision, json: row.json };
  }

  /** In pages, so that writing while iterating is safe. */
  *list(number: number, resource: string, options: StoreListOptions): Iterable<StoredObject> {
    let remaining = options.limit ?? Infinity;
    let after: Place = options.after ?? { namespace: options.namespace ?? "", name: "" };
    while (remaining > 0) {
      const limit = Math.min(PAGE_ROWS, remaining);
      const rows: readonly Place[] = options.lazy ? this.#keys(number, options.namespace, after, limit) : this.#page(number, options.namespace, after, limit);
      if (options.lazy) for (const row of rows as KeyRow[]) yield new UnreadObject(this.#db, resource, row);
      else for (const row of rows as ListRow[]) yield { resource, namespace: row.namespace, name: row.name, uid: row.uid, revision: row.revision, json: row.json };
      if (rows.length < Math.min(PAGE_ROWS, remaining)) return;
      remaining -= rows.length;
      after = rows[rows.length - 1]!;
    }
  }

  count(number: number, namespace?: string): number {
    const rows = namespace === undefined
      ? this.#db.all<{ n: number }>("SELECT COUNT(*) AS n FROM objects WHERE resource = ?", number)
      : this.#db.all<{ n: number }>("SELECT COUNT(*) AS n FROM objects WHERE resource = ? AND namespace = ?", number, namespace);
    return rows[0]!.n;
  }

  #page(number: number, namespace: string | undefined, after: Place, limit: number): ListRow[] {
    if (namespace !== undefined) {
      return this.#db.all<ListRow>(
        "SELECT o.namespace, o.name, o.uid, o.revision, r.json FROM objects o CROSS JOIN revisions r ON r.id = o.resource * 549755813888 + o.revision WHERE o.resource = ? AND o.namespace = ? AND o.name > ? ORDER BY o.name LIMIT ?",
        number, namespace, after.name, limit);
    }
    return this.#db.all<ListRow>(
      "SELECT o.namespace, o.name, o.uid, o.revision, r.json FROM objects o CROSS JOIN revisions r ON r.id = o.resource * 549755813888 + o.revision WHERE o.resource = ? AND (o.namespace, o.name) > (?, ?) ORDER BY o.namespace, o.name LIMIT ?",
      number, after.namespace, after.name, limit);
  }

  #keys(number: number, namespace: string | undefined, after: Place, limit: number): KeyRow[] {
    if (namespace !== undefined) {
      return this.#db.all<KeyRow>("SELECT resource, namespace, name, uid, revision FROM objects WHERE resource = ? AND namespace = ? AND name > ? ORDER BY name LIMIT ?", number, namespace, after.name, limit);
    }
    return this.#db.all<KeyRow>("SELECT resource, namespace, name, uid, revision FROM objects WHERE resource = ? AND (namespace, name) > (?, ?) ORDER BY namespace, name LIMIT ?", number, after.namespace, after.name, limit);
  }
}
