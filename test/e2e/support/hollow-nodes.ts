import { join } from "node:path";
import { AGENT_BUNDLE, bundleAgent } from "../../../cli/bundle.ts";
import { createJoinToken, untilNodesReady } from "../../../cli/cluster-access.ts";
import { Service } from "../../../cli/process.ts";
import type { TestInstallation } from "./installation.ts";

/** Nodes hollow-0, hollow-1, …: real agents in one process, without containers. Needs neither root nor a runtime. */
export async function startHollowNodes({ controlPlane, dataDir, origin }: Pick<TestInstallation, "controlPlane" | "dataDir" | "origin">, count: number, labels = ""): Promise<Service> {
  await bundleAgent();
  const access = ["--server", origin, "--ca", join(dataDir, "ca.crt"), "--token", await createJoinToken(controlPlane, dataDir)];
  const nodes = new Service({
    name: "hollow", command: process.execPath, restart: false, graceMs: 2_000, logFile: join(dataDir, "hollow.log"),
    args: [AGENT_BUNDLE, ...access, "--hollow", String(count), "--data-dir", join(dataDir, "hollow"), ...(labels ? ["--node-labels", labels] : [])],
  });
  await untilNodesReady(controlPlane, dataDir, Array.from({ length: count }, (_, i) => `hollow-${i}`)).catch(async (error: unknown) => {
    await nodes.stop();
    throw error;
  });
  return nodes;
}
