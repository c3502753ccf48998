/**
 * A containerd of our own: one per local node, with its own directories, sockets and cgroup parent, in a private mount
 * namespace (so that its mounts vanish with it) and in the node's network namespace. It is started again when it dies.
 * `stop()` ends every container, shim and mount and removes the cgroups; the image store stays in `dir` for the next start.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CriClient } from "../cri/client.ts";
import { removeCgroups } from "./cgroups.ts";
import { ensurePauseImage, PAUSE_IMAGE } from "../runtime/pause-image.ts";

export interface ContainerdOptions {
  /** Everything containerd keeps: root/, state/, config, log. Socket paths are limited to 107 bytes, so keep it short. */
  dir: string;
  /** Network namespace to run in, such as /run/netns/isopod-n1. */
  netns?: string;
  /** The agent writes its CNI configuration here; default `<dir>/cni`. */
  cniConfDir?: string;
  cniBinDir?: string;
  /** Parent of the pods' cgroups, such as /isopod/n1; removed by stop(). */
  cgroupParent: string;
  defaultRuntime?: "runc" | "crun";
}

export interface Containerd {
  /** For the agent's --runtime-endpoint. */
  readonly endpoint: string;
  readonly cniConfDir: string;
  readonly pid: number;
  /** Prefix that runs a command in containerd's mount namespace and in the node's network namespace: the agent needs both. */
  readonly enter: string[];
  stop(): Promise<void>;
}

export async function startContainerd(options: ContainerdOptions): Promise<Containerd> {
  const paths = layout(options);
  for (const dir of [paths.root, paths.state, paths.cniConfDir, paths.cniCache]) mkdirSync(dir, { recursive: true });
  await endLeftovers(paths.state);
  writeFileSync(paths.config, configText(options, paths));
  const holder = await holdMountNamespace();
  const enter = ["nsenter", `--mount=/proc/${holder.pid}/ns/mnt`, ...(options.netns ? [`--net=${options.netns}`] : []), "--"];
  let stopping = false;
  let daemon: ChildProcess;
  const run = (): void => {
    daemon = spawn(enter[0]!, [...enter.slice(1), "containerd", "-c", paths.config, "--log-level", "warn"], { stdio: ["ignore", "ignore", openLog(paths.log)], detached: true });
    daemon.once("exit", () => { if (!stopping) setTimeout(() => { if (!stopping) run(); }, 500); });
  };
  run();
  const stop = async (): Promise<void> => {
    if (stopping) return;
    await endSandboxes(paths.endpoint);
    stopping = true;
    await endChild(daemon);
    await endLeftovers(paths.state);
    await endChild(holder, "SIGKILL");
    removeCgroups(options.cgroupParent);
  };
  try {
    await untilReady(paths.endpoint, () => daemon.exitCode === null ? undefined : readTail(paths.log));
    await ensurePauseImage(paths.endpoint, paths.root);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint: paths.endpoint, cniConfDir: paths.cniConfDir, get pid() { return daemon.pid!; }, enter, stop };
}

interface Layout { root: string; state: string; config: string; log: string; socket: string; endpoint: string; cniConfDir: string; cniCache: string }

function layout(options: ContainerdOptions): Layout {
  const socket = join(options.dir, "containerd.sock");
  return {
    root: join(options.dir, "root"), state: join(options.dir, "state"), config: join(options.dir, "config.toml"), log: join(options.dir, "containerd.log"),
    socket, endpoint: `unix://${socket}`, cniConfDir: options.cniConfDir ?? join(options.dir, "cni"), cniCache: join(options.dir, "cni-cache"),
  };
}

