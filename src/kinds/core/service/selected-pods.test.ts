import { expect, test } from "vitest";
import { aPod, aService } from "../../../../test/harness/builders.ts";
import { testCluster } from "../../../../test/harness/test-cluster.ts";
import { selectorFromLabels } from "../../values/label-selector.ts";
import type { Service } from "../../types/core-v1.generated.ts";
import { pod as podKind } from "../pod/kind.ts";
import { selectedPods } from "./selected-pods.ts";

test.each([1, 2, 3, 4])("a service's pods are exactly those that its selector matches, whatever is rolled back (seed %i)", async (seed) => {
  await using cluster = await testCluster({ seed, nodes: 0 });
  const services = [{ app: "a" }, { app: "b" }, { app: "a", tier: "x" }].map((selector, i) => cluster.create(aService({ name: `s${i}`, selector: selector as Record<string, string> })) as Service);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(cluster.api.random.next() * of.length)]!;
  const labels = () => ({ app: pick(["a", "b", "c"]), ...(pick([true, false]) && { tier: pick(["x", "y"]) }) });
  for (let step = 0; step < 150; step++) {
    const name = `p${pick([0, 1, 2, 3, 4, 5, 6, 7])}`;
    const fails = pick([true, false, false]);
    try {
      cluster.transact((tx) => {
        if (!tx.get(podKind, "default", name)) tx.create(podKind, aPod({ name, labels: labels() }) as never);
        else if (pick([true, false])) tx.delete(podKind, "default", name);
        else tx.update(podKind, "default", name, (draft) => { draft.metadata.labels = labels(); });
        if (fails) throw new RangeError("rolled back");
      });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
    cluster.settle();
    cluster.api.clock.nowMs += pick([0, 0, 20_000]);
    cluster.transact((tx) => {
      for (const service of services) {
        const wanted = tx.list(podKind, { namespace: "default", labels: selectorFromLabels(service.spec!.selector!) }).map((pod) => pod.metadata.name);
        expect(selectedPods(tx, service).map((pod) => pod.metadata.name)).toEqual(wanted);
      }
    });
  }
});
