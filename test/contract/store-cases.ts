import { expect } from "vitest";
import type { SqlStore } from "../../src/durable/sql-store.ts";
import { StoreError, type StoredObject } from "../../src/durable/store.ts";

/**
 * What every store must do. A case is a list of steps; between two steps the harness throws the store away and opens it
 * again from its database (on Node), or evicts the Durable Object (in workerd), so nothing may live in memory alone.
 */
export interface StoreCase { name: string; steps: ((env: StoreEnv) => void)[] }
export interface StoreEnv { store: SqlStore; clock: { nowMs: number }; state: Record<string, any> }

const PODS = "/pods";
const MAPS = "/configmaps";
const key = (name: string, namespace = "default", resource = PODS) => ({ resource, namespace, name });
const json = (name: string, extra: object = {}) => JSON.stringify({ metadata: { name, uid: `uid-${name}` }, ...extra });
const names = (rows: Iterable<StoredObject>) => [...rows].map((row) => row.name);

const put = (store: SqlStore, name: string, extra: object = {}, indexes: [string, string][] = [], resource = PODS): number =>
  store.transact((tx) => tx.put(key(name, "default", resource), { uid: `uid-${name}`, json: json(name, extra), indexes }).revision);
const remove = (store: SqlStore, name: string): void => store.transact((tx) => { tx.remove(key(name), json(name)); });

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof StoreError) return error.code;
    throw error;
  }
  return undefined;
}

