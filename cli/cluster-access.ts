import { randomInt } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterChoices } from "./options.ts";
import type { ControlPlane } from "./control-plane.ts";

const NODES_READY_MS_MAX = 60_000;

/**
 * Makes the cluster on the first start, and on each start sees to a kubeconfig of its administrator that works. The
 * token is read back from the kubeconfig: it is the only copy.
 */
export async function createAdminKubeconfig(controlPlane: ControlPlane, cluster: string, dataDir: string, choices: ClusterChoices = {}): Promise<string> {
  const file = join(dataDir, "kubeconfig");
  const token = adminToken(dataDir);
  if (token) {
    const answer = await controlPlane.ask("GET", "/api/v1/namespaces/default", { token });
    if (answer.status === 200) {
      // The port may have changed since.
      writeFileSync(file, readFileSync(file, "utf8").replace(/server: \S+/, `server: ${controlPlane.origin}`), { mode: 0o600 });
      return file;
    }
  }
  const made = await controlPlane.platform("POST", "/clusters", { id: cluster, name: cluster, ...choices }) as { kubeconfig: string };
  const ca = Buffer.from(controlPlane.caPem).toString("base64");
  const kubeconfig = made.kubeconfig
    .replace(/server: \S+/, `server: ${controlPlane.origin}`)
    .replace(/certificate-authority-data: \S*/, `certificate-authority-data: ${ca}`);
  writeFileSync(file, kubeconfig, { mode: 0o600 });
  return file;
}

/** A bootstrap token for this installation's own nodes, kept so that a second start finds it again. */
export async function createJoinToken(controlPlane: ControlPlane, dataDir: string): Promise<string> {
  const file = join(dataDir, "join-token");
  if (!existsSync(file)) writeFileSync(file, `${letters(6)}.${letters(16)}`, { mode: 0o600 });
  const token = readFileSync(file, "utf8");
  const [id, secret] = token.split(".");
  const body = {
    apiVersion: "v1", kind: "Secret", type: "bootstrap.kubernetes.io/token",
    metadata: { name: `bootstrap-token-${id}`, namespace: "kube-system" },
    stringData: { "token-id": id, "token-secret": secret, "usage-bootstrap-authentication": "true", "usage-bootstrap-signing": "false", "auth-extra-groups": "system:bootstrappers:isopod:local" },
  };
  const answer = await controlPlane.ask("POST", "/api/v1/namespaces/kube-system/secrets", { token: adminToken(dataDir), body: JSON.stringify(body) });
  if (answer.status !== 201 && answer.status !== 409) throw new Error(`the join token could not be stored: ${answer.status} ${answer.body}`);
  return token;
}

export async function untilNodesReady(controlPlane: ControlPlane, dataDir: string, names: readonly string[], interrupted?: AbortSignal): Promise<void> {
  const untilMs = Date.now() + NODES_READY_MS_MAX;
  for (;;) {
    if (interrupted?.aborted) return;
    const answer = await controlPlane.ask("GET", "/api/v1/nodes", { token: adminToken(dataDir) });
    if (answer.status === 200) {
      const ready = (JSON.parse(answer.body) as { items: NodeLike[] }).items.filter(isReady).map((node) => node.metadata.name);
      if (names.every((name) => ready.includes(name))) return;
    }
    if (Date.now() > untilMs) throw new Error(`not every node became Ready within ${NODES_READY_MS_MAX / 1000} s; see the logs in ${join(dataDir, "nodes")}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

interface NodeLike { metadata: { name: string }; status?: { conditions?: { type: string; status: string }[] } }

const isReady = (node: NodeLike): boolean => node.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;

function adminToken(dataDir: string): string | undefined {
  const file = join(dataDir, "kubeconfig");
  return existsSync(file) ? /token: "?([^\s"]+)/.exec(readFileSync(file, "utf8"))?.[1] : undefined;
}

function letters(count: number): string {
  return Array.from({ length: count }, () => "abcdefghijklmnopqrstuvwxyz0123456789"[randomInt(36)]).join("");
}
