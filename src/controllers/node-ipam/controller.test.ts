import { expect, test } from "vitest";
import { aNode } from "../../../test/harness/builders.ts";
import { testCluster, type TestCluster } from "../../../test/harness/test-cluster.ts";
import type { Node } from "../../kinds/types/core-v1.generated.ts";
import { freeRange } from "./controller.ts";

const ranges = (cluster: TestCluster) => Object.fromEntries(cluster.list<Node>("v1", "Node").map((node) => [node.metadata.name, node.spec?.podCIDR]));

test("every node has a range of its own, and a freed one is given out again", async () => {
  await using cluster = await testCluster({ nodes: 3 });
  cluster.settle();
  expect(new Set(Object.values(ranges(cluster)))).toEqual(new Set(["10.244.0.0/24", "10.244.1.0/24", "10.244.2.0/24"]));
  const freed = ranges(cluster)["node-2"];
  cluster.delete(aNode({ name: "node-2" }));
  cluster.addNode(aNode({ name: "node-4" }));
  cluster.settle();
  expect(ranges(cluster)["node-4"]).toBe(freed);
  expect(cluster.list<Node>("v1", "Node")[0]!.spec!.podCIDRs).toEqual([ranges(cluster)["node-1"]]);
});

test("ranges go up to the end of the cluster's, and then there is none", () => {
  const taken = new Set(Array.from({ length: 256 }, (_, i) => `10.244.${i}.0/24`));
  expect(freeRange("10.244.0.0/16", taken)).toBeUndefined();
  taken.delete("10.244.255.0/24");
  expect(freeRange("10.244.0.0/16", taken)).toBe("10.244.255.0/24");
  expect(freeRange("10.0.0.0/15", new Set(taken))).toBe("10.0.0.0/24");
});
