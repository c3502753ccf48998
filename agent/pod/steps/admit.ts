import { proceed, type Step } from "./step.ts";

/** Refuses, once, a pod that this node cannot run. A pod that already ran here is not asked again. */
export const admit: Step = {
  name: "admit",
  async start({ state, env }) {
    if (state.admitted) return proceed;
    if (state.containers.length === 0 && state.sandboxes.length === 0) {
      const refusal = env.refusal(state.pod);
      if (refusal) {
        state.verdict = { reason: refusal.reason, message: `Pod was rejected: ${refusal.message}` };
        env.events.pod(state.pod, "Warning", refusal.reason, refusal.message);
        return { next: "end" };
      }
    }
    state.admitted = true;
    return proceed;
  },
};
