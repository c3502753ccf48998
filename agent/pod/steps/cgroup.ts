import { proceed, type Step } from "./step.ts";

/** The pod's cgroup with its limits. It is written again when the pod's resources change. */
export const cgroup: Step = {
  name: "cgroup",
  async start({ state, env }) {
    if (!state.sandbox) env.cgroups.create(state.pod);
    return proceed;
  },
  async stop({ state, env }) { env.cgroups.remove(state.pod.metadata.uid); },
};
