import { type Figure, median } from "../figure.ts";
import { load, openConnections } from "../load.ts";
import { type Benchmark, configMap, createNamespace, residentMb } from "../target.ts";

const REPEATS = 7;

/** Lists of 2.4 KB objects: time to the last byte and to the first, read by a client that keeps nothing. */
export const lists: Benchmark = {
  name: "lists",
  async run(target) {
    await createNamespace(target, "lists");
    const path = "/api/v1/namespaces/lists/configmaps";
    const writers = await openConnections(target, 32);
    await load(writers, { ms: 120_000, count: 10_000, expect: 201, operate: (c, i) => c.request("POST", path, configMap(`c-${i}`, i)) });
    for (const writer of writers.slice(1)) writer.close();
    const [reader] = writers;
    const figures: Figure[] = [];
    const pid = target.installation.controlPlane.pid()!;
    const before = residentMb(pid);
    for (const [name, query] of [["list of 500", "?limit=500"], ["list of 10,000", ""]] as const) {
      const totals: number[] = [];
      const firsts: number[] = [];
      for (let i = 0; i < REPEATS; i++) {
        const begun = performance.now();
        const { status, firstByteMs } = await reader!.request("GET", path + query, undefined, { discard: true });
        if (status !== 200) throw new Error(`${name}: ${status}`);
        totals.push(performance.now() - begun);
        firsts.push(firstByteMs - begun);
      }
      figures.push({ name, unit: "ms", value: median(totals) }, { name: `${name}: first byte`, unit: "ms", value: median(firsts) });
    }
    figures.push({ name: "list of 10,000: resident memory added", unit: "MB", value: Math.max(0, residentMb(pid) - before) });
    reader!.close();
    return figures;
  },
};
