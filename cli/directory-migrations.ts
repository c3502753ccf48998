import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { HranaDatabase } from "./hrana.ts";

const FOLDER = join(import.meta.dirname, "..", "migrations");

/** Brings the directory's tables up to date. Refuses a database whose applied migrations were edited since or are missing. */
export function migrateDirectory(database: HranaDatabase, folder = FOLDER): void {
  database.exec("CREATE TABLE IF NOT EXISTS __migrations (name TEXT PRIMARY KEY NOT NULL, hash TEXT NOT NULL)");
  const applied = new Map(database.rows("SELECT name, hash FROM __migrations").map(([name, hash]) => [String(name), String(hash)]));
  const files = readdirSync(folder).filter((name) => name.endsWith(".sql")).sort();
  for (const name of applied.keys()) {
    if (!files.includes(name)) throw new Error(`the directory was made by a newer version: migration ${name} is unknown here`);
  }
  for (const name of files) {
    const sql = readFileSync(join(folder, name), "utf8");
    const hash = createHash("sha256").update(sql).digest("hex");
    const known = applied.get(name);
    if (known === hash) continue;
    if (known !== undefined) throw new Error(`migration ${name} was edited after it had been applied`);
    database.exec(`BEGIN;\n${sql.replaceAll("--> statement-breakpoint", "")}\nINSERT INTO __migrations (name, hash) VALUES ('${name.replaceAll("'", "''")}', '${hash}');\nCOMMIT`);
  }
}
