/** Removing cgroups: runtimes leave the directories above their containers behind. */
import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";

/** Names of the topmost cgroups that begin with a prefix. */
export function cgroupsNamed(prefix: string): string[] {
  const names = hierarchies().flatMap((path) => (existsSync(path) ? readdirSync(path) : []));
  return [...new Set(names.filter((name) => name.startsWith(prefix)))];
}

function hierarchies(): string[] {
  return readFileSync("/proc/mounts", "utf8").split("\n").map((l) => l.split(" ")).filter((f) => f[2] === "cgroup" || f[2] === "cgroup2").map((f) => f[1]!);
}

/** Removes the cgroup directories of `parent` in every hierarchy, innermost first. False: some still have processes. */
export function removeCgroups(parent: string): boolean {
  const dirs = hierarchies().map((path) => join(path, parent));
  dirs.forEach(removeTree);
  return !dirs.some((dir) => existsSync(dir));
}

function removeTree(dir: string): void {
  if (!existsSync(dir)) return;
  for (const entry of readdirSync(dir, { withFileTypes: true })) if (entry.isDirectory()) removeTree(join(dir, entry.name));
  try { rmdirSync(dir); } catch { /* still has a process: the next sweep takes it */ }
}