export const storeCases: StoreCase[] = [
  {
    name: "numbers all writes of all resources by one counter, which survives",
    steps: [
      ({ store }) => {
        expect(store.revision).toBe(0);
        expect(put(store, "a")).toBe(1);
        expect(put(store, "m", {}, [], MAPS)).toBe(2);
        expect(put(store, "a", { v: 2 })).toBe(3);
      },
      ({ store }) => {
        expect(store.revision).toBe(3);
        remove(store, "a");
      },
      ({ store }) => {
        expect(store.revision).toBe(4);
        expect(put(store, "b")).toBe(5);
      },
    ],
  },
  {
    name: "reads back what was put, and nothing after it was removed",
    steps: [
      ({ store }) => { put(store, "a", { v: 1 }); },
      ({ store }) => {
        expect(store.transaction.get(key("a"))).toEqual({ ...key("a"), uid: "uid-a", revision: 1, json: json("a", { v: 1 }) });
        remove(store, "a");
        expect(store.transaction.get(key("a"))).toBeUndefined();
        expect(store.transaction.get(key("a", "other"))).toBeUndefined();
        expect(store.transaction.get(key("a", "default", "/never"))).toBeUndefined();
      },
    ],
  },
  {
    name: "lists in key order, by namespace, in pages",
    steps: [
      ({ store }) => store.transact((tx) => {
        for (const [namespace, name] of [["b", "1"], ["a", "2"], ["a", "1"], ["b", "0"], ["c", "9"]] as const) tx.put(key(name, namespace), { uid: name, json: "{}" });
      }),
      ({ store: { transaction: tx } }) => {
        const keys = (rows: Iterable<StoredObject>) => [...rows].map((row) => `${row.namespace}/${row.name}`);
        expect(keys(tx.list(PODS))).toEqual(["a/1", "a/2", "b/0", "b/1", "c/9"]);
        expect(keys(tx.list(PODS, { namespace: "b" }))).toEqual(["b/0", "b/1"]);
        expect(keys(tx.list(PODS, { limit: 2, after: { namespace: "a", name: "1" } }))).toEqual(["a/2", "b/0"]);
        expect(keys(tx.list(PODS, { namespace: "b", after: { namespace: "b", name: "0" } }))).toEqual(["b/1"]);
        expect(keys(tx.list("/never"))).toEqual([]);
        expect([tx.count(PODS), tx.count(PODS, "a"), tx.count("/never")]).toEqual([5, 2, 0]);
      },
    ],
  },
  {
    name: "lists more rows than a page holds, while they are being changed",
    steps: [
      ({ store }) => store.transact((tx) => {
        for (let i = 0; i < 700; i++) tx.put(key(`p${String(i).padStart(4, "0")}`), { uid: `u${i}`, json: "{}", indexes: [["node", "n1"]] });
      }),
      ({ store }) => store.transact((tx) => {
        let seen = 0;
        for (const row of tx.list(PODS)) {
          seen++;
          tx.put(row, { uid: row.uid, json: '{"x":1}', indexes: [["node", "n1"]] });
        }
        expect(seen).toBe(700);
        expect([...tx.byIndex("node", "n1")].length).toBe(700);
      }),
    ],
  },
  {
    name: "an inner failure undoes the inner writes and gives their revisions out again",
    steps: [
      ({ store }) => {
        store.transact((tx) => {
          tx.put(key("a"), { uid: "a", json: "{}" });
          expect(() => tx.savepoint(() => {
            tx.put(key("b"), { uid: "b", json: "{}", indexes: [["i", "v"]] });
            tx.put(key("x", "", "/new"), { uid: "x", json: "{}" });
            throw new Error("no");
          })).toThrow("no");
          expect(tx.revision).toBe(1);
          tx.put(key("c"), { uid: "c", json: "{}" });
        });
        expect(store.changes.map((change) => [change.name, change.revision])).toEqual([["a", 1], ["c", 2]]);
        expect(() => store.transact((tx) => { tx.put(key("d"), { uid: "d", json: "{}" }); throw new Error("no"); })).toThrow("no");
        expect(store.revision).toBe(2);
        expect(store.changes).toEqual([]);
      },
      ({ store }) => {
        expect(names(store.transaction.list(PODS))).toEqual(["a", "c"]);
        expect([...store.transaction.byIndex("i", "v")]).toEqual([]);
        expect(store.revision).toBe(2);
        put(store, "y", {}, [], "/other");
        expect(names(store.transaction.list("/new"))).toEqual([]);
      },
    ],
  },
  {
    name: "finds objects by their index entries, and no longer by those that an update dropped",
    steps: [
      ({ store }) => {
        put(store, "a", {}, [["owner", "u1"], ["/pods:spec.nodeName", "n1"]]);
        put(store, "b", {}, [["owner", "u1"]]);
        put(store, "m", {}, [["owner", "u1"]], MAPS);
      },
      ({ store }) => {
        expect(names(store.transaction.byIndex("owner", "u1"))).toEqual(["a", "b", "m"]);
        expect(names(store.transaction.byIndex("owner", "u1", MAPS))).toEqual(["m"]);
        expect(names(store.transaction.byIndex("owner", "u1", "/never"))).toEqual([]);
        put(store, "a", {}, [["/pods:spec.nodeName", "n2"]]);
        remove(store, "b");
      },
      ({ store }) => {
        expect(names(store.transaction.byIndex("owner", "u1"))).toEqual(["m"]);
        expect(names(store.transaction.byIndex("/pods:spec.nodeName", "n1"))).toEqual([]);
        expect(names(store.transaction.byIndex("/pods:spec.nodeName", "n2"))).toEqual(["a"]);
      },
    ],
  },
  {
    name: "reads and lists the past, through deletion and creation anew",
    steps: [
      ({ store }) => {
        put(store, "a", { v: 1 }); // 1
        put(store, "b", { v: 1 }); // 2
        put(store, "a", { v: 2 }); // 3
        remove(store, "a"); // 4
        put(store, "a", { v: 3 }); // 5
        remove(store, "b"); // 6
        put(store, "c"); // 7
      },
      ({ store: { transaction: tx } }) => {
        const at = (revision: number) => [...tx.list(PODS, { at: revision })].map((row) => `${row.name}@${row.revision}`);
        expect([0, 1, 2, 3, 4, 5, 6, 7].map(at)).toEqual([
          [], ["a@1"], ["a@1", "b@2"], ["a@3", "b@2"], ["b@2"], ["a@5", "b@2"], ["a@5"], ["a@5", "c@7"],
        ]);
        expect(tx.getAt(key("a"), 4)).toBeUndefined();
        expect(tx.getAt(key("a"), 3)).toMatchObject({ revision: 3, uid: "uid-a", json: json("a", { v: 2 }) });
        expect(tx.getAt(key("b"), 5)).toMatchObject({ revision: 2 });
        expect(codeOf(() => tx.getAt(key("a"), 8))).toBe("future");
        expect(codeOf(() => [...tx.list(PODS, { at: 8 })])).toBe("future");
        expect([...tx.list(PODS, { at: 3, limit: 1 })].map((row) => row.name)).toEqual(["a"]);
        expect([...tx.list(PODS, { at: 3, after: { namespace: "default", name: "a" } })].map((row) => row.name)).toEqual(["b"]);
        expect([...tx.list(PODS, { at: 3, namespace: "other" })]).toEqual([]);
      },
    ],
  },
  {
    name: "tells the changes of one resource after a revision, with the states before",
    steps: [
      ({ store }) => {
        put(store, "a", { v: 1 });
        put(store, "m", {}, [], MAPS);
        put(store, "a", { v: 2 });
        expect(store.changes[0]!.previousJson).toBe(json("a", { v: 1 }));
        remove(store, "a");
        put(store, "a", { v: 3 });
        expect(store.changes[0]!.previousJson).toBeUndefined();
      },
      ({ store: { transaction: tx } }) => {
        const changes = [...tx.changesSince(PODS, 0)];
        expect(changes.map((change) => [change.type, change.revision])).toEqual([["ADDED", 1], ["MODIFIED", 3], ["DELETED", 4], ["ADDED", 5]]);
        expect(changes.map((change) => change.previousJson)).toEqual([undefined, json("a", { v: 1 }), json("a", { v: 2 }), undefined]);
        expect([...tx.changesSince(PODS, 3)].map((change) => change.revision)).toEqual([4, 5]);
        expect([...tx.changesSince(PODS, 0, 2)].map((change) => change.revision)).toEqual([1, 3]);
        expect([...tx.changesSince(PODS, 5)]).toEqual([]);
        expect(codeOf(() => tx.changesSince(PODS, 6))).toBe("future");
      },
    ],
  },
  {
    name: "refuses an object beyond 1.5 MB and keeps one just below",
    steps: [
      ({ store }) => {
        expect(codeOf(() => put(store, "big", { text: "x".repeat(1_500_000) }))).toBe("too-large");
        expect(codeOf(() => put(store, "wide", { text: "ü".repeat(750_000) }))).toBe("too-large");
        put(store, "fits", { text: "x".repeat(1_499_000) });
      },
      ({ store }) => expect(store.transaction.get(key("fits"))!.json.length).toBeGreaterThan(1_499_000),
    ],
  },
  {
    name: "writes two rows for a create and for an update, and three for a removal",
    steps: [
      ({ store }) => { put(store, "warm-up"); },
      ({ store }) => {
        const cost = (run: () => void) => { const before = store.db.rowsWritten; run(); return store.db.rowsWritten - before; };
        expect(cost(() => put(store, "a"))).toBe(2);
        expect(cost(() => put(store, "a", { v: 2 }))).toBe(2);
        expect(cost(() => put(store, "b", {}, [["owner", "x"]]))).toBe(3);
        expect(cost(() => put(store, "b", { v: 2 }, [["owner", "x"]]))).toBe(2);
        expect(cost(() => remove(store, "a"))).toBe(3);
      },
    ],
  },
  {
    name: "keeps all of the last hour, the newest change of a day, and then only what exists",
    steps: [
      ({ store, clock }) => {
        put(store, "old"); // 1
        put(store, "a", { v: 1 }); // 2
        put(store, "a", { v: 2 }); // 3
        put(store, "gone"); // 4
        remove(store, "gone"); // 5
        clock.nowMs += 600_000;
        put(store, "mark"); // 6
        clock.nowMs += 4_200_000;
        put(store, "a", { v: 3 }); // 7
      },
      ({ store, clock }) => {
        while (store.compact({ nowMs: clock.nowMs, limit: 2 }));
        const { transaction: tx } = store;
        expect(codeOf(() => [...tx.list(PODS, { at: 5 })])).toBe("compacted");
        expect([...tx.list(PODS, { at: 6 })].map((row) => row.revision)).toEqual([3, 6, 1]);
        expect([...tx.changesSince(PODS, 1)].map((change) => [change.name, change.type, change.revision, change.previousLost ?? false]))
          .toEqual([["a", "MODIFIED", 3, true], ["gone", "DELETED", 5, true], ["mark", "ADDED", 6, false], ["a", "MODIFIED", 7, false]]);
        clock.nowMs += 86_400_000;
      },
      ({ store, clock }) => {
        while (store.compact({ nowMs: clock.nowMs, limit: 3 }));
        const { transaction: tx } = store;
        expect(store.compacted).toBe(7);
        expect(codeOf(() => tx.changesSince(PODS, 6))).toBe("compacted");
        expect([...tx.list(PODS)].map((row) => row.revision)).toEqual([7, 6, 1]);
        expect(store.db.all("SELECT COUNT(*) AS n FROM revisions")[0]!.n).toBe(3);
        expect(store.db.all("SELECT COUNT(*) AS n FROM tombstones")[0]!.n).toBe(0);
      },
    ],
  },
  {
    name: "the counter does not go back when the newest revision is compacted away",
    steps: [
      ({ store, clock }) => {
        put(store, "a");
        clock.nowMs += 400_000;
        remove(store, "a"); // 2
        clock.nowMs += 90_000_000;
        while (store.compact({ nowMs: clock.nowMs }));
        expect(store.db.all("SELECT COUNT(*) AS n FROM revisions")[0]!.n).toBe(0);
      },
      ({ store }) => {
        expect(store.revision).toBe(2);
        expect(put(store, "a")).toBe(3);
      },
    ],
  },
  {
    name: "counts and compacts over many resources, in bounded passes",
    steps: [
      ({ store, clock }) => {
        for (let i = 0; i < 1_200; i++) put(store, "a", {}, [], `g${i}/things`); // 1 to 1200
        put(store, "b", {}, [], "g1100/things");
        clock.nowMs += 90_000_000;
        put(store, "a", { v: 2 }, [], "g7/things"); // 1202
      },
      ({ store, clock, state }) => {
        expect(store.revision).toBe(1202);
        state["passes"] = 1;
        while (store.compact({ nowMs: clock.nowMs + 90_000_000, limit: 500 })) state["passes"]++;
        expect(store.db.all<{ value: string }>("SELECT value FROM meta WHERE key = 'compaction'")[0]!.value.length).toBeLessThan(500);
        expect(store.db.all("SELECT COUNT(*) AS n FROM revisions")[0]!.n).toBe(1_201);
      },
      ({ store, state }) => {
        expect(state["passes"]).toBeGreaterThan(4);
        expect([store.compacted, store.revision, store.newestRevision("g7/things"), store.newestRevision("g1100/things")]).toEqual([1202, 1202, 1202, 1201]);
        expect(put(store, "a", {}, [], "g1199/things")).toBe(1203);
      },
    ],
  },
  {
    name: "gives numbers of resources out again when all are taken, where nothing is left of one",
    steps: [
      ({ store }) => {
        put(store, "a");
        put(store, "m", {}, [], MAPS);
        store.db.run("INSERT INTO resources (number, name) WITH RECURSIVE n (x) AS (SELECT 3 UNION ALL SELECT x + 1 FROM n WHERE x < 16383) SELECT x, 'r' || x FROM n");
      },
      ({ store, clock }) => {
        put(store, "first", {}, [], "new/one"); // has what was r3's
        expect(store.resources.find("r3")).toBeUndefined();
        expect(store.resources.find("r4")).toBe(4);
        expect(names(store.transaction.list("new/one"))).toEqual(["first"]);
        remove(store, "a");
        put(store, "second", {}, [], "new/two"); // the past of pods is still there
        expect([PODS, "new/one", "new/two"].map((name) => store.resources.find(name))).toEqual([1, 3, 4]);
        clock.nowMs += 90_000_000;
        put(store, "m", { v: 2 }, [], MAPS);
        clock.nowMs += 90_000_000;
        while (store.compact({ nowMs: clock.nowMs }));
        put(store, "third", {}, [], "new/three");
      },
      ({ store }) => {
        expect([PODS, MAPS, "new/one", "new/two", "new/three"].map((name) => store.resources.find(name))).toEqual([undefined, 2, 3, 4, 1]);
        expect(names(store.transaction.list("new/three"))).toEqual(["third"]);
        expect(store.revision).toBe(7);
        for (const name of ["a", "b"]) expect(() => store.transact(() => { put(store, name, {}, [], `later/${name}`); throw new Error("no"); })).toThrow("no");
        expect(store.resources.find("later/a")).toBeUndefined();
        expect(put(store, "x", {}, [], "later/a")).toBe(8);
      },
    ],
  },
];
