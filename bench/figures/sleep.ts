import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { openConnections } from "../load.ts";
import { type Figure, median } from "../figure.ts";
import { type Benchmark, ask, statistics, type Target } from "../target.ts";

/** The runtime evicts an object after 10 s without work. */
const EVICTION_MS = 13_000;
const WATCHED = ["pods", "configmaps", "services"];

/**
 * Sleep: a cluster that nobody asks leaves memory although three watches are open (and nodes and pods are there, when the
 * installation has any), writes nothing, and answers quickly when it is asked again.
 */
export const sleep: Benchmark = {
  name: "sleep",
  async run(target) {
    const watchers = await openConnections(target, WATCHED.length);
    await Promise.all(watchers.map((watcher, i) => watcher.watch(`/api/v1/${WATCHED[i]}?watch=true`, () => {})));
    const figures: Figure[] = [];
    const [reader] = await openConnections(target, 1);
    const read = async () => {
      const begun = performance.now();
      const { status } = await reader!.request("GET", "/api/v1/namespaces/default");
      if (status !== 200) throw new Error(`GET: ${status}`);
      return performance.now() - begun;
    };
    const wakes: number[] = [];
    const warm: number[] = [];
    for (let i = 0; i < (target.quick ? 1 : 3); i++) {
      await asleep(target);
      wakes.push(await read());
      for (let j = 0; j < 20; j++) warm.push(await read());
    }
    figures.push({ name: "wake-up of a sleeping cluster", unit: "ms", value: median(wakes) - median(warm) });
    figures.push(...await quietTime(target));
    for (const connection of [...watchers, reader!]) connection.close();
    return figures;
  },
};

/** Waits for the eviction, and then makes sure that there was one. */
async function asleep(target: Target): Promise<void> {
  const before = Date.now();
  await ask(target, "GET", "/api/v1/namespaces/default");
  await new Promise((resolve) => setTimeout(resolve, EVICTION_MS));
  const { wokenMs } = await statistics(target);
  if (wokenMs < before + 9_000) throw new Error(`the cluster was not evicted: awake since ${new Date(wokenMs).toISOString()}`);
  await new Promise((resolve) => setTimeout(resolve, EVICTION_MS)); // the question woke it
}

async function quietTime(target: Target): Promise<Figure[]> {
  const before = Date.now();
  await ask(target, "GET", "/api/v1/namespaces/default");
  let evicted = Infinity;
  const quietMs = target.quick ? 20_000 : 60_000;
  await new Promise((resolve) => setTimeout(resolve, EVICTION_MS));
  const files = lastWrites(target);
  await new Promise((resolve) => setTimeout(resolve, quietMs));
  const written = [...lastWrites(target)].filter(([file, ms]) => files.get(file) !== ms).length;
  const { wokenMs } = await statistics(target);
  if (wokenMs >= before + EVICTION_MS) evicted = EVICTION_MS / 1000;
  return [
    { name: "idle cluster: evicted after", unit: "s", value: evicted },
    { name: "idle cluster: files written in the quiet time", unit: "files", value: written },
  ];
}

function lastWrites(target: Target): Map<string, number> {
  const root = join(target.installation.dataDir, "storage");
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(files.map((file) => join(file.parentPath, file.name)).map((path) => [path, statSync(path).mtimeMs]));
}
