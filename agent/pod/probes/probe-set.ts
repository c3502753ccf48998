/**
 * All probes of a pod's running containers. A container without a startup probe has started at once, one without a
 * readiness probe is ready when started; a failed liveness or startup probe asks for the container's end.
 */
import type { Probe } from "../../../src/kinds/types/core-v1.generated.ts";
import type { Clock } from "../../clock.ts";
import type { ContainerRecord, Runtime } from "../../runtime/runtime.ts";
import type { EventRecorder } from "../events.ts";
import { roleOf } from "../state.ts";
import { allContainers, isSidecar, type NamedContainer, type Pod } from "../types.ts";
import { tryProbe } from "./handlers.ts";
import { Prober, type ProbeKind } from "./prober.ts";

export interface ProbeSetOptions { runtime: Runtime; clock: Clock; events: EventRecorder; wake: () => void }

interface Entry { containerId: string; startup?: Prober; readiness?: Prober; liveness?: Prober; failed?: ProbeKind }

export class ProbeSet {
  private readonly entries = new Map<string, Entry>();
  private readonly options: ProbeSetOptions;
  constructor(options: ProbeSetOptions) { this.options = options; }

  /** Probes exactly the running containers among `running`. */
  sync(pod: Pod, running: readonly ContainerRecord[], ip: string): void {
    for (const [name, entry] of this.entries) {
      if (!running.some((r) => r.name === name && r.id === entry.containerId)) { stopEntry(entry); this.entries.delete(name); }
    }
    for (const record of running) {
      const container = allContainers(pod).find((c) => c.name === record.name);
      if (container && !this.entries.has(record.name) && (roleOf(pod, record.name) === "containers" || isSidecar(container))) this.add(pod, container, record, ip);
    }
  }

  isStarted(name: string, containerId: string): boolean {
    const entry = this.entries.get(name);
    if (entry?.containerId !== containerId) return false;
    return !entry.startup || entry.startup.result === true;
  }
  isReady(name: string, containerId: string): boolean {
    const entry = this.entries.get(name);
    if (entry?.containerId !== containerId) return false;
    return !entry.readiness || entry.readiness.result === true;
  }
  /** Which probe condemned the container, if one did. */
  failed(name: string, containerId: string): ProbeKind | undefined {
    const entry = this.entries.get(name);
    return entry?.containerId === containerId ? entry.failed : undefined;
  }
  /** While a pod ends only readiness goes on. */
  stopLiveness(): void { for (const entry of this.entries.values()) { entry.liveness?.stop(); entry.startup?.stop(); } }
  stop(): void { this.entries.forEach(stopEntry); this.entries.clear(); }

  private add(pod: Pod, container: NamedContainer, record: ContainerRecord, ip: string): void {
    const entry: Entry = { containerId: record.id };
    this.entries.set(container.name, entry);
    // After a restart of the agent a container goes on as its last status told.
    const before = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find((s) => s.containerID?.endsWith(record.id));
    const make = (kind: ProbeKind, probe: Probe | undefined, initial: boolean | undefined): Prober | undefined => probe && new Prober({
      kind, probe, clock: this.options.clock, startedAtMs: record.startedAtMs, initial,
      attempt: () => tryProbe(probe, { container, containerId: record.id, ip }, this.options.runtime),
      isDue: () => kind === "startup" || !entry.startup || entry.startup.result === true,
      onFailure: (output) => this.unhealthy(pod, container, kind, output),
      onResult: (ok) => { if (!ok && kind !== "readiness") entry.failed = kind; this.options.wake(); },
    });
    if (before?.started !== true) entry.startup = make("startup", container.startupProbe, undefined);
    entry.readiness = make("readiness", container.readinessProbe, before?.ready);
    entry.liveness = make("liveness", container.livenessProbe, true);
  }

  private unhealthy(pod: Pod, container: NamedContainer, kind: ProbeKind, output: string): void {
    const title = kind[0]!.toUpperCase() + kind.slice(1);
    this.options.events.pod(pod, "Warning", "Unhealthy", `${title} probe failed: ${output}`, { group: roleOf(pod, container.name), name: container.name });
  }
}

function stopEntry(entry: Entry): void { entry.startup?.stop(); entry.readiness?.stop(); entry.liveness?.stop(); }
