import { expect, test } from "vitest";
import { planLocalNetwork } from "./local-network.ts";

test("a data directory has its names and its subnet, always the same", () => {
  const plan = planLocalNetwork("/tmp/a", 2);
  expect(plan).toEqual(planLocalNetwork("/tmp/a", 2));
  expect(plan.nodes.map(({ name }) => name)).toEqual(["node-0", "node-1"]);
  expect(plan.hostAddress).toMatch(/^198\.1[89]\.\d+\.1$/);
  expect(planLocalNetwork("/tmp/b", 2).id).not.toBe(plan.id);
});

test("a subnet that another installation has is left to it", () => {
  const { hostAddress, bridge } = planLocalNetwork("/tmp/a", 1);
  const other = planLocalNetwork("/tmp/a", 1, new Set([hostAddress.replace(/\.1$/, "")]));
  expect(other.bridge).toBe(bridge);
  expect(other.hostAddress).not.toBe(hostAddress);
});
