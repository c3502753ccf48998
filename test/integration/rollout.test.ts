import { expect, test } from "vitest";
import { aDeployment } from "../harness/builders.ts";
import { countAvailable, runs, setImage } from "../harness/looks.ts";
import { testCluster } from "../harness/test-cluster.ts";

test("a new image rolls out without dropping below minimum availability", async () => {
  await using cluster = await testCluster();
  const web = cluster.apply(aDeployment({ replicas: 4, image: "web:1", maxUnavailable: 1 }));
  cluster.settle({ pods: "ready" });
  expect(cluster.pods(web)).toHaveLength(4);

  cluster.update(web, setImage("web:2"));
  const available = cluster.observe(countAvailable(web), () => cluster.settle({ pods: "ready" }));

  expect(Math.min(...available)).toBeGreaterThanOrEqual(3);
  expect(cluster.pods(web)).toSatisfyAll(runs("web:2"));
});
