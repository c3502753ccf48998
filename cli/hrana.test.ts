import { createClient } from "@libsql/client/web";
import { afterEach, expect, test } from "vitest";
import { HranaDatabase } from "./hrana.ts";

let database: HranaDatabase | undefined;
afterEach(() => database?.close());

function client() {
  database = new HranaDatabase(":memory:");
  const opened = database;
  return createClient({ url: "http://directory", fetch: async (request: Request) => Response.json(await opened.pipeline(await request.json() as never)) });
}

test("statements, batches and interactive transactions of the real client", async () => {
  const db = client();
  await db.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)");
  await db.batch([{ sql: "INSERT INTO t (b) VALUES (?)", args: ["x"] }, { sql: "INSERT INTO t (b) VALUES (:b)", args: { b: "y" } }], "write");
  await expect(db.batch(["INSERT INTO t (b) VALUES ('z')", "INSERT INTO nowhere VALUES (1)"], "write")).rejects.toThrow();
  const transaction = await db.transaction("write");
  await transaction.execute("INSERT INTO t (b) VALUES ('rolled back')");
  const waiting = db.execute("SELECT b FROM t ORDER BY a"); // not before the transaction is over
  await transaction.rollback();
  expect((await waiting).rows.map((row) => row.b)).toEqual(["x", "y"]);
});

test("a transaction that was left open is rolled back", async () => {
  const db = client();
  await db.execute("CREATE TABLE t (a)");
  const transaction = await db.transaction("write");
  await transaction.execute("INSERT INTO t VALUES (1)");
  transaction.close();
  expect((await db.execute("SELECT count(*) AS n FROM t")).rows[0]!.n).toBe(0);
});
