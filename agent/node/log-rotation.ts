/** Container logs of at most 10 MiB, five of each: the full one is renamed and the runtime opens a new one. */
import { readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { PodEnvironment } from "../pod/environment.ts";
import type { Pods } from "../pod/pods.ts";

const LOG_BYTES_MAX = 10 * 1024 * 1024;
const FILES_MAX = 5;

export async function rotateLogs(pods: Pods, env: PodEnvironment): Promise<void> {
  for (const { state } of pods.list()) {
    for (const record of state.running()) {
      const size = record.logPath ? statSync(record.logPath, { throwIfNoEntry: false })?.size ?? 0 : 0;
      if (size < LOG_BYTES_MAX) continue;
      const rotated = `${record.logPath}.${new Date(env.clock.now()).toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15)}`;
      renameSync(record.logPath, rotated);
      try { await env.runtime.reopenLog(record.id); } catch (error) {
        renameSync(rotated, record.logPath);
        throw error;
      }
      removeOldest(record.logPath);
    }
  }
}

/** The present log counts as one of the five. Names sort by time. */
function removeOldest(path: string): void {
  const prefix = `${basename(path)}.`;
  const old = readdirSync(dirname(path)).filter((name) => name.startsWith(prefix)).sort().reverse();
  for (const name of old.slice(FILES_MAX - 1)) rmSync(join(dirname(path), name), { force: true });
}
