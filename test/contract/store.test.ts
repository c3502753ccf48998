import { describe, expect, test } from "vitest";
import { migrate, migrations, MigrationError } from "../../src/durable/migrations.ts";
import { openNodeDatabase } from "../../src/durable/sql-node.ts";
import { SqlStore } from "../../src/durable/sql-store.ts";
import { storeCases } from "./store-cases.ts";

describe("the store on node:sqlite", () => {
  test.each(storeCases)("$name", ({ steps }) => {
    const db = openNodeDatabase();
    const clock = { nowMs: 1_800_000_000_000 };
    const state = {};
    for (const step of steps) {
      migrate(db);
      step({ store: new SqlStore(db, () => clock.nowMs), clock, state });
    }
  });
});

describe("migrations of the cluster's schema", () => {
  test("are applied once, and again on a list that grew", () => {
    const db = openNodeDatabase();
    migrate(db);
    migrate(db);
    migrate(db, [...migrations, { name: "0002-more", statements: ["CREATE TABLE more (x INTEGER)"] }]);
    expect(db.all("SELECT COUNT(*) AS n FROM more")).toEqual([{ n: 0 }]);
  });

  test("refuse a database with an edited, a missing or an unknown migration", () => {
    const [first] = migrations;
    const open = () => { const db = openNodeDatabase(); migrate(db); return db; };
    expect(() => migrate(open(), [{ ...first!, statements: [...first!.statements, "SELECT 1"] }])).toThrow(MigrationError);
    expect(() => migrate(open(), [])).toThrow(/does not know/);
    expect(() => migrate(open(), [{ name: "other", statements: [] }, ...migrations])).toThrow(/where this version has other/);
  });

  test("leave nothing behind when one fails", () => {
    const db = openNodeDatabase();
    expect(() => migrate(db, [...migrations, { name: "bad", statements: ["CREATE NONSENSE"] }])).toThrow();
    migrate(db);
    expect(new SqlStore(db, () => 0).revision).toBe(0);
  });
});
