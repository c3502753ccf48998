/** From "this container should run" to a running container: back-off, image, configuration, create, start, postStart. */
import { pullCredentials, type PullCredentials } from "./image-name.ts";
import type { PodEnvironment } from "../environment.ts";
import { roleOf, type PodState } from "../state.ts";
import { podText, type NamedContainer } from "../types.ts";
import { containerConfig, containerHash } from "./container-config.ts";
import { ConfigError } from "./environment-variables.ts";
import { runHook } from "./hooks.ts";
import { stopContainer } from "./stop-container.ts";

export interface StartOptions { container: NamedContainer; env: PodEnvironment; wake: () => void; targetId?: string }
/** `retryMs` when it could not start now. */
export interface StartResult { started: boolean; retryMs?: number }

export async function startContainer(state: PodState, options: StartOptions): Promise<StartResult> {
  const { container, env } = options;
  const { pod } = state;
  const where = { group: roleOf(pod, container.name), name: container.name };
  const held = crashBackOff(state, container, env);
  if (held) return held;
  const image = await env.images.ensure({ pod, container, where, sandbox: state.sandboxConfig!, secrets: () => pullSecrets(state, env), wake: options.wake });
  if ("waiting" in image) {
    if (image.waiting.reason !== "ContainerCreating") state.waiting.set(container.name, image.waiting);
    return { started: false, ...(image.retryMs !== undefined && { retryMs: image.retryMs }) };
  }
  const attempt = nextAttempt(state, container);
  const failed = (waiting: string, error: Error): StartResult => {
    state.waiting.set(container.name, { reason: waiting, message: error.message });
    env.events.pod(pod, "Warning", "Failed", `Error: ${error.message}`, where);
    state.failures.next(container.name, env.clock.now());
    return { started: false, retryMs: state.failures.delayMs(container.name, env.clock.now()) };
  };
  let id: string;
  try {
    const config = await containerConfig(state, { container, attempt, image: image.image, targetId: options.targetId }, env);
    id = await env.runtime.createContainer(state.sandbox!.id, config, state.sandboxConfig!);
  } catch (error) {
    return failed(error instanceof ConfigError ? "CreateContainerConfigError" : "CreateContainerError", error as Error);
  }
  env.events.pod(pod, "Normal", "Created", "Container created", where);
  try { await env.runtime.startContainer(id); } catch (error) {
    // The runtime keeps the container as exited, so that its end counts like a crash.
    return failed("RunContainerError", error as Error);
  }
  state.waiting.delete(container.name);
  state.failures.forget(container.name);
  env.events.pod(pod, "Normal", "Started", "Container started", where);
  await postStart(state, options, id);
  return { started: true };
}

/** A container that ended before waits for its back-off; the first restart is immediate. */
function crashBackOff(state: PodState, container: NamedContainer, env: PodEnvironment): StartResult | undefined {
  const last = state.records(container.name)[0];
  if (last?.state !== "exited") return undefined;
  // Another image starts anew.
  const key = `${container.name}/${containerHash(container)}`;
  const endedMs = last.finishedAtMs || last.createdAtMs;
  const delayMs = state.crashes.delayMs(key, endedMs);
  const remainingMs = endedMs + delayMs - env.clock.now();
  if (remainingMs > 0) {
    const message = `back-off ${formatDelay(delayMs)} restarting failed container=${container.name} pod=${podText(state.pod)}`;
    if (state.waiting.get(container.name)?.message !== message) {
      env.events.pod(state.pod, "Warning", "BackOff", `Back-off restarting failed container ${container.name} in pod ${podText(state.pod)}`, { group: roleOf(state.pod, container.name), name: container.name });
    }
    state.waiting.set(container.name, { reason: "CrashLoopBackOff", message });
    return { started: false, retryMs: remainingMs };
  }
  state.crashes.next(key, env.clock.now());
  return undefined;
}

function formatDelay(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

function nextAttempt(state: PodState, container: NamedContainer): number {
  const last = state.records(container.name)[0];
  if (last) return last.attempt + 1;
  const statuses = [...(state.pod.status?.containerStatuses ?? []), ...(state.pod.status?.initContainerStatuses ?? [])];
  const before = statuses.find((s) => s.name === container.name);
  return before?.containerID ? before.restartCount + 1 : (before?.restartCount ?? 0);
}

async function pullSecrets(state: PodState, env: PodEnvironment): Promise<PullCredentials[]> {
  const all: PullCredentials[] = [];
  const missing: string[] = [];
  for (const { name = "" } of state.pod.spec.imagePullSecrets ?? []) {
    const secret = await env.objects.get(state.pod, "secrets", name).catch(() => undefined);
    if (!secret) missing.push(name);
    all.push(...pullCredentials(secret?.data ?? {}));
  }
  if (missing.length > 0) {
    env.events.pod(state.pod, "Warning", "FailedToRetrieveImagePullSecret", `Unable to retrieve some image pull secrets (${missing.join(", ")}); attempting to pull the image may not succeed.`);
  }
  return all;
}

async function postStart(state: PodState, { container, env }: StartOptions, id: string): Promise<void> {
  const handler = container.lifecycle?.postStart;
  if (!handler) return;
  const ip = (state.pod.spec.hostNetwork ? env.node.ips[0] : state.ips[0]) ?? "";
  const problem = await runHook(handler, { container, containerId: id, ip, timeoutMs: 0, signal: state.going.signal }, env);
  if (problem === undefined || state.going.signal.aborted) return;
  env.events.pod(state.pod, "Warning", "FailedPostStartHook", `PostStartHook failed: ${problem}`, { group: roleOf(state.pod, container.name), name: container.name });
  const record = (await env.runtime.listContainers(state.pod.metadata.uid)).find((r) => r.id === id);
  if (record) await stopContainer(state, record, { env, graceMs: (state.pod.spec.terminationGracePeriodSeconds ?? 30) * 1000, message: `Container ${container.name} failed postStart hook`, skipHook: false });
}
