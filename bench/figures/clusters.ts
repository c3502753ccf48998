import { median } from "../figure.ts";
import type { Benchmark } from "../target.ts";

const COUNT = 20;

/** From the platform's POST to the kubeconfig in hand; deletion too, since it really deletes. */
export const clusters: Benchmark = {
  name: "clusters",
  async run({ installation: { controlPlane } }) {
    const created: number[] = [];
    const deleted: number[] = [];
    for (let i = 0; i < COUNT; i++) {
      let begun = performance.now();
      const { id } = await controlPlane.platform("POST", "/clusters", { name: `bench-${i}` }) as { id: string };
      created.push(performance.now() - begun);
      begun = performance.now();
      await controlPlane.platform("DELETE", `/clusters/${id}`);
      deleted.push(performance.now() - begun);
    }
    return [
      { name: "cluster creation", unit: "ms", value: median(created) },
      { name: "cluster deletion", unit: "ms", value: median(deleted) },
    ];
  },
};
