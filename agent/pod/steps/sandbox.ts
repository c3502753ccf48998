import { sandboxConfig } from "../sandbox/sandbox-config.ts";
import { writeEtcHosts } from "../sandbox/etc-hosts.ts";
import { planContainers } from "../containers/plan.ts";
import { proceed, type Step, type StepContext } from "./step.ts";

/** A ready sandbox with its network. One that died is replaced together with all containers in it, unless all is done anyway. */
export const sandbox: Step = {
  name: "sandbox",
  async start(context) {
    const { state, env } = context;
    if (state.sandbox) {
      state.sandboxConfig ??= sandboxConfig(state.pod, state.sandbox.attempt, env);
      return proceed;
    }
    const last = state.sandboxes[0];
    if (last && planContainers(state).isDone) return { next: "end" };
    if (last) {
      env.events.pod(state.pod, "Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
      await Promise.all(state.sandboxes.map((s) => env.runtime.stopSandbox(s.id)));
    }
    return create(context, last ? last.attempt + 1 : 0);
  },
  async stop({ state, env }) {
    for (const { id } of state.sandboxes) await env.runtime.stopSandbox(id);
    // The containers of a finished pod are its status and its logs: they go with the pod object.
    if (!state.pod.metadata.deletionTimestamp) return;
    for (const { id } of state.sandboxes) await env.runtime.removeSandbox(id);
    state.sandboxes = [];
  },
};

async function create({ state, env }: StepContext, attempt: number): ReturnType<Step["start"]> {
  state.sandboxConfig = sandboxConfig(state.pod, attempt, env);
  try {
    const id = await env.runtime.runSandbox(state.sandboxConfig, "");
    state.sandboxes = await env.runtime.listSandboxes(state.pod.metadata.uid);
    if (!state.sandboxes.some((s) => s.id === id && s.ready)) return { next: "wait", retryMs: 1000 };
  } catch (error) {
    env.events.pod(state.pod, "Warning", "FailedCreatePodSandBox", `Failed to create pod sandbox: ${(error as Error).message}`);
    state.failures.next("sandbox/", env.clock.now());
    return { next: "wait", retryMs: state.failures.delayMs("sandbox/", env.clock.now()) };
  }
  state.failures.forget("sandbox/");
  writeEtcHosts(env.paths.etcHosts(state.pod.metadata.uid), state.pod, state.ips, env.node.clusterDomain);
  return proceed;
}
