/**
 * Writes pod statuses, one request a pod at a time and only when something changed; what could not be written because the
 * connection was away is written when it is back. Also sends a pod's final delete.
 */
import type { Pod, PodStatus } from "../pod/types.ts";
import { ApiFailure, type ApiSocket } from "./socket.ts";

const RETRY_MS = 1000;

interface Entry {
  pod: Pod;
  /** Undefined until the worker has said what it sees. */
  wanted: PodStatus | undefined;
  /** What the server has; undefined until it has told. A pod restored from disk carries our own view, which proves nothing. */
  written: PodStatus | undefined;
  /** The status as the server last told it. */
  served: string | undefined;
  /** resourceVersion of `written`: older news about the pod is no news. */
  revision: number;
  isFinal: boolean;
  onGone: (() => void) | undefined;
  busy: boolean;
  timer?: NodeJS.Timeout;
}

export class StatusWriter {
  private readonly entries = new Map<string, Entry>();
  private readonly api: ApiSocket;
  private readonly log: (message: string) => void;
  constructor(options: { api: ApiSocket; log: (message: string) => void }) {
    this.api = options.api;
    this.log = options.log;
    this.api.whenOpen(() => { for (const uid of this.entries.keys()) void this.flush(uid); });
  }

  /** The server's object, as a list or watch brought it. */
  observe(pod: Pod): void {
    const entry = this.entry(pod);
    const revision = Number(pod.metadata.resourceVersion ?? 0);
    if (revision <= entry.revision) return;
    entry.revision = revision;
    // The server keeps some fields in a form of its own; as long as it says what it answered to our write, that write stands.
    const served = JSON.stringify(pod.status ?? {});
    if (served === entry.served) return;
    Object.assign(entry, { written: pod.status ?? {}, served });
    void this.flush(pod.metadata.uid);
  }

  publish(pod: Pod, status: PodStatus): void {
    this.entry(pod).wanted = status;
    void this.flush(pod.metadata.uid);
  }

  finish(pod: Pod, status: PodStatus, onGone: () => void): void {
    Object.assign(this.entry(pod), { wanted: status, isFinal: true, onGone });
    void this.flush(pod.metadata.uid);
  }

  private entry(pod: Pod): Entry {
    let entry = this.entries.get(pod.metadata.uid);
    if (!entry) {
      entry = { pod, wanted: undefined, written: undefined, served: undefined, revision: 0, isFinal: false, onGone: undefined, busy: false };
      this.entries.set(pod.metadata.uid, entry);
    }
    return entry;
  }

  forget(uid: string): void {
    clearTimeout(this.entries.get(uid)?.timer);
    this.entries.delete(uid);
  }

  private async flush(uid: string): Promise<void> {
    const entry = this.entries.get(uid);
    if (!entry?.written || !entry.wanted || entry.busy || !this.api.isOpen) return;
    entry.busy = true;
    clearTimeout(entry.timer);
    try {
      for (let patch = statusPatch(entry.written, entry.wanted); patch; patch = statusPatch(entry.written, entry.wanted)) await this.write(entry, entry.wanted, patch);
      if (entry.isFinal) await this.remove(entry);
    } catch (error) {
      if (error instanceof ApiFailure && error.code === 404) { entry.onGone?.(); this.forget(uid); return; }
      if (error instanceof ApiFailure) this.log(`status of ${entry.pod.metadata.namespace}/${entry.pod.metadata.name}: ${error.message}`);
      entry.timer = setTimeout(() => void this.flush(uid), RETRY_MS);
    } finally { entry.busy = false; }
  }

  private async write(entry: Entry, target: PodStatus, patch: object): Promise<void> {
    const { name, namespace, uid } = entry.pod.metadata;
    let answer: Pod;
    try {
      answer = await this.api.call<Pod>("PATCH", `/api/v1/namespaces/${namespace}/pods/${name}/status`, { metadata: { uid }, status: patch }, "application/strategic-merge-patch+json");
    } catch (error) {
      // Another pod of the same name: ours is gone.
      if (error instanceof ApiFailure && error.code === 409) throw new ApiFailure(404, "{}");
      throw error;
    }
    entry.revision = Math.max(entry.revision, Number(answer.metadata.resourceVersion ?? 0));
    Object.assign(entry, { written: target, served: JSON.stringify(answer.status ?? {}) });
  }

  private async remove(entry: Entry): Promise<void> {
    const { name, namespace, uid } = entry.pod.metadata;
    try {
      await this.api.call("DELETE", `/api/v1/namespaces/${namespace}/pods/${name}`, { kind: "DeleteOptions", apiVersion: "v1", gracePeriodSeconds: 0, preconditions: { uid } });
    } catch (error) {
      if (!(error instanceof ApiFailure) || (error.code !== 404 && error.code !== 409)) throw error;
    }
    entry.isFinal = false;
    entry.onGone?.();
  }
}

/** Others' conditions (readiness gates) are theirs to write: what we remember of them may be old. */
const OWNED_CONDITIONS = new Set(["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled", "PodResizePending"]);
/** Conditions that we set and take away again; all others stay until their owner removes them. */
const OURS_FOR_A_WHILE = ["PodResizePending"];

/** A strategic merge patch from what is written to what is wanted, or undefined when they are the same. */
export function statusPatch(written: PodStatus, wanted: PodStatus): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {};
  const before = written as Record<string, unknown>;
  const after = wanted as Record<string, unknown>;
  for (const key of ["phase", "message", "reason", "hostIP", "podIP", "startTime", "qosClass", "observedGeneration", "initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"]) {
    if (JSON.stringify(before[key]) !== JSON.stringify(after[key])) patch[key] = after[key] ?? null;
  }
  for (const key of ["hostIPs", "podIPs"] as const) {
    if (JSON.stringify(written[key]) === JSON.stringify(wanted[key])) continue;
    const gone = (written[key] ?? []).filter(({ ip }) => !wanted[key]?.some((w) => w.ip === ip));
    patch[key] = [...(wanted[key] ?? []), ...gone.map(({ ip }) => ({ $patch: "delete", ip }))];
  }
  const conditions = (wanted.conditions ?? []).filter((c) => {
    if (!OWNED_CONDITIONS.has(c.type)) return false;
    const old = written.conditions?.find((o) => o.type === c.type);
    return !old || old.status !== c.status || old.reason !== c.reason || old.message !== c.message || old.observedGeneration !== c.observedGeneration;
  });
  const ended = OURS_FOR_A_WHILE.filter((type) => written.conditions?.some((c) => c.type === type) && !wanted.conditions?.some((c) => c.type === type));
  if (conditions.length + ended.length > 0) {
    patch["conditions"] = [...conditions.map((c) => ({ ...c, reason: c.reason ?? null, message: c.message ?? null })), ...ended.map((type) => ({ $patch: "delete", type }))];
    // The API wants the patch's elements in the order that this list names.
    const order = [...new Set([...(wanted.conditions ?? []), ...(written.conditions ?? [])].map((c) => c.type))].filter((type) => !ended.includes(type));
    patch["$setElementOrder/conditions"] = order.map((type) => ({ type }));
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}
