import * as fc from "fast-check";
import { expect, test } from "vitest";
import { migrate } from "../../src/durable/migrations.ts";
import { openNodeDatabase } from "../../src/durable/sql-node.ts";
import { SqlStore } from "../../src/durable/sql-store.ts";

// The store against a model that keeps a copy of everything at each revision.

const RESOURCE = "/things";
type State = ReadonlyMap<string, number>; // name → revision of its last write

type Step =
  | { do: "put" | "remove"; name: string }
  | { do: "fail"; name: string }
  | { do: "reopen" }
  | { do: "pass"; minutes: number };

const name = fc.constantFrom("a", "b", "c", "d");
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("put" as const), name }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("remove" as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("fail" as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("reopen" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pass" as const), minutes: fc.constantFrom(3, 10, 70, 1500) }) },
);

test("any history of writes, failures, restarts and compactions reads as the model says", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const run = new Run();
    for (const one of steps) run.apply(one);
    run.check();
  }), { numRuns: 150, seed: 7 });
});

class Run {
  readonly db = openNodeDatabase();
  readonly states: State[] = [new Map()];
  nowMs = 1_800_000_000_000;
  store!: SqlStore;

  constructor() { this.#open(); }

  apply(step: Step): void {
    if (step.do === "reopen") return this.#open();
    if (step.do === "pass") {
      this.nowMs += step.minutes * 60_000;
      while (this.store.compact({ nowMs: this.nowMs, limit: 3 }));
      return;
    }
    const next = new Map(this.states.at(-1));
    if (step.do === "remove" && !next.has(step.name)) return;
    try {
      this.store.transact<void>(((tx: typeof this.store.transaction) => {
        const revision = tx.nextRevision();
        const key = { resource: RESOURCE, namespace: "n", name: step.name };
        if (step.do === "remove") tx.remove(key, textOf(step.name, revision));
        else tx.put(key, { uid: step.name, json: textOf(step.name, revision), indexes: [["parity", String(revision % 2)]] });
        if (step.do === "fail") throw new Error("undone");
        if (step.do === "put") next.set(step.name, revision);
        else next.delete(step.name);
      }) as () => never);
      this.states.push(next);
    } catch (error) {
      expect((error as Error).message).toBe("undone");
    }
  }

  check(): void {
    const { store, states } = this;
    const tx = store.transaction;
    expect(store.revision).toBe(states.length - 1);
    for (let at = store.thinned; at < states.length; at++) {
      expect(new Map([...tx.list(RESOURCE, { at })].map((row) => [row.name, row.revision]))).toEqual(sorted(states[at]!));
    }
    for (const parity of ["0", "1"]) {
      const expected = [...sorted(states.at(-1)!)].filter(([, revision]) => String(revision % 2) === parity).map(([each]) => each);
      expect([...tx.byIndex("parity", parity, RESOURCE)].map((row) => row.name)).toEqual(expected);
    }
    for (let from = store.compacted; from < states.length; from++) this.#replay(from);
  }

  /** Whoever resumes arrives at the present; above the thinned part each write is one event. */
  #replay(from: number): void {
    const changes = [...this.store.transaction.changesSince(RESOURCE, from, 1000)];
    const state = new Map(this.states[from]);
    for (const change of changes) {
      if (change.type === "DELETED") state.delete(change.name);
      else state.set(change.name, change.revision);
    }
    expect(sorted(state)).toEqual(sorted(this.states.at(-1)!));
    if (from >= this.store.thinned) expect(changes.map((change) => change.revision)).toEqual(Array.from({ length: this.states.length - 1 - from }, (_, i) => from + 1 + i));
  }

  #open(): void {
    migrate(this.db);
    this.store = new SqlStore(this.db, () => this.nowMs);
  }
}

const textOf = (each: string, revision: number) => JSON.stringify({ metadata: { name: each, uid: each, resourceVersion: String(revision) } });
const sorted = (state: State): Map<string, number> => new Map([...state].toSorted(([a], [b]) => (a < b ? -1 : 1)));
