import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CriClient } from "../agent/cri/client.ts";
import { importImage } from "../agent/runtime/import-image.ts";
import { PAUSE_IMAGE } from "../agent/runtime/pause-image.ts";
import { BUSYBOX_IMAGE, writeBusyboxImage } from "../scripts/busybox-image.ts";

export interface ContainerdPaths {
  config: string;
  socket: string;
  cniConfigDir: string;
}

/** `state/` is of one life of the node, `containerd/` keeps its images across starts. */
export const containerdSocket = (nodeDir: string): string => join(nodeDir, "state", "containerd.sock");

/**
 * Writes the configuration of a local node's containerd. The options beyond directories are what root without
 * CAP_SYS_RESOURCE and a machine without AppArmor need.
 */
export function writeContainerdConfig(nodeDir: string): ContainerdPaths {
  const dataDir = join(nodeDir, "containerd");
  const stateDir = join(nodeDir, "state");
  const paths = { config: join(dataDir, "config.toml"), socket: containerdSocket(nodeDir), cniConfigDir: join(dataDir, "cni") };
  for (const dir of [dataDir, stateDir, paths.cniConfigDir]) mkdirSync(dir, { recursive: true, mode: 0o700 });
  writeFileSync(paths.config, configText(dataDir, stateDir, paths));
  return paths;
}

/** Waits until containerd answers on its socket. */
export async function untilContainerdAnswers(socket: string): Promise<void> {
  const client = new CriClient(`unix://${socket}`);
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        await client.call("Version", {}, 1_000);
        return;
      } catch (error) {
        if (attempt >= 400) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    client.close();
  }
}

/** Gives a new node the image that the examples use. */
export async function ensureExampleImage(socket: string, nodeDir: string): Promise<void> {
  const client = new CriClient(`unix://${socket}`);
  try {
    const { image } = await client.call("ImageStatus", { image: { image: BUSYBOX_IMAGE } });
    if (image?.id) return;
  } finally {
    client.close();
  }
  const archive = join(nodeDir, "example-image.tar");
  await writeBusyboxImage(archive);
  await importImage(`unix://${socket}`, archive);
  rmSync(archive);
}

function configText(dataDir: string, stateDir: string, paths: ContainerdPaths): string {
  const cri = `plugins."io.containerd.grpc.v1.cri"`;
  const runtime = (name: string) => `
[${cri}.containerd.runtimes.${name}]
  runtime_type = "io.containerd.runc.v2"
[${cri}.containerd.runtimes.${name}.options]
  BinaryName = "${name}"
  Root = "${join(stateDir, name)}"
  SystemdCgroup = false
`;
  return `version = 2
root = "${join(dataDir, "root")}"
state = "${join(stateDir, "containerd")}"
oom_score = 0
[grpc]
  address = "${paths.socket}"
[ttrpc]
  address = "${paths.socket}.ttrpc"
[${cri}]
  sandbox_image = "${PAUSE_IMAGE}"
  restrict_oom_score_adj = true
  disable_apparmor = true
  netns_mounts_under_state_dir = true
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
[${cri}.cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "${paths.cniConfigDir}"
[${cri}.registry]
  config_path = "${join(dataDir, "certs.d")}"
[${cri}.containerd]
  snapshotter = "overlayfs"
  default_runtime_name = "${existsSync("/usr/bin/crun") ? "crun" : "runc"}"
${runtime("runc")}${runtime("crun")}`;
}
