/** Removing cgroups: runtimes leave the directories above their containers behind. */
import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";

/** Removes the cgroup directories of `parent` in every hierarchy, innermost first. */
export function removeCgroups(parent: string): void {
  const mounts = readFileSync("/proc/mounts", "utf8").split("\n").map((l) => l.split(" ")).filter((f) => f[2] === "cgroup" || f[2] === "cgroup2");
  for (const mount of mounts) removeTree(join(mount[1]!, parent));
}

function removeTree(dir: string): void {
  if (!existsSync(dir)) return;
  for (const entry of readdirSync(dir, { withFileTypes: true })) if (entry.isDirectory()) removeTree(join(dir, entry.name));
  try { rmdirSync(dir); } catch { /* still has a process: the next sweep takes it */ }
}
