import type { SqlDatabase } from "./sql.ts";

/**
 * The cluster's own schema, as a list that only grows. What was applied is kept as text in the database, so that
 * start-up can refuse a database whose history differs from this list: edited, missing or unknown (newer) migrations.
 *
 * No table has a secondary index: each row written is one row of the platform's bill.
 */
export interface Migration { readonly name: string; readonly statements: readonly string[] }

/** What stands in the index that src/kinds/apiextensions/custom-resource-definition/summary.ts describes. */
const definitionSummary = `json_extract(r.json, '$.spec.group') || '/' || json_object(
  'name', o.name, 'uid', o.uid, 'revision', o.revision, 'group', json_extract(r.json, '$.spec.group'), 'scope', json_extract(r.json, '$.spec.scope'),
  'plural', json_extract(r.json, '$.spec.names.plural'), 'accepted', json(coalesce(json_extract(r.json, '$.status.acceptedNames'), '{}')),
  'namesAccepted', json(iif(EXISTS (SELECT 1 FROM json_each(r.json, '$.status.conditions') c WHERE json_extract(c.value, '$.type') = 'NamesAccepted' AND json_extract(c.value, '$.status') = 'True'), 'true', 'false')),
  'established', json(iif(EXISTS (SELECT 1 FROM json_each(r.json, '$.status.conditions') c WHERE json_extract(c.value, '$.type') = 'Established' AND json_extract(c.value, '$.status') = 'True'), 'true', 'false')),
  'versions', (SELECT json_group_array(json_object(
    'name', json_extract(v.value, '$.name'), 'served', json(iif(json_extract(v.value, '$.served'), 'true', 'false')), 'storage', json(iif(json_extract(v.value, '$.storage'), 'true', 'false')),
    'subresources', (SELECT json_group_array(s.key) FROM json_each(v.value, '$.subresources') s WHERE s.key IN ('status', 'scale') AND s.type = 'object')
  )) FROM json_each(r.json, '$.spec.versions') v))`;
const definitions = "objects o JOIN resources n ON n.number = o.resource AND n.name = 'apiextensions.k8s.io/customresourcedefinitions' JOIN revisions r ON r.id = o.resource * 549755813888 + o.revision";
const summaryIndex = "apiextensions.k8s.io/customresourcedefinitions:summary";

export const migrations: readonly Migration[] = [
  {
    name: "0001-store",
    statements: [
      "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
      "CREATE TABLE resources (number INTEGER PRIMARY KEY, name TEXT NOT NULL)",
      "CREATE TABLE revisions (id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, name TEXT NOT NULL, type INTEGER NOT NULL, previous INTEGER NOT NULL, json TEXT NOT NULL)",
      "CREATE TABLE objects (resource INTEGER NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, uid TEXT NOT NULL, revision INTEGER NOT NULL, created INTEGER NOT NULL, indexes TEXT, PRIMARY KEY (resource, namespace, name)) WITHOUT ROWID",
      "CREATE TABLE tombstones (resource INTEGER NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, revision INTEGER NOT NULL, PRIMARY KEY (resource, namespace, name)) WITHOUT ROWID",
      "CREATE TABLE index_entries (name TEXT NOT NULL, value TEXT NOT NULL, resource INTEGER NOT NULL, namespace TEXT NOT NULL, object TEXT NOT NULL, PRIMARY KEY (name, value, resource, namespace, object)) WITHOUT ROWID",
      "CREATE TABLE marks (revision INTEGER PRIMARY KEY, time INTEGER NOT NULL)",
      "CREATE TABLE queue (controller TEXT NOT NULL, key TEXT NOT NULL, due INTEGER NOT NULL, attempts INTEGER NOT NULL, PRIMARY KEY (controller, key)) WITHOUT ROWID",
      "CREATE TABLE subscriptions (socket TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID",
    ],
  },
  {
    name: "0002-definition-summaries",
    statements: [
      `INSERT INTO index_entries (name, value, resource, namespace, object) SELECT '${summaryIndex}', ${definitionSummary}, o.resource, o.namespace, o.name FROM ${definitions}`,
      `UPDATE objects SET indexes = json_insert(coalesce(indexes, '[]'), '$[#]', json_array('${summaryIndex}', (SELECT e.value FROM index_entries e WHERE e.name = '${summaryIndex}' AND e.resource = objects.resource AND e.namespace = objects.namespace AND e.object = objects.name))) WHERE resource IN (SELECT number FROM resources WHERE name = 'apiextensions.k8s.io/customresourcedefinitions')`,
    ],
  },
];

export class MigrationError extends Error {}

export function migrate(db: SqlDatabase, list: readonly Migration[] = migrations): void {
  const applied = appliedMigrations(db);
  applied.forEach((row, i) => verify(row, list[i]));
  if (applied.length === list.length) return;
  db.transaction(() => {
    if (applied.length === 0) db.run("CREATE TABLE IF NOT EXISTS migrations (position INTEGER PRIMARY KEY, name TEXT NOT NULL, text TEXT NOT NULL)");
    for (let i = applied.length; i < list.length; i++) {
      for (const statement of list[i]!.statements) db.run(statement);
      db.run("INSERT INTO migrations (position, name, text) VALUES (?, ?, ?)", i, list[i]!.name, textOf(list[i]!));
    }
  });
}

interface AppliedRow extends Record<string, string | number | null> { name: string; text: string }

function appliedMigrations(db: SqlDatabase): AppliedRow[] {
  const exists = db.all("SELECT 1 AS x FROM sqlite_master WHERE type = 'table' AND name = 'migrations'").length > 0;
  return exists ? db.all<AppliedRow>("SELECT name, text FROM migrations ORDER BY position") : [];
}

function verify(row: AppliedRow, migration: Migration | undefined): void {
  if (!migration) throw new MigrationError(`the database has migration ${row.name}, which this version does not know`);
  if (row.name !== migration.name) throw new MigrationError(`the database has migration ${row.name} where this version has ${migration.name}`);
  if (row.text !== textOf(migration)) throw new MigrationError(`migration ${row.name} was edited after it was applied`);
}

const textOf = (migration: Migration): string => migration.statements.join(";\n");
