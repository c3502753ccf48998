import { mkdirSync, rmSync } from "node:fs";
import { proceed, type Step } from "./step.ts";

/** The pod's own directory and its logs'. Logs go last of all, with the pod object. */
export const directories: Step = {
  name: "directories",
  async start({ state, env }) {
    mkdirSync(`${env.paths.pod(state.pod.metadata.uid)}/volumes`, { recursive: true, mode: 0o750 });
    mkdirSync(env.paths.logs(state.pod), { recursive: true, mode: 0o755 });
    return proceed;
  },
  async stop({ state, env }) {
    const dir = env.paths.pod(state.pod.metadata.uid);
    await env.mounts.unmountAll(dir);
    rmSync(dir, { recursive: true, force: true });
  },
};
