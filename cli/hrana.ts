import { randomUUID } from "node:crypto";
import Database from "libsql";

/**
 * libSQL's HTTP protocol (Hrana 2 over JSON: `POST /v2/pipeline`) over one embedded database. Pipelines run one after
 * another; a stream that stays open (an interactive transaction, named by its baton) holds the database until it is
 * closed or has been silent for too long, and then its transaction is rolled back.
 */
export class HranaDatabase {
  readonly #db: Database.Database;
  #queue: Promise<void> = Promise.resolve();
  #open: Stream | undefined;

  constructor(file: string) {
    this.#db = new Database(file);
    this.#db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
  }

  exec(sql: string): void { this.#db.exec(sql); }
  rows(sql: string, ...values: unknown[]): unknown[][] { return this.#db.prepare(sql).raw(true).all(...values) as unknown[][]; }
  close(): void {
    this.#end(this.#open);
    this.#db.close();
  }

  /** The body of a request and of its answer. Throws HranaError on a bad body or a baton that is not (any more) good. */
  async pipeline(body: PipelineRequest): Promise<PipelineResponse> {
    if (!Array.isArray(body?.requests)) throw new HranaError("requests are missing");
    const stream = body.baton === undefined || body.baton === null ? await this.#begin() : this.#continue(body.baton);
    const results = body.requests.map((request) => this.#answer(request, stream));
    if (stream.closed) {
      this.#end(stream);
      return { baton: null, base_url: null, results };
    }
    stream.baton = randomUUID();
    stream.idle = setTimeout(() => this.#end(stream), IDLE_MS_MAX);
    return { baton: stream.baton, base_url: null, results };
  }

  async #begin(): Promise<Stream> {
    const before = this.#queue;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#queue = promise;
    await before;
    return this.#open = { release: resolve, closed: false, sqls: new Map() };
  }

  #continue(baton: string): Stream {
    const stream = this.#open;
    if (!stream || stream.baton !== baton) throw new HranaError("the stream has expired");
    clearTimeout(stream.idle);
    stream.baton = undefined;
    return stream;
  }

  #end(stream: Stream | undefined): void {
    if (!stream || stream !== this.#open) return;
    clearTimeout(stream.idle);
    if (this.#db.inTransaction) this.#db.exec("ROLLBACK");
    this.#open = undefined;
    stream.release();
  }

  #answer(request: StreamRequest, stream: Stream): StreamResult {
    try {
      return { type: "ok", response: this.#respond(request, stream) };
    } catch (error) {
      return { type: "error", error: errorOf(error) };
    }
  }

  #respond(request: StreamRequest, stream: Stream): { type: string } & Record<string, unknown> {
    const { type } = request;
    switch (type) {
      case "close": stream.closed = true; return { type };
      case "execute": return { type, result: this.#execute(request.stmt, stream) };
      case "batch": return { type, result: this.#batch(request.batch, stream) };
      case "sequence": this.#db.exec(sqlOf(request, stream)); return { type };
      case "store_sql": stream.sqls.set(request.sql_id, request.sql); return { type };
      case "close_sql": stream.sqls.delete(request.sql_id); return { type };
      case "get_autocommit": return { type, is_autocommit: !this.#db.inTransaction };
      default: throw new HranaError(`${String(type)} is not supported`);
    }
  }

  #execute(stmt: Stmt, stream: Stream): StmtResult {
    const statement = this.#db.prepare(sqlOf(stmt, stream)).safeIntegers(true);
    const values = bindings(stmt);
    if (!statement.reader) {
      const { changes, lastInsertRowid } = statement.run(...values);
      return { cols: [], rows: [], affected_row_count: changes, last_insert_rowid: String(lastInsertRowid) };
    }
    const columns = statement.columns();
    const rows = statement.raw(true).all(...values) as unknown[][];
    return {
      cols: columns.map(({ name, type }) => ({ name, decltype: type })),
      rows: rows.map((row) => row.map(encodeValue)),
      affected_row_count: 0,
      last_insert_rowid: null,
    };
  }

  #batch({ steps }: Batch, stream: Stream): BatchResult {
    const result: BatchResult = { step_results: [], step_errors: [] };
    for (const { condition, stmt } of steps) {
      let done: StmtResult | null = null;
      let failed: HranaFailure | null = null;
      if (!condition || this.#holds(condition, result)) {
        try {
          done = this.#execute(stmt, stream);
        } catch (error) {
          failed = errorOf(error);
        }
      }
      result.step_results.push(done);
      result.step_errors.push(failed);
    }
    return result;
  }

  #holds(condition: BatchCondition, result: BatchResult): boolean {
    switch (condition.type) {
      case "ok": return result.step_results[condition.step] != null;
      case "error": return result.step_errors[condition.step] != null;
      case "not": return !this.#holds(condition.cond, result);
      case "and": return condition.conds.every((c) => this.#holds(c, result));
      case "or": return condition.conds.some((c) => this.#holds(c, result));
      case "is_autocommit": return !this.#db.inTransaction;
    }
  }
}

export class HranaError extends Error {}

const IDLE_MS_MAX = 5_000;

interface Stream { release(): void; closed: boolean; baton?: string; idle?: NodeJS.Timeout; sqls: Map<number, string> }

export interface PipelineRequest { baton?: string | null; requests: StreamRequest[] }
export interface PipelineResponse { baton: string | null; base_url: null; results: StreamResult[] }
type StreamRequest =
  | { type: "close" | "get_autocommit" }
  | { type: "execute"; stmt: Stmt }
  | { type: "batch"; batch: Batch }
  | ({ type: "sequence" } & SqlText)
  | { type: "store_sql"; sql_id: number; sql: string }
  | { type: "close_sql"; sql_id: number };
type StreamResult = { type: "ok"; response: { type: string } } | { type: "error"; error: HranaFailure };
interface HranaFailure { message: string; code: string }
interface SqlText { sql?: string; sql_id?: number }
type Stmt = SqlText & { args?: Value[]; named_args?: { name: string; value: Value }[] };
interface Batch { steps: { condition?: BatchCondition | null; stmt: Stmt }[] }
type BatchCondition =
  | { type: "ok" | "error"; step: number }
  | { type: "not"; cond: BatchCondition }
  | { type: "and" | "or"; conds: BatchCondition[] }
  | { type: "is_autocommit" };
interface StmtResult { cols: { name: string; decltype: string | null }[]; rows: Value[][]; affected_row_count: number; last_insert_rowid: string | null }
interface BatchResult { step_results: (StmtResult | null)[]; step_errors: (HranaFailure | null)[] }
type Value = { type: "null" } | { type: "integer"; value: string } | { type: "float"; value: number } | { type: "text"; value: string } | { type: "blob"; base64: string };

function sqlOf({ sql, sql_id }: SqlText, stream: Stream): string {
  const text = sql ?? (sql_id === undefined ? undefined : stream.sqls.get(sql_id));
  if (text === undefined) throw new HranaError("no such SQL text");
  return text;
}

function bindings({ args = [], named_args = [] }: Stmt): unknown[] {
  if (named_args.length === 0) return args.map(decodeValue);
  return [Object.fromEntries(named_args.map(({ name, value }) => [name.replace(/^[:@$]/, ""), decodeValue(value)]))];
}

function decodeValue(value: Value): unknown {
  switch (value.type) {
    case "null": return null;
    case "integer": return BigInt(value.value);
    case "blob": return Buffer.from(value.base64, "base64");
    default: return value.value;
  }
}

function encodeValue(value: unknown): Value {
  if (value === null || value === undefined) return { type: "null" };
  if (typeof value === "bigint") return { type: "integer", value: String(value) };
  if (typeof value === "number") return { type: "float", value };
  if (typeof value === "string") return { type: "text", value };
  return { type: "blob", base64: Buffer.from(value as Uint8Array).toString("base64").replace(/=+$/, "") };
}

function errorOf(error: unknown): HranaFailure {
  const { message, code } = error as Error & { code?: string };
  return { message: message ?? String(error), code: code ?? "HRANA_ERROR" };
}
