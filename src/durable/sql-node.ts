import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { SqlDatabase, SqlRow, SqlValue } from "./sql.ts";

/** The store's SQLite on Node, for tests and offline tools: the same statements as inside a Durable Object. */
export function openNodeDatabase(path = ":memory:"): SqlDatabase & { close(): void } {
  return new NodeDatabase(new DatabaseSync(path));
}

class NodeDatabase implements SqlDatabase {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;
  /** Changed rows; the cluster's tables have no secondary indexes, so this is what the platform would count. */
  rowsWritten = 0;

  constructor(db: DatabaseSync) {
    this.#db = db;
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF");
  }

  all<R extends SqlRow = SqlRow>(sql: string, ...params: SqlValue[]): R[] {
    return this.#prepare(sql).all(...params) as R[];
  }

  iterate<R extends SqlRow = SqlRow>(sql: string, ...params: SqlValue[]): Iterable<R> {
    return this.#prepare(sql).iterate(...params) as Iterable<R>;
  }

  run(sql: string, ...params: SqlValue[]): void {
    this.rowsWritten += Number(this.#prepare(sql).run(...params).changes);
  }

  transaction<R>(run: () => R extends PromiseLike<unknown> ? never : R): R {
    const outermost = this.#depth === 0;
    const savepoint = `s${this.#depth}`;
    this.#db.exec(outermost ? "BEGIN IMMEDIATE" : `SAVEPOINT ${savepoint}`);
    this.#depth++;
    try {
      const result = run() as R;
      this.#db.exec(outermost ? "COMMIT" : `RELEASE ${savepoint}`);
      return result;
    } catch (error) {
      this.#db.exec(outermost ? "ROLLBACK" : `ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`);
      throw error;
    } finally {
      this.#depth--;
    }
  }

  close(): void {
    this.#db.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.#db.prepare(sql)));
    return statement;
  }
}
