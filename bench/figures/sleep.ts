import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Figure, median } from "../figure.ts";
import { openConnections } from "../load.ts";
import { ask, type Benchmark, statistics, type Target } from "../target.ts";

/** The runtime evicts an object about 10 s after its last work. */
const EVICTION_SECONDS = [11, 13, 15, 30, 60];
const WATCHED = ["pods", "configmaps", "services"];

/**
 * Sleep: a cluster that nobody asks leaves memory although three watches are open (and a node and its pods are there, when
 * the installation has them), writes nothing, and answers quickly when it is asked again.
 */
export const sleep: Benchmark = {
  name: "sleep",
  async run(target) {
    const watchers = await openConnections(target, WATCHED.length);
    await Promise.all(watchers.map((watcher, i) => watcher.watch(`/api/v1/${WATCHED[i]}?watch=true`, () => {})));
    const evictedAfter = await eviction(target);
    const wakes: number[] = [];
    const warm: number[] = [];
    for (let i = 0; i < (target.quick ? 1 : 3); i++) {
      await pause(evictedAfter);
      const times = await readTimes(target);
      wakes.push(times[0]!);
      warm.push(median(times.slice(1)));
    }
    const figures: Figure[] = [
      { name: "wake-up of a sleeping cluster", unit: "ms", value: median(wakes) - median(warm) },
      { name: "idle cluster: evicted after", unit: "s", value: evictedAfter },
    ];
    await pause(evictedAfter);
    const files = lastWrites(target);
    await pause(target.quick ? 15 : 60);
    const written = [...lastWrites(target)].filter(([file, ms]) => files.get(file) !== ms).length;
    figures.push({ name: "idle cluster: files written in the quiet time", unit: "files", value: written });
    for (const watcher of watchers) watcher.close();
    return figures;
  },
};

/** Asking is the only way to see it, and wakes it: so longer and longer waits are tried. */
async function eviction(target: Target): Promise<number> {
  for (const seconds of EVICTION_SECONDS) {
    await ask(target, "GET", "/api/v1/namespaces/default");
    const asked = Date.now();
    await pause(seconds);
    if ((await statistics(target)).wokenMs > asked) return seconds;
  }
  throw new Error(`the cluster does not sleep: not evicted within ${EVICTION_SECONDS.at(-1)} s`);
}

/** The first read wakes the cluster, the others find it awake. The connection is opened before, which does not wake it. */
async function readTimes(target: Target): Promise<number[]> {
  const [reader] = await openConnections(target, 1);
  const times: number[] = [];
  for (let i = 0; i < 20; i++) {
    const begun = performance.now();
    const { status } = await reader!.request("GET", "/api/v1/namespaces/default");
    if (status !== 200) throw new Error(`GET: ${status}`);
    times.push(performance.now() - begun);
  }
  reader!.close();
  return times;
}

function lastWrites(target: Target): Map<string, number> {
  const root = join(target.installation.dataDir, "storage");
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(files.map((file) => join(file.parentPath, file.name)).map((path) => [path, statSync(path).mtimeMs]));
}

const pause = (seconds: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, seconds * 1000); });
