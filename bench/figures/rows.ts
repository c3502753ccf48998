import { type Benchmark, ask, configMap, createNamespace, statistics } from "../target.ts";

const COUNT = 50;

/** Rows written are money on the platform. One write at a time, so that nothing is shared between commits. */
export const rows: Benchmark = {
  name: "rows",
  async run(target) {
    await createNamespace(target, "rows");
    await new Promise((resolve) => setTimeout(resolve, 200));
    const path = "/api/v1/namespaces/rows/configmaps";
    const counted = async (operate: (i: number) => Promise<unknown>) => {
      const { rowsWritten: before } = await statistics(target);
      for (let i = 0; i < COUNT; i++) await operate(i);
      return ((await statistics(target)).rowsWritten - before) / COUNT;
    };
    return [
      { name: "rows per create of a ConfigMap", unit: "rows", value: await counted((i) => ask(target, "POST", path, JSON.parse(configMap(`c-${i}`, i)))) },
      { name: "rows per update of a ConfigMap", unit: "rows", value: await counted((i) => ask(target, "PUT", `${path}/c-${i}`, JSON.parse(configMap(`c-${i}`, i + 1)))) },
      { name: "rows per delete of a ConfigMap", unit: "rows", value: await counted((i) => ask(target, "DELETE", `${path}/c-${i}`)) },
    ];
  },
};
