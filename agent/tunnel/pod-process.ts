/** A process inside a pod's network: the one whose cgroup is the pod's sandbox or one of its containers. */
import { readdirSync, readFileSync } from "node:fs";
import type { PodState } from "../pod/state.ts";

const known = new Map<string, number>();

export function podProcess(state: PodState): number | undefined {
  const sandbox = state.sandbox?.id;
  if (!sandbox) return undefined;
  const cached = known.get(sandbox);
  if (cached !== undefined && belongs(cached, sandbox)) return cached;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name) || !belongs(Number(name), sandbox)) continue;
    if (known.size > 500) known.clear();
    known.set(sandbox, Number(name));
    return Number(name);
  }
  return undefined;
}

function belongs(pid: number, sandboxId: string): boolean {
  try { return readFileSync(`/proc/${pid}/cgroup`, "utf8").includes(sandboxId); } catch { return false; }
}
