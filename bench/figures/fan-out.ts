import type { Figure } from "../figure.ts";
import { load, openConnections } from "../load.ts";
import { type Benchmark, createNamespace, type Target, until } from "../target.ts";

const WATCHERS = [1, 100, 1_000];

/**
 * Watch fan-out: writes at 16 clients, every event counted at every watcher, from the first write to the last event. The
 * objects are small (400 bytes with their metadata), so that it is events that are measured, and not TLS.
 */
export const fanOut: Benchmark = {
  name: "fan-out",
  async run(target) {
    const figures: Figure[] = [];
    for (const count of WATCHERS) figures.push(await measure(target, count));
    return figures;
  },
};

async function measure(target: Target, count: number): Promise<Figure> {
  const namespace = `fan-out-${count}`;
  await createNamespace(target, namespace);
  await until("the namespace's own ConfigMap", async () => await settled(target, namespace));
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const watchers = await openConnections(target, count);
  const writers = await openConnections(target, 16);
  let seen = 0;
  // From "now" on, with the present state first: one event each for what is there already.
  await Promise.all(watchers.map((watcher) => watcher.watch(`${path}?watch=true`, (events) => { seen += events; })));
  await until("initial events", () => (seen >= count ? true : undefined), 60_000, 1);
  seen = 0;
  const ms = target.quick ? 1_500 : 4_000;
  const begun = performance.now();
  const body = (i: number) => JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: `c-${i}` }, data: { key: "value" } });
  const writes = await load(writers, { ms, expect: 201, operate: (c, i) => c.request("POST", path, body(i)) });
  await until("all events", () => (seen >= writes.count * count ? true : undefined), 120_000, 1);
  const seconds = (performance.now() - begun) / 1000;
  if (seen !== writes.count * count) throw new Error(`${seen} events for ${writes.count} writes and ${count} watchers`);
  for (const connection of [...watchers, ...writers]) connection.close();
  return { name: `watch events to ${count.toLocaleString("en-US")} ${count === 1 ? "watcher" : "watchers"}`, unit: "events/s", value: seen / seconds };
}

async function settled(target: Target, namespace: string): Promise<true | undefined> {
  const answer = await target.installation.controlPlane.ask("GET", `/api/v1/namespaces/${namespace}/configmaps/kube-root-ca.crt`, { token: target.token });
  return answer.status === 200 ? true : undefined;
}
