/** Graceful end of all containers: regular ones together, then sidecars one by one in reverse order, all within one grace. */
import { stopContainer } from "./containers/stop-container.ts";
import type { PodEnvironment } from "./environment.ts";
import type { PodState } from "./state.ts";
import { isSidecar } from "./types.ts";

export async function endContainers(state: PodState, env: PodEnvironment): Promise<void> {
  const { pod } = state;
  const graceMs = 1000 * (pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30);
  const endMs = env.clock.now() + graceMs;
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar).map((c) => c.name).reverse();
  const alive = state.containers.filter((c) => c.state === "running" || c.state === "created" || c.state === "unknown");
  const stop = (names: (name: string) => boolean): Promise<unknown> => Promise.all(alive.filter((c) => names(c.name)).map((record) =>
    stopContainer(state, record, { env, graceMs: Math.max(endMs - env.clock.now(), graceMs === 0 ? 0 : 1), skipHook: false })));
  await stop((name) => !sidecars.includes(name));
  for (const name of sidecars) await stop((other) => other === name);
}
