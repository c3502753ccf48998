import type { SqlDatabase } from "./sql.ts";

/** 2^39: revisions of one resource are the row ids from its number × 2^39; so 16,383 resources of 5×10^11 revisions fit into 2^53. */
export const RESOURCE_SHIFT = 549_755_813_888;

const NUMBER_MAX = 16_383;

/** Resource names and their small numbers. One is given out again only when all are taken and nothing is left of what had it. */
export class ResourceNumbers {
  readonly #db: SqlDatabase;
  readonly #byName = new Map<string, number>();
  readonly #byNumber = new Map<number, string>();
  #unsaved = false;

  constructor(db: SqlDatabase) {
    this.#db = db;
    this.#load();
  }

  find(name: string): number | undefined {
    return this.#byName.get(name);
  }

  name(number: number): string {
    return this.#byNumber.get(number)!;
  }

  /** Numbers go from 1 to the greatest without gaps. */
  has(number: number): boolean {
    return this.#byNumber.has(number);
  }

  findOrCreate(name: string): number {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const number = this.#byNumber.size < NUMBER_MAX ? this.#byNumber.size + 1 : this.#abandoned();
    this.#db.run("INSERT INTO resources (number, name) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET name = excluded.name", number, name);
    this.#unsaved = true;
    const before = this.#byNumber.get(number);
    if (before !== undefined) this.#byName.delete(before);
    this.#byName.set(name, number);
    this.#byNumber.set(number, name);
    return number;
  }

  #abandoned(): number {
    const number = this.#db.all<{ number: number }>(`
      SELECT number FROM resources n WHERE NOT EXISTS (SELECT 1 FROM objects WHERE resource = n.number) AND NOT EXISTS (SELECT 1 FROM tombstones WHERE resource = n.number)
        AND NOT EXISTS (SELECT 1 FROM revisions WHERE id >= n.number * ${RESOURCE_SHIFT} AND id < (n.number + 1) * ${RESOURCE_SHIFT}) LIMIT 1`)[0]?.number;
    if (number === undefined) throw new Error("the cluster has too many resources");
    return number;
  }

  /** After a rollback: numbers may have been given out in it. */
  forget(): void {
    if (!this.#unsaved) return;
    this.#unsaved = false;
    this.#load();
  }

  #load(): void {
    this.#byName.clear();
    this.#byNumber.clear();
    // A row of the answer costs ten times what its part of a text does, and there may be one for each of many definitions.
    for (const { page } of this.#db.all<{ page: string }>("SELECT json_group_array(json_array(number, name)) AS page FROM resources GROUP BY number / 1000")) {
      for (const [number, name] of JSON.parse(page) as [number, string][]) {
        this.#byName.set(name, number);
        this.#byNumber.set(number, name);
      }
    }
  }
}