function configText(options: ContainerdOptions, paths: Layout): string {
  const runtime = (name: string, binary: string) => `
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${name}]
        runtime_type = "io.containerd.runc.v2"
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${name}.options]
          BinaryName = "${binary}"
          Root = "${join(paths.state, name)}"
          SystemdCgroup = false
`;
  return `version = 2
root = "${paths.root}"
state = "${paths.state}"
oom_score = 0
[grpc]
  address = "${paths.socket}"
[ttrpc]
  address = "${paths.socket}.ttrpc"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  restrict_oom_score_adj = true
  disable_apparmor = true
  netns_mounts_under_state_dir = true
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${options.cniBinDir ?? "/usr/lib/cni"}"
    conf_dir = "${paths.cniConfDir}"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${join(options.dir, "certs.d")}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "${options.defaultRuntime ?? (existsSync("/usr/bin/crun") ? "crun" : "runc")}"
${runtime("runc", "runc")}${runtime("crun", "crun")}`;
}

/** A sleeping process whose only purpose is to keep the mount namespace, without the almost empty v2 hierarchy that crun refuses. */
async function holdMountNamespace(): Promise<ChildProcess> {
  const script = "umount /sys/fs/cgroup/unified 2>/dev/null; mount --make-rshared / && echo ready && exec sleep infinity";
  const holder = spawn("unshare", ["-m", "--propagation", "private", "sh", "-c", script], { stdio: ["ignore", "pipe", "inherit"], detached: true });
  await new Promise<void>((resolve, reject) => {
    holder.stdout!.once("data", () => resolve());
    holder.once("error", reject);
    holder.once("exit", (code) => reject(new Error(`a private mount namespace could not be made (exit ${code})`)));
  });
  return holder;
}

function openLog(path: string): number { return openSync(path, "a"); }
function readTail(path: string): string { return existsSync(path) ? readFileSync(path, "utf8").slice(-800) : ""; }

async function untilReady(endpoint: string, died: () => string | undefined): Promise<void> {
  const client = new CriClient(endpoint);
  try {
    for (let attempt = 0; ; attempt++) {
      const failed = died();
      if (failed !== undefined) throw new Error(`containerd ended at once: ${failed}`);
      try { await client.call("Version", {}, 1000); return; } catch (error) { if (attempt > 400) throw error; }
      await sleep(25);
    }
  } finally { client.close(); }
}

async function endSandboxes(endpoint: string): Promise<void> {
  const client = new CriClient(endpoint);
  try {
    const { items = [] } = await client.call("ListPodSandbox", {}, 2000);
    await Promise.allSettled(items.map(async ({ id }) => {
      await client.call("StopPodSandbox", { podSandboxId: id! }, 10_000);
      await client.call("RemovePodSandbox", { podSandboxId: id! }, 10_000);
    }));
  } catch { /* containerd is gone already: its leftovers are ended below */ } finally { client.close(); }
}

async function endChild(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
  await ended;
  clearTimeout(timer);
}

/** Kills the shims that serve `state` with everything below them. */
async function endLeftovers(state: string): Promise<void> {
  const shims = processes().filter((p) => p.command.includes("containerd-shim") && p.command.includes(join(dirname(state), "containerd.sock")));
  const doomed = new Set(shims.map((s) => s.pid));
  const all = processes();
  for (let grew = true; grew;) {
    grew = false;
    for (const p of all) if (!doomed.has(p.pid) && doomed.has(p.parent)) { doomed.add(p.pid); grew = true; }
  }
  for (const pid of doomed) try { process.kill(pid, "SIGKILL"); } catch { /* ended by itself */ }
  for (let i = 0; i < 100 && [...doomed].some(alive); i++) await sleep(20);
}

function processes(): { pid: number; parent: number; command: string }[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      const parent = Number(readFileSync(`/proc/${name}/stat`, "utf8").replace(/^.*\) /s, "").split(" ")[1]);
      return [{ pid: Number(name), parent, command: readFileSync(`/proc/${name}/cmdline`, "utf8") }];
    } catch { return []; }
  });
}

function alive(pid: number): boolean {
  try { return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, "utf8")); } catch { return false; }
}
