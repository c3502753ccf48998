import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cgroupsNamed, removeCgroups } from "../agent/node/cgroups.ts";
import { ensurePauseImage } from "../agent/runtime/pause-image.ts";
import { AGENT_BUNDLE } from "./bundle.ts";
import { ensureExampleImage, untilContainerdAnswers, writeContainerdConfig } from "./containerd.ts";
import type { LocalNodeNetwork } from "./local-network.ts";
import { childOf, Service } from "./process.ts";

export interface LocalNode {
  name: string;
  dataDir: string;
  containerdSocket: string;
  stop(): Promise<void>;
}

export interface LocalNodeOptions {
  network: LocalNodeNetwork;
  /** Part of every name on the machine, such as cgroups. */
  installation: string;
  dataDir: string;
  server: string;
  caFile: string;
  joinToken: string;
  onExit: (what: string, reason: string) => void;
}

/**
 * A node on this machine: a PID and mount namespace inside its network namespace, in it a containerd of its own and an
 * agent. All its processes, shims and containers included, die with the first process of the PID namespace, and its
 * mounts with the mount namespace: nothing has to be hunted down, even after a `kill -9` of the launcher.
 */
export async function startLocalNode(options: LocalNodeOptions): Promise<LocalNode> {
  const { network, dataDir } = options;
  const cgroup = `isopod-${options.installation}-${network.name}`;
  rmSync(join(dataDir, "state"), { recursive: true, force: true }); // sockets and mounts of a former life
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });

  const init = new Service({
    name: `${network.name}-init`,
    command: "nsenter",
    args: [`--net=/run/netns/${network.namespace}`, "unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "--propagation", "private", "bash", "-c", INIT],
    logFile: join(dataDir, "init.log"),
    restart: false,
    graceMs: 0,
    onExit: (reason) => options.onExit(`${network.name}: its namespaces`, reason),
  });
  const services = [init];
  const stop = async () => {
    for (const service of services.splice(0).reverse()) await service.stop();
    await removeOwnCgroups(cgroup);
    rmSync(join(dataDir, "state"), { recursive: true, force: true });
  };
  try {
    const containerdSocket = await startServices(services, options, cgroup);
    return { name: network.name, dataDir, containerdSocket, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Adds containerd and the agent to the services, in the namespaces of the first of them. Returns containerd's socket. */
async function startServices(services: Service[], options: LocalNodeOptions, cgroup: string): Promise<string> {
  const { network, dataDir } = options;
  const initPid = await firstProcess(services[0]!);
  const start = (name: string, command: readonly string[], graceMs: number) => services.push(new Service({
    name: `${network.name}-${name}`,
    command: "nsenter",
    args: ["--target", String(initPid), "--mount", "--net", "--pid", "--", ...command],
    wrapped: true,
    logFile: join(dataDir, `${name}.log`),
    restart: true,
    graceMs,
    onExit: (reason) => options.onExit(`${network.name}: ${name}`, reason),
  }));
  const config = writeContainerdConfig(dataDir);
  start("containerd", ["containerd", "--config", config.config, "--log-level", "warn"], 2_000);
  await untilContainerdAnswers(config.socket);
  await ensurePauseImage(`unix://${config.socket}`, join(dataDir, "containerd"));
  await ensureExampleImage(config.socket, dataDir);
  start("agent", [
    "env", "MALLOC_ARENA_MAX=1", process.execPath, "--max-semi-space-size=1", "--optimize-for-size", "--single-threaded-gc", AGENT_BUNDLE, "--server", options.server, "--ca", options.caFile, "--token", options.joinToken, "--node-name", network.name,
    "--node-ip", network.address, "--data-dir", join(dataDir, "agent"), "--runtime-endpoint", `unix://${config.socket}`, "--cgroup", cgroup, "--cni-config-dir", config.cniConfigDir,
  ], 5_000);
  return config.socket;
}

/** crun refuses hybrid cgroups, hence the umount; the shell stays as process 1 and reaps what the shims leave. */
const INIT = `umount /sys/fs/cgroup/unified 2>/dev/null; mount --make-rshared /; while :; do sleep 86400 & wait $!; done`;

/** What nodes of a killed launcher left, also of nodes that are not started again. */
export async function removeLeftCgroups(installation: string): Promise<void> {
  for (const left of cgroupsNamed(`isopod-${installation}-`)) await removeOwnCgroups(left);
}

/** Killed processes take a moment to leave. */
async function removeOwnCgroups(cgroup: string): Promise<void> {
  for (let attempt = 0; attempt < 50 && !removeCgroups(cgroup); attempt++) await new Promise((resolve) => setTimeout(resolve, 40));
}

async function firstProcess(init: Service): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const pid = init.pid === undefined ? undefined : childOf(init.pid);
    if (pid !== undefined) return pid;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`the namespaces of a node could not be made; see ${init.options.logFile}`);
}
