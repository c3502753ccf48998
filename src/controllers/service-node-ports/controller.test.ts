import { expect, test } from "vitest";
import { aService } from "../../../test/harness/builders.ts";
import { testFacts } from "../../../test/harness/facts.ts";
import { testCluster } from "../../../test/harness/test-cluster.ts";
import { serviceNodePortsController } from "./controller.ts";

test("a port outside of the range is told of, one inside is not", async () => {
  await using cluster = await testCluster({ nodes: 0 });
  cluster.create(aService({ spec: { type: "NodePort", ports: [{ port: 80, nodePort: 30007 }] } }));
  cluster.settle();
  const events = () => cluster.list("v1", "Event").filter((event) => event.reportingComponent === "portallocator-repair-controller").map((event) => `${event.reason}: ${event.message}`);
  expect(events()).toEqual([]);
  cluster.transact((tx) => serviceNodePortsController.reconcile(tx, "default/web", { ...testFacts(), nodePortRange: [31_000, 31_999] }));
  expect(events()).toEqual(["PortOutOfRange: Port 30007 is not within the port range 31000-31999; please recreate service"]);
});
