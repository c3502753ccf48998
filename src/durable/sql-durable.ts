import type { SqlDatabase, SqlRow, SqlValue } from "./sql.ts";

/** The store's SQLite inside a Durable Object. `sql.exec` caches prepared statements by their text. */
export class DurableDatabase implements SqlDatabase {
  readonly #storage: DurableObjectStorage;
  rowsWritten = 0;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  all<R extends SqlRow = SqlRow>(sql: string, ...params: SqlValue[]): R[] {
    return this.#storage.sql.exec<R>(sql, ...params).toArray();
  }

  iterate<R extends SqlRow = SqlRow>(sql: string, ...params: SqlValue[]): Iterable<R> {
    return this.#storage.sql.exec<R>(sql, ...params);
  }

  run(sql: string, ...params: SqlValue[]): void {
    this.rowsWritten += this.#storage.sql.exec(sql, ...params).rowsWritten;
  }

  transaction<R>(run: () => R extends PromiseLike<unknown> ? never : R): R {
    return this.#storage.transactionSync(run as () => R);
  }
}
