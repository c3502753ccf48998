import { mkdirSync, writeFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { relative, join } from "node:path";
import { applyAuditPolicy } from "./audit-policy.ts";
import { bundleAgent, bundleWorker } from "./bundle.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { type LocalNetwork, createLocalNetwork, planLocalNetwork, removeLocalNetwork, takenSubnets } from "./local-network.ts";
import { type LocalNode, removeLeftCgroups, startLocalNode } from "./local-node.ts";
import type { StartOptions } from "./options.ts";
import { containerdSocket } from "./containerd.ts";
import { createAdminKubeconfig, createJoinToken, untilNodesReady } from "./cluster-access.ts";

const CLUSTER = "default";

/** Everything that a running installation consists of, so that stopping is the reverse of starting. */
export interface Installation {
  controlPlane: ControlPlane;
  kubeconfig: string;
  nodes: readonly LocalNode[];
  stop(): Promise<void>;
}

/** Starts control plane and nodes, and waits until the nodes are Ready. Whatever was started is stopped again if it fails. */
export async function startInstallation(options: StartOptions, say: (text: string) => void, interrupted?: AbortSignal): Promise<Installation> {
  refuseLongPath(options);
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const lock = takeLock(options.dataDir);
  const undo: (() => Promise<void> | void)[] = [lock];
  const stop = async () => { for (const step of undo.splice(0).reverse()) await step(); };
  try {
    await bundleAgent();
    bundleWorker();
    const network = planLocalNetwork(options.dataDir, options.nodes, takenSubnets(options.dataDir));
    if (options.nodes > 0) {
      requireRoot();
      undo.push(() => removeLocalNetwork(network, options.dataDir));
      createLocalNetwork(network, options.dataDir);
      await removeLeftCgroups(network.id);
    }
    const controlPlane = await startControlPlane({
      dataDir: options.dataDir,
      port: options.port,
      moreAddresses: options.nodes > 0 ? [network.hostAddress] : [],
      defaultCluster: CLUSTER,
      ...(options.audit && { audit: options.audit }),
      onExit: (reason) => say(`workerd ended (${reason}); starting it again. Its log: ${join(options.dataDir, "workerd.log")}`),
    });
    undo.push(() => controlPlane.stop());
    const kubeconfig = await createAdminKubeconfig(controlPlane, CLUSTER, options.dataDir, options.cluster);
    await applyAuditPolicy(controlPlane, CLUSTER, options.dataDir, options.audit ?? {});
    const nodes = await startNodes(options, network, controlPlane, say, undo);
    await untilNodesReady(controlPlane, options.dataDir, nodes.map((node) => node.name), interrupted);
    return { controlPlane, kubeconfig, nodes, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startNodes(options: StartOptions, network: LocalNetwork, controlPlane: ControlPlane, say: (text: string) => void, undo: (() => Promise<void> | void)[]): Promise<LocalNode[]> {
  if (options.nodes === 0) return [];
  const caFile = join(options.dataDir, "ca.crt");
  const joinToken = await createJoinToken(controlPlane, options.dataDir);
  const nodes = await Promise.all(network.nodes.map(async (node) => {
    const started = await startLocalNode({
      network: node,
      installation: network.id,
      dataDir: join(options.dataDir, "nodes", node.name),
      server: `https://${network.hostAddress}:${options.port}`,
      caFile,
      joinToken,
      onExit: (what, reason) => say(`${what} ended (${reason}). Logs: ${join(options.dataDir, "nodes", node.name)}`),
    });
    undo.push(() => started.stop());
    return started;
  }));
  return nodes;
}

/** `isopod start`: an installation that runs until a signal, and says what it does. */
export async function start(options: StartOptions): Promise<number> {
  const say = (text: string) => process.stdout.write(`${text}\n`);
  const begunMs = Date.now();
  const interruption = new AbortController();
  let signalled: (signal: string) => void = () => {};
  const signal = new Promise<string>((resolve) => { signalled = resolve; });
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => { interruption.abort(); signalled(name); });

  const starting = startInstallation(options, say, interruption.signal);
  const first = await Promise.race([starting, signal]);
  const installation = typeof first === "string" ? await starting.catch(() => undefined) : first;
  if (installation && typeof first !== "string") {
    say(welcome(installation, (Date.now() - begunMs) / 1000));
    await signal;
  }
  say("stopping");
  await installation?.stop();
  return 0;
}

function welcome(installation: Installation, seconds: number): string {
  const nodes = installation.nodes.length;
  const kubeconfig = relative(process.cwd(), installation.kubeconfig);
  const next = nodes > 0 && existsSync("examples/hello.yaml") ? "kubectl apply -f examples/hello.yaml" : "kubectl get namespaces";
  return [
    `Isopod is ready after ${seconds.toFixed(1)} s: ${installation.controlPlane.origin}, ${nodes} ${nodes === 1 ? "node" : "nodes"}. Ctrl-C stops it.`,
    `  kubeconfig: ${kubeconfig}`,
    `Now type, in another terminal:`,
    `  export KUBECONFIG=${kubeconfig}`,
    `  ${next}`,
  ].join("\n");
}

/** Of a Unix socket, of which the deepest is a node's containerd's; its CRI plugin adds to the name. */
const SOCKET_PATH_BYTES_MAX = 95;

function refuseLongPath({ dataDir }: StartOptions): void {
  const tooMany = Buffer.byteLength(containerdSocket(join(dataDir, "nodes", "node-15"))) - SOCKET_PATH_BYTES_MAX;
  if (tooMany > 0) throw new Error(`the data directory's path is too long for sockets by ${tooMany} bytes: choose a shorter --data-dir`);
}

function requireRoot(): void {
  if (process.getuid?.() !== 0) throw new Error("nodes need root (namespaces, mounts, cgroups): run as root, or start without a node: npm start -- --no-agent");
}

/** One installation per data directory. Returns the release. */
function takeLock(dataDir: string): () => void {
  const file = join(dataDir, "pid");
  if (existsSync(file)) {
    const pid = Number(readFileSync(file, "utf8"));
    if (pid !== process.pid && isAlive(pid)) throw new Error(`${dataDir} is in use by process ${pid}: stop it first, or choose another --data-dir`);
  }
  writeFileSync(file, String(process.pid));
  return () => rmSync(file, { force: true });
}

function isAlive(pid: number): boolean {
  try { process.kill(pid, 0); } catch { return false; }
  try { return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("main.ts"); } catch { return true; }
}
