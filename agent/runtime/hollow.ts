/** A Runtime without containers, for scale tests: everything that is started runs for ever, at no cost but a few objects. */
import { randomBytes } from "node:crypto";
import type { ContainerConfig, Image, PodSandboxConfig } from "../cri/messages.ts";
import { ANNOTATION, LABEL, type ContainerRecord, type Runtime, type SandboxRecord } from "./runtime.ts";

export class HollowRuntime implements Runtime {
  private readonly sandboxes = new Map<string, SandboxRecord>();
  private readonly containers = new Map<string, ContainerRecord>();
  private readonly listeners = new Set<(containerId: string | undefined) => void>();
  private serial = 1;
  private readonly network: number;
  private readonly now: () => number;
  /** `network` makes the pods' addresses differ between nodes. */
  constructor(options: { network?: number; now?: () => number } = {}) {
    this.network = options.network ?? 0;
    this.now = options.now ?? Date.now;
  }

  async version() { return { name: "hollow", version: "1" }; }
  async notReady() { return {}; }

  async runSandbox(config: PodSandboxConfig): Promise<string> {
    const id = newId();
    const serial = this.serial++;
    this.sandboxes.set(id, {
      id, podUid: config.metadata?.uid ?? "", podName: config.metadata?.name ?? "", namespace: config.metadata?.namespace ?? "", attempt: config.metadata?.attempt ?? 0,
      ready: true, createdAtMs: this.now(), ips: [`10.${64 + (this.network >> 8) % 64}.${this.network % 256}.${2 + (serial % 250)}`], annotations: {},
    });
    return id;
  }
  async stopSandbox(id: string): Promise<void> {
    const sandbox = this.sandboxes.get(id);
    if (sandbox) this.sandboxes.set(id, { ...sandbox, ready: false });
    for (const c of this.containers.values()) if (c.sandboxId === id) this.exit(c.id, 137);
  }
  async removeSandbox(id: string): Promise<void> {
    this.sandboxes.delete(id);
    for (const c of [...this.containers.values()]) if (c.sandboxId === id) this.containers.delete(c.id);
  }
  async listSandboxes(podUid?: string): Promise<SandboxRecord[]> { return [...this.sandboxes.values()].filter((s) => !podUid || s.podUid === podUid).reverse(); }

  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    const id = newId();
    const labels = config.labels ?? {};
    this.containers.set(id, {
      id, sandboxId, podUid: labels[LABEL.podUid] ?? "", name: labels[LABEL.container] ?? "", attempt: config.metadata?.attempt ?? 0, state: "created",
      createdAtMs: this.now(), startedAtMs: 0, finishedAtMs: 0, exitCode: 0, reason: "", message: "", image: config.annotations?.[ANNOTATION.image] ?? "", imageId: config.image?.image ?? "",
      logPath: "", labels, annotations: config.annotations ?? {}, mounts: (config.mounts ?? []).map((m) => ({ containerPath: m.containerPath ?? "", hostPath: m.hostPath ?? "" })),
    });
    return id;
  }
  async startContainer(id: string): Promise<void> { this.change(id, { state: "running", startedAtMs: this.now() }); }
  async stopContainer(id: string, _graceSeconds: number): Promise<void> { this.exit(id, 0); }
  async removeContainer(id: string): Promise<void> { this.containers.delete(id); }
  async listContainers(podUid?: string): Promise<ContainerRecord[]> { return [...this.containers.values()].filter((c) => !podUid || c.podUid === podUid).reverse(); }

  /** As if the container's program had ended. */
  exit(id: string, exitCode: number): void {
    if (this.containers.get(id)?.state === "running") this.change(id, { state: "exited", exitCode, finishedAtMs: this.now(), reason: exitCode === 0 ? "Completed" : "Error" });
  }
  private change(id: string, change: Partial<ContainerRecord>): void {
    const record = this.containers.get(id);
    if (!record) return;
    this.containers.set(id, { ...record, ...change });
    for (const listener of this.listeners) listener(id);
  }

  async updateResources(): Promise<void> {}
  async reopenLog(): Promise<void> {}
  async execSync(_id: string, _command: string[], _timeoutSeconds: number) { return { exitCode: 0, output: "" }; }
  async execUrl(): Promise<string> { throw new Error("a hollow node runs no programs"); }
  async attachUrl(): Promise<string> { throw new Error("a hollow node runs no programs"); }
  async containerStats() { return []; }
  async imageStatus(reference: string): Promise<Image | undefined> { return { id: reference, uid: { value: 1000 } }; }
  async pullImage(reference: string): Promise<string> { return reference; }
  async listImages(): Promise<Image[]> { return []; }
  async removeImage(): Promise<void> {}
  async imageFilesystem() { return undefined; }
  watchEvents(onEvent: (containerId: string | undefined) => void) { this.listeners.add(onEvent); return () => { this.listeners.delete(onEvent); }; }
  close(): void {}
}

const newId = (): string => randomBytes(16).toString("hex");
