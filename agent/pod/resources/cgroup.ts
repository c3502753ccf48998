/**
 * Pod cgroups, in whichever hierarchies the machine has (v1 controllers, v2, or both). CRI has no pids limit and runtimes
 * leave the pod's own directory behind, so the agent makes and removes it.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { quantityMilli, quantityUnits } from "../../../src/kinds/values/quantity.ts";
import { removeCgroups } from "../../node/cgroups.ts";
import type { Pod } from "../types.ts";

export const cpuShares = (milli: number): number => (milli === 0 ? 2 : Math.min(Math.max(Math.floor((milli * 1024) / 1000), 2), 262_144));
export const CPU_PERIOD_US = 100_000;
/** 0 means no limit. */
export const cpuQuota = (milli: number): number => (milli === 0 ? 0 : Math.max(Math.floor((milli * CPU_PERIOD_US) / 1000), 1000));

export class PodCgroups {
  /** Such as /isopod/n1. */
  private readonly parent: string;
  private readonly pidsMax: number;
  constructor(parent: string, pidsMax: number) { this.parent = parent; this.pidsMax = pidsMax; }

  path(pod: Pod): string { return `${this.parent}/pod${pod.metadata.uid}`; }

  /** Idempotent. A machine without a controller goes without its limit. */
  create(pod: Pod): void {
    const limits = podLimits(pod);
    for (const mount of hierarchies()) {
      const dir = join(mount.path, this.path(pod));
      mkdirSync(dir, { recursive: true });
      if (mount.v2) {
        this.enableControllers(mount.path);
        write(dir, "pids.max", String(this.pidsMax));
        write(dir, "memory.max", limits.memoryBytes ? String(limits.memoryBytes) : "max");
        write(dir, "cpu.max", limits.cpuMilli ? `${cpuQuota(limits.cpuMilli)} ${CPU_PERIOD_US}` : "max");
        write(dir, "cpu.weight", String(1 + Math.floor(((cpuShares(limits.cpuRequestMilli) - 2) * 9999) / 262_142)));
      } else if (mount.controllers.includes("pids")) write(dir, "pids.max", String(this.pidsMax));
      else if (mount.controllers.includes("memory") && limits.memoryBytes) write(dir, "memory.limit_in_bytes", String(limits.memoryBytes));
      else if (mount.controllers.includes("cpuset")) this.inheritCpuset(mount.path, pod);
      if (!mount.v2 && mount.controllers.includes("cpu")) {
        write(dir, "cpu.shares", String(cpuShares(limits.cpuRequestMilli)));
        if (limits.cpuMilli) write(dir, "cpu.cfs_quota_us", String(cpuQuota(limits.cpuMilli)));
      }
    }
  }

  remove(uid: string): void { removeCgroups(`${this.parent}/pod${uid}`); }

  private enableControllers(root: string): void {
    let dir = root;
    for (const part of ["", ...this.parent.split("/").filter(Boolean)]) {
      dir = join(dir, part);
      const available = existsSync(join(dir, "cgroup.controllers")) ? readFileSync(join(dir, "cgroup.controllers"), "utf8").trim().split(" ").filter(Boolean) : [];
      for (const controller of available) write(dir, "cgroup.subtree_control", `+${controller}`);
    }
  }

  /** A v1 cpuset is unusable until its cpus and mems are set, from the root downwards. */
  private inheritCpuset(root: string, pod: Pod): void {
    let dir = root;
    for (const part of this.path(pod).split("/").filter(Boolean)) {
      const child = join(dir, part);
      for (const file of ["cpuset.cpus", "cpuset.mems"]) {
        if (existsSync(join(child, file)) && readFileSync(join(child, file), "utf8").trim() === "") write(child, file, readFileSync(join(dir, file), "utf8").trim());
      }
      dir = child;
    }
  }
}

function podLimits(pod: Pod): { cpuMilli: number; cpuRequestMilli: number; memoryBytes: number } {
  const containers = pod.spec.containers;
  const sum = (name: "cpu" | "memory", kind: "limits" | "requests", measure: (q: string) => number): number =>
    containers.reduce((total, c) => total + measure(c.resources?.[kind]?.[name] ?? "0"), 0);
  const all = (name: "cpu" | "memory"): boolean => !pod.spec.initContainers?.length && containers.every((c) => c.resources?.limits?.[name]);
  const own = pod.spec.resources;
  return {
    cpuRequestMilli: own?.requests?.["cpu"] ? quantityMilli(own.requests["cpu"]) : sum("cpu", "requests", quantityMilli),
    cpuMilli: own?.limits?.["cpu"] ? quantityMilli(own.limits["cpu"]) : all("cpu") ? sum("cpu", "limits", quantityMilli) : 0,
    memoryBytes: own?.limits?.["memory"] ? quantityUnits(own.limits["memory"]) : all("memory") ? sum("memory", "limits", quantityUnits) : 0,
  };
}

function hierarchies(): { path: string; v2: boolean; controllers: string[] }[] {
  const lines = readFileSync("/proc/mounts", "utf8").split("\n").map((l) => l.split(" "));
  const v1 = lines.filter((f) => f[2] === "cgroup").map((f) => ({ path: f[1]!, v2: false, controllers: f[3]!.split(",") }));
  const v2 = lines.filter((f) => f[2] === "cgroup2").map((f) => ({ path: f[1]!, v2: true, controllers: [] }));
  // On a hybrid machine the v2 hierarchy has no controllers: runtimes use v1 there.
  return v1.length > 0 ? v1 : v2;
}

function write(dir: string, file: string, value: string): void {
  try { writeFileSync(join(dir, file), value); } catch { /* the controller is not enabled here */ }
}
