import { startHollowNodes } from "../../test/e2e/support/hollow-nodes.ts";
import { type Benchmark, ask, createNamespace, residentMb, until } from "../target.ts";

const NODES = 10;
const PODS = 1_000;
const NAMESPACE = "memory";

/** What a thousand pods cost: on hollow nodes, whose agents are real but for the containers. Also how fast they become Running. */
export const memory: Benchmark = {
  name: "memory",
  async run(target) {
    const { controlPlane } = target.installation;
    const resident = () => residentMb(controlPlane.pid()!);
    const before = resident();
    const hollow = await startHollowNodes(target.installation, NODES, "isopod.dev/bench=hollow");
    try {
      await createNamespace(target, NAMESPACE);
      const begun = performance.now();
      const labels = { app: "memory" };
      await ask(target, "POST", `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`, {
        metadata: { name: "many" },
        spec: { replicas: PODS, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { nodeSelector: { "isopod.dev/bench": "hollow" }, containers: [{ name: "c", image: "hollow" }] } } },
      });
      await until(`${PODS} pods`, async () => {
        const { status } = await ask<{ status: { readyReplicas?: number } }>(target, "GET", `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/many`);
        return (status.readyReplicas ?? 0) >= PODS ? true : undefined;
      }, 180_000, 200);
      const seconds = (performance.now() - begun) / 1000;
      const burst = resident();
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      return [
        { name: "control plane, before: resident memory", unit: "MB", value: before },
        { name: "control plane just after a burst of 1,000 pods: resident memory", unit: "MB", value: burst },
        { name: "control plane with 1,000 pods: resident memory", unit: "MB", value: resident() },
        { name: "10 hollow nodes with 1,000 pods: resident memory", unit: "MB", value: residentMb(hollow.pid!) },
        { name: "pods of a Deployment to Ready on hollow nodes", unit: "pods/s", value: PODS / seconds },
      ];
    } finally {
      await hollow.stop();
    }
  },
};
