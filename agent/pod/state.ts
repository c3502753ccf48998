/**
 * What a pod worker knows of its pod between two looks: the runtime's view, why containers wait, what is being done.
 * All of it is rebuilt from the runtime and the Pod object after a restart of the agent, except back-offs.
 */
import type { PodSandboxConfig } from "../cri/messages.ts";
import type { ContainerRecord, SandboxRecord } from "../runtime/runtime.ts";
import { BackOff } from "./containers/back-off.ts";
import type { ResourceRequirements } from "../../src/kinds/types/core-v1.generated.ts";
import type { PendingResize } from "./resources/resize.ts";
import type { ProbeSet } from "./probes/probe-set.ts";
import { isSidecar, type NamedContainer, type Pod } from "./types.ts";

/** The pod is to end although its object says otherwise: refused, deadline exceeded, evicted. */
export interface Verdict { reason: string; message: string }

export class PodState {
  pod: Pod;
  readonly probes: ProbeSet;
  sandboxes: SandboxRecord[] = [];
  containers: ContainerRecord[] = [];
  sandboxConfig: PodSandboxConfig | undefined;
  readonly waiting = new Map<string, { reason: string; message: string }>();
  /** Ids of containers that were told to stop, so that nobody does it twice. */
  readonly stopping = new Map<string, { graceEndMs: number }>();
  readonly crashes = new BackOff();
  readonly failures = new BackOff(1000, 60_000);
  /** Resources that running containers were given after their start, by id. */
  readonly resized = new Map<string, ResourceRequirements>();
  pendingResize: PendingResize | undefined;
  readonly volumePaths = new Map<string, string>();
  verdict: Verdict | undefined;
  volumesReady = false;
  admitted = false;
  startedAtMs: number;
  /** Ends waits (hooks, probes) as soon as the pod is to go. */
  readonly going = new AbortController();

  constructor(pod: Pod, probes: ProbeSet, nowMs: number) {
    this.pod = pod;
    this.probes = probes;
    this.startedAtMs = pod.status?.startTime ? Date.parse(pod.status.startTime) : nowMs;
  }

  get sandbox(): SandboxRecord | undefined { return this.sandboxes.find((s) => s.ready); }
  get ips(): string[] { return this.sandbox?.ips ?? []; }

  /** Newest first. */
  records(name: string): ContainerRecord[] { return this.containers.filter((c) => c.name === name); }
  /** Of the present sandbox only: what ran in an earlier one has to run again. */
  current(name: string): ContainerRecord | undefined {
    const sandbox = this.sandbox ?? this.sandboxes[0];
    return this.containers.find((c) => c.name === name && c.sandboxId === sandbox?.id);
  }
  running(): ContainerRecord[] { return this.containers.filter((c) => c.state === "running"); }

  isStarted(record: ContainerRecord): boolean { return record.state === "running" && this.probes.isStarted(record.name, record.id); }
  isReady(record: ContainerRecord): boolean { return this.isStarted(record) && this.probes.isReady(record.name, record.id); }
}

export type ContainerRole = "containers" | "initContainers" | "ephemeralContainers";
export function roleOf(pod: Pod, name: string): ContainerRole {
  if (pod.spec.containers.some((c) => c.name === name)) return "containers";
  return pod.spec.initContainers?.some((c) => c.name === name) ? "initContainers" : "ephemeralContainers";
}

/** Whether an exited container is to run again. For an init container Always means until it has succeeded. */
export function shouldRestart(pod: Pod, container: NamedContainer, record: Pick<ContainerRecord, "exitCode">, isInit = false): boolean {
  if (isSidecar(container)) return true;
  const given = container.restartPolicy ?? pod.spec.restartPolicy ?? "Always";
  const policy = isInit && given === "Always" ? "OnFailure" : given;
  const rule = container.restartPolicyRules?.find((r) => r.exitCodes && matchesExit(r.exitCodes, record.exitCode));
  if (rule) return rule.action !== "Terminate";
  return policy === "Always" || (policy === "OnFailure" && record.exitCode !== 0);
}

const matchesExit = (codes: { operator?: string; values?: number[] }, exit: number): boolean =>
  (codes.values ?? []).includes(exit) === (codes.operator !== "NotIn");
