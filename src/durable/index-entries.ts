import { RESOURCE_SHIFT, type ResourceNumbers } from "./resource-numbers.ts";
import type { SqlDatabase } from "./sql.ts";
import type { ObjectKey, StoredObject } from "./store.ts";
import { UnreadObject, type KeyRow } from "./unread-object.ts";

/** The indexes that kinds declare: a row an entry. An object's row holds its entries too, so that a write touches only those that change. */
type Entry = readonly [name: string, value: string];

const PAGE_ROWS = 256;

export class IndexEntries {
  readonly #db: SqlDatabase;
  readonly #resources: ResourceNumbers;

  constructor(db: SqlDatabase, resources: ResourceNumbers) {
    this.#db = db;
    this.#resources = resources;
  }

  *find(index: string, value: string, resource?: string): Iterable<StoredObject> {
    const number = resource === undefined ? undefined : this.#resources.find(resource);
    if (resource !== undefined && number === undefined) return;
    let after: { resource: number; namespace: string; name: string } = { resource: number ?? -1, namespace: "", name: "" };
    for (;;) {
      const rows = this.#db.all<KeyRow>(
        "SELECT e.resource, e.namespace, e.object AS name, o.uid, o.revision FROM index_entries e CROSS JOIN objects o ON o.resource = e.resource AND o.namespace = e.namespace AND o.name = e.object WHERE e.name = ? AND e.value = ? AND e.resource <= ? AND (e.resource, e.namespace, e.object) > (?, ?, ?) ORDER BY e.resource, e.namespace, e.object LIMIT 256",
        index, value, number ?? RESOURCE_SHIFT, after.resource, after.namespace, after.name);
      for (const row of rows) yield new UnreadObject(this.#db, this.#resources.name(row.resource), row);
      if (rows.length < PAGE_ROWS) return;
      after = rows[rows.length - 1]!;
    }
  }

  *values(index: string, prefix: string): Iterable<string> {
    let after = prefix;
    for (;;) {
      const rows = this.#db.all<{ value: string }>("SELECT value FROM index_entries WHERE name = ? AND value > ? AND value < ? ORDER BY value LIMIT 256", index, after, `${prefix}\u{10FFFF}`);
      for (const { value } of rows) yield value;
      if (rows.length < PAGE_ROWS) return;
      after = rows[rows.length - 1]!.value;
    }
  }

  /** `before`: the entries as the object's row has them. */
  update(number: number, key: ObjectKey, before: string | null, after: readonly Entry[]): void {
    const old = new Map((before === null ? [] : (JSON.parse(before) as [string, string][])).map((entry) => [JSON.stringify(entry), entry] as const));
    const entries = new Map(after.map((entry) => [JSON.stringify(entry), entry] as const));
    for (const [text, [name, value]] of old) {
      if (!entries.has(text)) this.#db.run("DELETE FROM index_entries WHERE name = ? AND value = ? AND resource = ? AND namespace = ? AND object = ?", name, value, number, key.namespace, key.name);
    }
    for (const [text, [name, value]] of entries) {
      if (!old.has(text)) this.#db.run("INSERT INTO index_entries (name, value, resource, namespace, object) VALUES (?, ?, ?, ?, ?)", name, value, number, key.namespace, key.name);
    }
  }
}
