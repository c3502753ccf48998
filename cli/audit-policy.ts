import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import type { ControlPlane } from "./control-plane.ts";
import type { AuditOptions } from "./options.ts";

/**
 * Makes the cluster record what kube-apiserver's flags would. A start without them ends what an earlier start began, and
 * leaves alone what was set through the platform API.
 */
export async function applyAuditPolicy(controlPlane: ControlPlane, cluster: string, dataDir: string, options: AuditOptions): Promise<void> {
  const marker = join(dataDir, "audit-by-flags");
  if (options.policyFile === undefined) {
    if (!existsSync(marker)) return;
    await controlPlane.platform("DELETE", `/clusters/${cluster}/audit`);
    rmSync(marker);
    return;
  }
  const policy: unknown = load(readFileSync(options.policyFile, "utf8"));
  await controlPlane.platform("PUT", `/clusters/${cluster}/audit`, { policy, log: options.logPath !== undefined, ...(options.webhookConfigFile !== undefined && { webhook: "launcher" }) });
  writeFileSync(marker, "");
}
