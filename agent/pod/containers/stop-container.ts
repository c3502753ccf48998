/** Ending one container: event, preStop within the grace, then stop signal and, when the grace is over, SIGKILL. */
import type { ContainerRecord } from "../../runtime/runtime.ts";
import type { PodEnvironment } from "../environment.ts";
import { roleOf, type PodState } from "../state.ts";
import { allContainers } from "../types.ts";
import { runHook } from "./hooks.ts";

export interface StopOptions { env: PodEnvironment; graceMs: number; message?: string; skipHook: boolean }

/** A container that has been signalled gets at least this long, as upstream has it. */
const GRACE_MIN_MS = 2000;

export async function stopContainer(state: PodState, record: ContainerRecord, options: StopOptions): Promise<void> {
  const { env } = options;
  const now = env.clock.now();
  const before = state.stopping.get(record.id);
  if (before && before.graceEndMs <= now + options.graceMs) return; // being stopped, and no sooner end is wanted
  state.stopping.set(record.id, { graceEndMs: now + options.graceMs });
  const { pod } = state;
  const container = allContainers(pod).find((c) => c.name === record.name);
  const where = { group: roleOf(pod, record.name), name: record.name };
  if (!before) env.events.pod(pod, "Normal", "Killing", options.message ?? `Stopping container ${record.name}`, where);
  const hook = container?.lifecycle?.preStop;
  if (hook && container && options.graceMs > 0 && !options.skipHook && !before) {
    const ip = (pod.spec.hostNetwork ? env.node.ips[0] : state.ips[0]) ?? "";
    const hookDone = new AbortController();
    const problem = await Promise.race([
      runHook(hook, { container, containerId: record.id, ip, timeoutMs: options.graceMs, signal: hookDone.signal }, env),
      new Promise<undefined>((resolve) => { const cancel = env.clock.after(options.graceMs, () => resolve(undefined)); hookDone.signal.addEventListener("abort", cancel); }),
    ]);
    hookDone.abort();
    if (problem !== undefined) env.events.pod(pod, "Warning", "FailedPreStopHook", `PreStopHook failed: ${problem}`, where);
  }
  const end = state.stopping.get(record.id)?.graceEndMs ?? now;
  const remainingMs = options.graceMs === 0 ? 0 : Math.max(end - env.clock.now(), GRACE_MIN_MS);
  try { await env.runtime.stopContainer(record.id, Math.ceil(remainingMs / 1000)); }
  finally { state.stopping.delete(record.id); }
}
