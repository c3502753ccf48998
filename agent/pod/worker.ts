/**
 * One worker for each pod: it looks at what there is, runs the steps, publishes the status, and sleeps until it is woken (by
 * the pod's object, the runtime, a probe, an object that a volume comes from, a timer). Looks never overlap. When the pod is
 * to end (deleted, refused, done) its containers are ended and the steps undone in reverse order.
 */
import type { PodEnvironment } from "./environment.ts";
import { ProbeSet } from "./probes/probe-set.ts";
import { PodState } from "./state.ts";
import { podStatus } from "./status/pod-status.ts";
import { steps } from "./steps/index.ts";
import type { StepContext } from "./steps/step.ts";
import { endContainers } from "./termination.ts";
import { isTerminalPhase, type Pod } from "./types.ts";

const ERROR_RETRY_MS = 5000;
/** The runtime lists a container as running of whose end it has told: under load its own books follow seconds later. */
const BEHIND_RETRY_MS = 200;

export class PodWorker {
  readonly state: PodState;
  private readonly env: PodEnvironment;
  private readonly context: StepContext;
  private cancelTimer: () => void = () => {};
  private running: Promise<void> | undefined;
  private isDirty = false;
  private stopped = false;
  /** Set when everything of the pod is gone from this machine. */
  private cleaned = false;
  private ending = false;
  private ended = false;
  private finished = false;
  private readonly onGone: () => void;

  constructor(pod: Pod, env: PodEnvironment, onGone: () => void) {
    this.env = env;
    this.onGone = onGone;
    this.state = new PodState(pod, new ProbeSet({ runtime: env.runtime, clock: env.clock, events: env.events, wake: () => this.wake() }), env.clock.now());
    this.context = { state: this.state, env, wake: () => this.wake() };
  }

  update(pod: Pod): void {
    // Status is ours: what comes back from the server may be older than what we have written.
    this.state.pod = { ...pod, status: newerStatus(this.state.pod, pod) };
    if (pod.metadata.deletionTimestamp) this.beginEnd();
    this.wake();
  }

  /** The object is gone from the server: end at once, with nobody left to tell. */
  remove(): void {
    this.finished = true;
    this.state.pod = { ...this.state.pod, metadata: { ...this.state.pod.metadata, deletionTimestamp: this.state.pod.metadata.deletionTimestamp ?? new Date(this.env.clock.now()).toISOString() } };
    this.beginEnd();
    this.wake();
  }

  wake(): void {
    this.isDirty = true;
    if (!this.running && !this.stopped) this.running = this.loop().finally(() => { this.running = undefined; if (this.isDirty) this.wake(); });
  }

