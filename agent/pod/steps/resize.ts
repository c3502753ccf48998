import { containerResources } from "../resources/container-resources.ts";
import { needsRestart, pendingResize, unsized } from "../resources/resize.ts";
import { stopContainer } from "../containers/stop-container.ts";
import { proceed, type Step } from "./step.ts";

const RETRY_MS = 10_000;

/** Brings running containers to the CPU and memory that the specification has by now, if the node can bear it. */
export const resize: Step = {
  name: "resize",
  async start({ state, env, wake }) {
    const changes = unsized(state);
    state.pendingResize = changes.length > 0 ? pendingResize(state.pod, env) : undefined;
    if (changes.length === 0) return proceed;
    if (state.pendingResize) return { next: "proceed", retryMs: RETRY_MS };
    // The pod's own limits have to grow before its containers' and to shrink after them.
    env.cgroups.create(state.pod);
    for (const { container, record, applied } of changes) {
      if (needsRestart(container, applied)) {
        const graceMs = (state.pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
        const message = `Container ${container.name} resize requires restart`;
        if (!state.stopping.has(record.id)) void stopContainer(state, record, { env, graceMs, message, skipHook: false }).catch((e: Error) => env.log(e.message)).finally(wake);
        continue;
      }
      try {
        await env.runtime.updateResources(record.id, containerResources(state.pod, container, env.node.memoryBytes));
        state.resized.set(record.id, container.resources ?? {});
      } catch (error) {
        env.events.pod(state.pod, "Warning", "ResizeError", `Error resizing container ${container.name}: ${(error as Error).message}`);
        return { next: "proceed", retryMs: RETRY_MS };
      }
    }
    env.cgroups.create(state.pod);
    return proceed;
  },
};
