import { proceed, type Step } from "./step.ts";

/** A pod that has run for activeDeadlineSeconds fails. */
export const activeDeadline: Step = {
  name: "active-deadline",
  async start({ state, env }) {
    const seconds = state.pod.spec.activeDeadlineSeconds;
    if (seconds === undefined) return proceed;
    const remainingMs = state.startedAtMs + seconds * 1000 - env.clock.now();
    if (remainingMs > 0) return { next: "proceed", retryMs: remainingMs };
    state.verdict = { reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline" };
    env.events.pod(state.pod, "Normal", "DeadlineExceeded", state.verdict.message);
    return { next: "end" };
  },
};
