import { RESOURCE_SHIFT } from "./resource-numbers.ts";
import type { SqlDatabase, SqlRow } from "./sql.ts";
import type { StoredObject } from "./store.ts";

export interface KeyRow extends SqlRow { resource: number; namespace: string; name: string; uid: string; revision: number }

/** Its text is read only when asked for: controllers mostly know the objects that they look through by their revisions. */
export class UnreadObject implements StoredObject {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly revision: number;
  readonly #db: SqlDatabase;
  readonly #id: number;
  #json: string | undefined;

  constructor(db: SqlDatabase, resource: string, row: KeyRow) {
    this.#db = db;
    this.#id = row.resource * RESOURCE_SHIFT + row.revision;
    this.resource = resource;
    this.namespace = row.namespace;
    this.name = row.name;
    this.uid = row.uid;
    this.revision = row.revision;
  }

  get json(): string {
    return (this.#json ??= this.#db.all<{ json: string }>("SELECT json FROM revisions WHERE id = ?", this.#id)[0]!.json);
  }
}
