/** Mounts by the mount program, in the agent's own mount namespace (which is the runtime's). */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Mounts } from "../pod/environment.ts";

export const systemMounts: Mounts = {
  tmpfs: (path, sizeBytes) => run("mount", ["-t", "tmpfs", ...(sizeBytes ? ["-o", `size=${sizeBytes}`] : []), "tmpfs", path]),
  bind: (source, target) => run("mount", ["--bind", source, target]),
  async unmountAll(path) {
    for (const mount of mountPoints().filter((m) => m === path || m.startsWith(`${path}/`)).reverse()) await run("umount", ["-l", mount]);
  },
  isMounted: (path) => mountPoints().includes(path),
};

function mountPoints(): string[] {
  return readFileSync("/proc/self/mounts", "utf8").split("\n").map((line) => line.split(" ")[1] ?? "").map((path) => path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))));
}

function run(command: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => execFile(command, args, (error, _stdout, stderr) => (error ? reject(new Error(stderr.trim() || error.message)) : resolve())));
}
