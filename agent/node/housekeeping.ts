/**
 * Removal of what nobody needs any more: dead containers but the last of each, sandboxes, directories and cgroups of pods that
 * are gone, unused images when the disk fills, and old logs.
 */
import { existsSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import type { PodEnvironment } from "../pod/environment.ts";
import type { Pods } from "../pod/pods.ts";
import type { ContainerRecord } from "../runtime/runtime.ts";
import { PAUSE_IMAGE } from "../runtime/pause-image.ts";
import { rotateLogs } from "./log-rotation.ts";

const INTERVAL_MS = 30_000;
/** Of one container's ended instances the newest stay: the present one and that of `kubectl logs --previous`. */
const INSTANCES_KEPT = 2;
const DISK_HIGH = 0.85;
const DISK_LOW = 0.8;

export class Housekeeping {
  private readonly env: PodEnvironment;
  private readonly pods: Pods;
  private readonly timer: NodeJS.Timeout;
  private readonly logTimer: NodeJS.Timeout;
  private readonly isSynced: () => boolean;
  private busy = false;
  constructor(options: { env: PodEnvironment; pods: Pods; isSynced: () => boolean }) {
    this.env = options.env;
    this.pods = options.pods;
    this.isSynced = options.isSynced;
    this.timer = setInterval(() => void this.run(), INTERVAL_MS);
    this.logTimer = setInterval(() => void rotateLogs(this.pods, this.env).catch((e: Error) => this.env.log(`logs: ${e.message}`)), 10_000);
  }

  stop(): void { clearInterval(this.timer); clearInterval(this.logTimer); }

  async run(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    const tasks = [() => this.removeDeadContainers(), () => this.removeOrphans(), () => this.removeImages()];
    for (const task of tasks) await task().catch((error: Error) => this.env.log(`housekeeping: ${error.message}`));
    this.busy = false;
  }

  private async removeDeadContainers(): Promise<void> {
    const byName = new Map<string, ContainerRecord[]>();
    for (const record of await this.env.runtime.listContainers()) {
      const key = `${record.podUid}/${record.name}`;
      byName.set(key, [...(byName.get(key) ?? []), record]);
    }
    for (const records of byName.values()) {
      for (const record of surplus(records)) {
        await this.env.runtime.removeContainer(record.id);
        if (record.logPath) for (const file of logFiles(record.logPath)) rmSync(file, { force: true });
      }
    }
  }

  /** Waits for the server's list: before that, what we do not know may well be wanted. */
  private async removeOrphans(): Promise<void> {
    if (!this.isSynced()) return;
    const { env, pods } = this;
    const isOrphan = (uid: string): boolean => pods.get(uid) === undefined;
    for (const sandbox of await env.runtime.listSandboxes()) {
      if (!isOrphan(sandbox.podUid)) continue;
      await env.runtime.stopSandbox(sandbox.id);
      await env.runtime.removeSandbox(sandbox.id);
      env.cgroups.remove(sandbox.podUid);
    }
    for (const uid of entries(env.paths.pods)) {
      if (!isOrphan(uid)) continue;
      await env.mounts.unmountAll(env.paths.pod(uid));
      rmSync(env.paths.pod(uid), { recursive: true, force: true });
      env.cgroups.remove(uid);
    }
    for (const name of entries(env.paths.podLogs)) if (isOrphan(name.split("_").at(-1)!)) rmSync(join(env.paths.podLogs, name), { recursive: true, force: true });
  }

  private async removeImages(): Promise<void> {
    const used = (): number => { const s = statfsSync(this.env.paths.dataDir); return 1 - s.bavail / s.blocks; };
    if (used() < DISK_HIGH) return;
    const needed = new Set((await this.env.runtime.listContainers()).map((c) => c.imageId));
    for (const image of await this.env.runtime.listImages()) {
      const isNeeded = needed.has(image.id ?? "") || image.repoTags?.includes(PAUSE_IMAGE) || image.repoDigests?.some((d) => needed.has(d));
      if (isNeeded || image.pinned) continue;
      await this.env.runtime.removeImage(image.id!);
      if (used() < DISK_LOW) return;
    }
  }
}

/** Newest first; what may go. */
function surplus(records: readonly ContainerRecord[]): ContainerRecord[] {
  return records.slice(INSTANCES_KEPT).filter((r) => r.state === "exited");
}

function logFiles(path: string): string[] {
  const dir = join(path, "..");
  const name = path.split("/").at(-1)!;
  return entries(dir).filter((n) => n === name || n.startsWith(`${name}.`)).map((n) => join(dir, n));
}

const entries = (dir: string): string[] => (existsSync(dir) ? readdirSync(dir) : []);
