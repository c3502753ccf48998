import { setUpVolume, tearDownVolumes } from "../../volumes/set-up.ts";
import type { Step } from "./step.ts";

const RETRY_MS_MAX = 30_000;

/**
 * Every volume of the pod is there before its sandbox is; what comes from objects is brought up to date on every look.
 * A source that is missing holds a new pod back and leaves a running one as it is.
 */
export const volumes: Step = {
  name: "volumes",
  async start({ state, env }) {
    if (!env.hasVolumes) {
      for (const { name } of state.pod.spec.volumes ?? []) state.volumePaths.set(name, "/");
      return { next: "proceed" };
    }
    let refreshMs: number | undefined;
    const problems: string[] = [];
    for (const volume of state.pod.spec.volumes ?? []) {
      try {
        const result = await setUpVolume(state.pod, volume, { env, ips: state.ips });
        state.volumePaths.set(volume.name, result.path);
        if (result.refreshMs !== undefined) refreshMs = Math.min(refreshMs ?? Infinity, result.refreshMs);
      } catch (error) {
        problems.push(`MountVolume.SetUp failed for volume "${volume.name}" : ${(error as Error).message}`);
      }
    }
    if (problems.length === 0) {
      state.volumesReady = true;
      state.failures.forget("volumes/");
      return { next: "proceed", ...(refreshMs !== undefined && { retryMs: refreshMs }) };
    }
    if (state.volumesReady) return { next: "proceed", retryMs: RETRY_MS_MAX };
    problems.forEach((message) => env.events.pod(state.pod, "Warning", "FailedMount", message));
    state.failures.next("volumes/", env.clock.now());
    return { next: "wait", retryMs: Math.min(state.failures.delayMs("volumes/", env.clock.now()), RETRY_MS_MAX) };
  },
  async stop({ state, env }) {
    await tearDownVolumes(state.pod, env);
    env.objects.release(state.pod.metadata.uid);
    state.volumesReady = false;
  },
};
