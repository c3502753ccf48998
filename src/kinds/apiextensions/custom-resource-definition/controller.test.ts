import { expect, test } from "vitest";
import { TestCluster } from "../../../../test/harness/test-cluster.ts";
import { customResourceDefinition } from "./kind.ts";
import { example } from "./example.ts";

test("a deleted definition goes with all of its objects, and its names are free again", async () => {
  await using cluster = new TestCluster();
  cluster.transact((tx) => {
    tx.create(customResourceDefinition, example());
    const kind = tx.kindFor("stable.example.com", "examples")!;
    for (let i = 0; i < 450; i++) tx.create(kind, { metadata: { name: `e${i}`, namespace: "default" }, spec: { size: i } });
    expect(tx.count(kind)).toBe(450);
  });
  cluster.transact((tx) => tx.delete(customResourceDefinition, undefined, "examples.stable.example.com"));
  cluster.advance(10_000);
  cluster.transact((tx) => {
    expect(tx.get(customResourceDefinition, undefined, "examples.stable.example.com")).toBeUndefined();
    expect(tx.kindFor("stable.example.com", "examples")).toBeUndefined();
    const again = tx.create(customResourceDefinition, example());
    expect(again.status?.conditions?.map((c) => c.status)).toEqual(["True", "True"]);
    expect(tx.count(tx.kindFor("stable.example.com", "examples")!)).toBe(0);
  });
});
