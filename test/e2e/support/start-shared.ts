import type { TestProject } from "vitest/node";
import { existsSync } from "node:fs";
import { isRoot, startTestInstallation } from "./installation.ts";

/** What the test files of one run share: two nodes with real containers. Absent where containers cannot run. */
export interface SharedInstallation { origin: string; caPem: string; dataDir: string; kubeconfig: string; nodes: { name: string; address: string }[] }

declare module "vitest" {
  interface ProvidedContext { installation: SharedInstallation | undefined }
}

const NEEDED = ["/usr/bin/containerd", "/usr/lib/cni/bridge", "/bin/busybox"];

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (!isRoot || !NEEDED.every((path) => existsSync(path))) {
    process.stdout.write(`end-to-end tests with containers are skipped: they need root and ${NEEDED.join(", ")}\n`);
    project.provide("installation", undefined);
    return async () => {};
  }
  const { origin, caPem, dataDir, kubeconfig, kubectl, stop } = await startTestInstallation({ nodes: 2 });
  const nodes = (JSON.parse(await kubectl(["get", "nodes", "-o", "json"])) as { items: { metadata: { name: string }; status: { addresses: { address: string }[] } }[] }).items
    .map(({ metadata: { name }, status }) => ({ name, address: status.addresses[0]!.address }));
  project.provide("installation", { origin, caPem, dataDir, kubeconfig, nodes });
  return stop;
}
