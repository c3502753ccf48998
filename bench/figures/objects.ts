import type { Figure } from "../figure.ts";
import { load, openConnections } from "../load.ts";
import { type Benchmark, configMap, createNamespace, type Target } from "../target.ts";

const CLIENTS = [1, 16, 64];

/** Throughput and latency of the four plain verbs, with the whole pipeline, on 2.4 KB ConfigMaps. */
export const objects: Benchmark = {
  name: "objects",
  async run(target) {
    const figures: Figure[] = [];
    const ms = target.quick ? 1_000 : 3_000;
    await warmUp(target);
    for (const clients of CLIENTS) {
      const namespace = `objects-${clients}`;
      await createNamespace(target, namespace);
      const path = `/api/v1/namespaces/${namespace}/configmaps`;
      const connections = await openConnections(target, clients);
      const created = await load(connections, { ms, expect: 201, operate: (c, i) => c.request("POST", path, configMap(`c-${i}`, i)) });
      const got = await load(connections, { ms, expect: 200, operate: (c, i) => c.request("GET", `${path}/c-${i % created.count}`) });
      const updated = await load(connections, { ms, count: created.count, expect: 200, operate: (c, i) => c.request("PUT", `${path}/c-${i}`, configMap(`c-${i}`, i + 1)) });
      const deleted = await load(connections, { ms, count: created.count, expect: 200, operate: (c, i) => c.request("DELETE", `${path}/c-${i}`) });
      for (const connection of connections) connection.close();
      const unit = clients === 1 ? "client" : "clients";
      for (const [verb, result] of Object.entries({ create: created, get: got, update: updated, delete: deleted })) {
        figures.push({ name: `${verb}, ${clients} ${unit}`, unit: "requests/s", value: result.perSecond, p50: result.p50, p99: result.p99 });
      }
    }
    return figures;
  },
};

/** Code that has just been loaded is interpreted; a server is measured as it runs. */
async function warmUp(target: Target): Promise<void> {
  await createNamespace(target, "warm-up");
  const path = "/api/v1/namespaces/warm-up/configmaps";
  const connections = await openConnections(target, 16);
  const { count } = await load(connections, { ms: 2_000, expect: 201, operate: (c, i) => c.request("POST", path, configMap(`c-${i}`, i)) });
  await load(connections, { ms: 1_000, expect: 200, operate: (c, i) => c.request("GET", `${path}/c-${i % count}`) });
  await load(connections, { ms: 1_000, count, expect: 200, operate: (c, i) => c.request("PUT", `${path}/c-${i}`, configMap(`c-${i}`, i + 1)) });
  for (const connection of connections) connection.close();
}
