/** Removing cgroups: runtimes leave the directories above their containers behind. */
import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";

/** Removes the cgroup directories of `parent` in every hierarchy, innermost first. False: some still have processes. */
export function removeCgroups(parent: string): boolean {
  const mounts = readFileSync("/proc/mounts", "utf8").split("\n").map((l) => l.split(" ")).filter((f) => f[2] === "cgroup" || f[2] === "cgroup2");
  const dirs = mounts.map((mount) => join(mount[1]!, parent));
  dirs.forEach(removeTree);
  return !dirs.some((dir) => existsSync(dir));
}

function removeTree(dir: string): void {
  if (!existsSync(dir)) return;
  for (const entry of readdirSync(dir, { withFileTypes: true })) if (entry.isDirectory()) removeTree(join(dir, entry.name));
  try { rmdirSync(dir); } catch { /* still has a process: the next sweep takes it */ }
}
