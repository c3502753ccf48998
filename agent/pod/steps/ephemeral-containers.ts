import { startContainer } from "../containers/start-container.ts";
import type { Step } from "./step.ts";

/** Containers added for debugging: each is started once and never again. */
export const ephemeralContainers: Step = {
  name: "ephemeral-containers",
  async start({ state, env, wake }) {
    let retryMs: number | undefined;
    for (const container of state.pod.spec.ephemeralContainers ?? []) {
      if (state.records(container.name).length > 0) continue;
      const targetId = container.targetContainerName ? state.running().find((r) => r.name === container.targetContainerName)?.id : undefined;
      const result = await startContainer(state, { container, env, wake, ...(targetId && { targetId }) });
      if (result.retryMs !== undefined) retryMs = Math.min(retryMs ?? Infinity, result.retryMs);
    }
    return { next: "proceed", ...(retryMs !== undefined && { retryMs }) };
  },
};
