import { join } from "node:path";
import { AGENT_BUNDLE, bundleAgent } from "../../cli/bundle.ts";
import { createJoinToken } from "../../cli/cluster-access.ts";
import { Service } from "../../cli/process.ts";
import { type Benchmark, ask, createNamespace, residentMb, until } from "../target.ts";

const NODES = 10;
const PODS = 1_000;
const NAMESPACE = "memory";

/** What a thousand pods cost: on hollow nodes, whose agents are real but for the containers. Also how fast they become Running. */
export const memory: Benchmark = {
  name: "memory",
  async run(target) {
    const { controlPlane, dataDir, origin } = target.installation;
    const resident = () => residentMb(controlPlane.pid()!);
    const before = resident();
    await bundleAgent();
    const hollow = new Service({
      name: "hollow", command: process.execPath, restart: false, graceMs: 2_000, logFile: join(dataDir, "hollow.log"),
      args: [AGENT_BUNDLE, "--server", origin, "--ca", join(dataDir, "ca.crt"), "--token", await createJoinToken(controlPlane, dataDir), "--hollow", String(NODES), "--node-labels", "isopod.dev/bench=hollow", "--data-dir", join(dataDir, "hollow")],
    });
    try {
      await createNamespace(target, NAMESPACE);
      await until("hollow nodes", async () => ((await readyNodes(target)) >= NODES ? true : undefined), 30_000, 100);
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

async function readyNodes(target: Parameters<typeof ask>[0]): Promise<number> {
  const { items } = await ask<{ items: { metadata: { name: string }; status?: { conditions?: { type: string; status: string }[] } }[] }>(target, "GET", "/api/v1/nodes");
  return items.filter((node) => node.metadata.name.startsWith("hollow") && node.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True")).length;
}
