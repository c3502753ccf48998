import { planContainers } from "../containers/plan.ts";
import { startContainer } from "../containers/start-container.ts";
import { stopContainer } from "../containers/stop-container.ts";
import type { Step } from "./step.ts";

/** Init containers one after another, sidecars among them, then the regular ones; those that failed a probe are ended. */
export const containers: Step = {
  name: "containers",
  async start({ state, env, wake }) {
    const plan = planContainers(state);
    for (const { record, message, graceSeconds } of plan.stop) {
      const graceMs = (graceSeconds ?? state.pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
      // Not waited for: the other containers go on meanwhile.
      if (!state.stopping.has(record.id)) void stopContainer(state, record, { env, graceMs, message, skipHook: false }).catch((e: Error) => env.log(e.message)).finally(wake);
    }
    if (plan.isDone) return { next: "end" };
    let retryMs: number | undefined;
    let started = false;
    for (const container of plan.start) {
      if (state.going.signal.aborted) break;
      const result = await startContainer(state, { container, env, wake });
      started ||= result.started;
      if (result.retryMs !== undefined) retryMs = Math.min(retryMs ?? Infinity, result.retryMs);
    }
    // What was started shows in the next look.
    if (started) wake();
    return { next: "wait", ...(retryMs !== undefined && { retryMs }) };
  },
};
