import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";

const CGROUP_ROOT = "/sys/fs/cgroup";

/** Removes a cgroup and everything below it, in every hierarchy (v1 and v2). Processes in it must be gone or are waited for. */
export async function removeCgroup(path: string): Promise<void> {
  for (const hierarchy of hierarchies()) {
    for (let attempt = 0; existsSync(join(hierarchy, path)) && attempt < 50; attempt++) {
      removeTree(join(hierarchy, path));
      if (existsSync(join(hierarchy, path))) await new Promise((resolve) => setTimeout(resolve, 40));
    }
  }
}

function hierarchies(): string[] {
  if (existsSync(join(CGROUP_ROOT, "cgroup.controllers"))) return [CGROUP_ROOT];
  return readFileSync("/proc/self/mounts", "utf8").split("\n").map((line) => line.split(" ")).filter(([, , type]) => type === "cgroup" || type === "cgroup2").map(([, path]) => path!);
}

function removeTree(dir: string): void {
  for (const entry of readdirSync(dir, { withFileTypes: true })) if (entry.isDirectory()) removeTree(join(dir, entry.name));
  try { rmdirSync(dir); } catch { /* busy: its processes are still going away */ }
}
