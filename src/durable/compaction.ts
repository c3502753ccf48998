import { RESOURCE_SHIFT, type ResourceNumbers } from "./resource-numbers.ts";
import type { SqlDatabase, SqlRow } from "./sql.ts";

/**
 * Forgets history by tiers, in bounded passes. Of the last hour everything is kept. Up to a day, the newest change of each
 * object is kept, so that a watcher which was away resumes and sees each changed object once. Beyond a day only what
 * exists is kept, and watchers get 410. `marks` relates revisions to times.
 *
 * The marks move before the rows go, in the same transaction, so no reader meets a half-thinned past. Progress is one row
 * of `meta`: the mark that is being worked towards and the next row id to look at.
 */
const THIN_AFTER_MS = 3_600_000;
const FORGET_AFTER_MS = 86_400_000;

type Tier = "thinned" | "compacted";
interface Progress { thinned: number; compacted: number; tasks: Task[] }
/** Of one resource; with `from`, then of those with greater numbers too, each from there. */
interface Task { tier: Tier; resource: number; after: number; upTo: number; from?: number }
interface Row extends SqlRow { id: number; namespace: string; name: string; type: number; previous: number }

export class Compaction {
  readonly #db: SqlDatabase;
  readonly #resources: ResourceNumbers;
  #progress: Progress;

  constructor(db: SqlDatabase, resources: ResourceNumbers) {
    this.#db = db;
    this.#resources = resources;
    const row = db.all<{ value: string }>("SELECT value FROM meta WHERE key = 'compaction'")[0];
    this.#progress = row ? (JSON.parse(row.value) as Progress) : { thinned: 0, compacted: 0, tasks: [] };
  }

  get compacted(): number { return this.#progress.compacted; }
  get thinned(): number { return this.#progress.thinned; }

  /** Looks at no more than `limit` rows. True when there is more to do. */
  pass(nowMs: number, limit: number): boolean {
    const progress = structuredClone(this.#progress);
    if (progress.tasks.length === 0 && !this.#plan(progress, nowMs)) return false;
    let remaining = limit;
    while (remaining > 0 && progress.tasks.length > 0) {
      const task = progress.tasks[0]!;
      const seen = this.#work(task, remaining);
      if (seen < remaining && !this.#toNextResource(task)) progress.tasks.shift();
      remaining -= Math.max(1, seen);
    }
    this.#save(progress);
    return progress.tasks.length > 0;
  }

  #plan(progress: Progress, nowMs: number): boolean {
    const marks = { thinned: this.#markAt(nowMs - THIN_AFTER_MS), compacted: this.#markAt(nowMs - FORGET_AFTER_MS) };
    for (const tier of ["thinned", "compacted"] as const) {
      if (marks[tier] <= progress[tier]) continue;
      progress.tasks.push({ tier, resource: 0, after: progress[tier], upTo: marks[tier], from: progress[tier] });
      progress[tier] = marks[tier];
    }
    if (progress.tasks.length === 0) return false;
    this.#db.run("DELETE FROM marks WHERE revision < ?", marks.compacted);
    return true;
  }

  #toNextResource(task: Task): boolean {
    if (task.from === undefined || !this.#resources.has(task.resource + 1)) return false;
    task.resource++;
    task.after = task.from;
    return true;
  }

  #work(task: Task, limit: number): number {
    const start = task.resource * RESOURCE_SHIFT;
    const rows = this.#db.all<Row>("SELECT id, namespace, name, type, previous FROM revisions WHERE id > ? AND id <= ? ORDER BY id LIMIT ?", start + task.after, start + task.upTo, limit);
    for (const row of rows) {
      if (task.tier === "thinned") this.#forgetSuperseded(start, row);
      else if (row.type === 3) this.#forgetTombstone(start, row);
    }
    if (rows.length > 0) task.after = rows[rows.length - 1]!.id - start;
    return rows.length;
  }

  #forgetSuperseded(start: number, row: Row): void {
    if (row.previous > 0) this.#db.run("DELETE FROM revisions WHERE id = ?", start + row.previous);
  }

  #forgetTombstone(start: number, row: Row): void {
    this.#db.run("DELETE FROM revisions WHERE id = ?", row.id);
    this.#db.run("DELETE FROM tombstones WHERE resource = ? AND namespace = ? AND name = ? AND revision = ?", start / RESOURCE_SHIFT, row.namespace, row.name, row.id - start);
  }

  #markAt(timeMs: number): number {
    return this.#db.all<{ revision: number | null }>("SELECT MAX(revision) AS revision FROM marks WHERE time <= ?", timeMs)[0]!.revision ?? 0;
  }

  #save(progress: Progress): void {
    this.#db.run("INSERT INTO meta (key, value) VALUES ('compaction', ?) ON CONFLICT DO UPDATE SET value = excluded.value", JSON.stringify(progress));
    this.#progress = progress;
  }
}