  /** Stops looking; containers go on. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelTimer();
    this.state.probes.stop();
    await this.running;
  }

  private beginEnd(): void {
    this.state.going.abort();
    // A shorter grace than before reaches containers that are already being stopped.
    if (this.ending) void endContainers(this.state, this.env).catch((e: Error) => this.env.log(e.message));
    this.ending = true;
  }

  private async loop(): Promise<void> {
    while (this.isDirty && !this.stopped) {
      this.isDirty = false;
      this.cancelTimer();
      try { await this.look(); } catch (error) {
        this.env.log(`pod ${this.state.pod.metadata.namespace}/${this.state.pod.metadata.name}: ${(error as Error).stack ?? error}`);
        this.wakeAfter(ERROR_RETRY_MS);
      }
    }
  }

  private async look(): Promise<void> {
    const { state } = this;
    await this.refresh();
    if (state.pod.metadata.deletionTimestamp || isTerminalPhase(state.pod.status?.phase)) this.ending = true;
    if (!this.ending) {
      const retryMs = await this.runSteps();
      await this.refresh();
      if (!this.ending) {
        this.publish();
        const isBehind = state.running().some((record) => this.env.hasEnded(record.id));
        const againMs = Math.min(retryMs ?? Infinity, isBehind ? BEHIND_RETRY_MS : Infinity);
        if (againMs < Infinity) this.wakeAfter(againMs);
        return;
      }
    }
    await this.end();
  }

  private async refresh(): Promise<void> {
    const { state, env } = this;
    const uid = state.pod.metadata.uid;
    [state.sandboxes, state.containers] = await Promise.all([env.runtime.listSandboxes(uid), env.runtime.listContainers(uid)]);
    for (const record of state.running()) if (!state.stopping.has(record.id)) state.waiting.delete(record.name);
    const ip = (state.pod.spec.hostNetwork ? env.node.ips[0] : state.ips[0]) ?? "";
    state.probes.sync(state.pod, state.running(), ip);
  }

  private async runSteps(): Promise<number | undefined> {
    let retryMs: number | undefined;
    for (const step of steps) {
      if (this.state.going.signal.aborted) return undefined;
      const result = await step.start(this.context);
      if (result.next === "end") { this.ending = true; return undefined; }
      if (result.retryMs !== undefined) retryMs = Math.min(retryMs ?? Infinity, result.retryMs);
      if (result.next === "wait") return retryMs;
      if (step.name === "volumes" || step.name === "sandbox") this.publish();
    }
    return retryMs;
  }

  private async end(): Promise<void> {
    const { state, env } = this;
    const isDeleted = state.pod.metadata.deletionTimestamp !== undefined;
    if (this.cleaned) { this.finish(); return; }
    if (this.ended && !isDeleted) { this.publish(); return; }
    state.probes.stopLiveness();
    if (!this.containersEnded) {
      this.publish();
      this.endContainers();
      return;
    }
    state.probes.stop();
    this.publish();
    await this.removeContainers();
    for (const step of [...steps].reverse()) {
      // Logs and directories of a finished pod stay until its object goes.
      if (step.name === "directories" && !isDeleted) continue;
      try { await step.stop?.(this.context); } catch (error) { env.log(`pod ${state.pod.metadata.name}: undoing ${step.name}: ${(error as Error).message}`); }
    }
    this.ended = true;
    if (isDeleted) { this.cleaned = true; this.finish(); return; }
    await this.refresh();
    this.publish();
  }

  /** In the background: meanwhile looks go on, since readiness and single ends show in the status. */
  private endContainers(): void {
    const { state, env } = this;
    this.termination ??= endContainers(state, env).then(() => { this.containersEnded = true; }, (error: Error) => {
      env.log(`pod ${state.pod.metadata.namespace}/${state.pod.metadata.name}: ${error.message}`);
      this.wakeAfter(ERROR_RETRY_MS);
    }).finally(() => { this.termination = undefined; if (this.containersEnded) this.wake(); });
  }
  private termination: Promise<void> | undefined;
  private containersEnded = false;

  /** Containers of a finished pod stay for `kubectl logs` until the pod is deleted; with deletion all goes. */
  private async removeContainers(): Promise<void> {
    if (!this.state.pod.metadata.deletionTimestamp) return;
    await Promise.all(this.state.containers.map((c) => this.env.runtime.removeContainer(c.id)));
  }

  private finish(): void {
    if (this.finished) { this.onGone(); return; }
    this.env.finishDeletion(this.state.pod, this.lastStatus ?? podStatus(this.state, this.env, true));
  }
  private lastStatus: ReturnType<typeof podStatus> | undefined;

  private publish(): void {
    if (this.finished || this.cleaned) return;
    const status = podStatus(this.state, this.env, this.ending);
    this.lastStatus = status;
    this.state.pod = { ...this.state.pod, status: { ...this.state.pod.status, ...status } };
    this.env.publishStatus(this.state.pod, status);
  }

  private wakeAfter(ms: number): void { this.cancelTimer = this.env.clock.after(Math.max(ms, 10), () => this.wake()); }
}

/** Conditions of others (readiness gates) are taken from the server, everything else from us. */
function newerStatus(mine: Pod, theirs: Pod): Pod["status"] {
  if (!mine.status?.containerStatuses || mine.metadata.uid !== theirs.metadata.uid) return theirs.status;
  const owned = new Set(["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled", "PodResizePending"]);
  return {
    ...mine.status,
    conditions: [...(theirs.status?.conditions ?? []).filter((c) => !owned.has(c.type)), ...(mine.status.conditions ?? []).filter((c) => owned.has(c.type))],
  };
}
