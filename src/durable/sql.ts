/**
 * The part of SQLite that the store uses, so that one store runs on a Durable Object's `ctx.storage` and on node:sqlite.
 * Statement texts are constants: both sides cache prepared statements by text.
 */
export interface SqlDatabase {
  /** All rows, as objects keyed by column. Blobs are not used. Integers beyond 2^53 are not stored. */
  all<R extends SqlRow = SqlRow>(sql: string, ...params: SqlValue[]): R[];
  /** Lazily; the cursor is invalid after the next write. */
  iterate<R extends SqlRow = SqlRow>(sql: string, ...params: SqlValue[]): Iterable<R>;
  run(sql: string, ...params: SqlValue[]): void;
  /** Nests: an inner throw rolls back the inner part alone. The callback's type refuses a promise. */
  transaction<R>(run: () => R extends PromiseLike<unknown> ? never : R): R;
  /** Rows written since the start, index rows included, for the benchmark. */
  readonly rowsWritten: number;
}

export type SqlValue = string | number | null;
export type SqlRow = Record<string, SqlValue>;
