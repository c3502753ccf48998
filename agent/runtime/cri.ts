/** A Runtime over CRI v1. Statuses of containers that cannot change any more are asked for once. */
import { CriClient } from "../cri/client.ts";
import { GrpcCode, GrpcError } from "../cri/grpc.ts";
import type { Container, ContainerConfig, ContainerStatus, FilesystemUsage, Image, LinuxContainerResources, PodSandbox, PodSandboxConfig } from "../cri/messages.ts";
import { watchRuntimeEvents } from "./events.ts";
import { ANNOTATION, LABEL, type ContainerRecord, type ContainerState, type ContainerUsage, type Credentials, type Runtime, type SandboxRecord, type StreamOptions } from "./runtime.ts";

const STATES: ContainerState[] = ["created", "running", "exited", "unknown"];
const nanoToMs = (nano: number | undefined): number => Math.floor((nano ?? 0) / 1e6);

export class CriRuntime implements Runtime {
  private readonly client: CriClient;
  private readonly settled = new Map<string, ContainerRecord>();
  private readonly sandboxIps = new Map<string, string[]>();
  constructor(endpoint: string) { this.client = new CriClient(endpoint); }

  async version() {
    const v = await this.client.call("Version", {}, 5000);
    return { name: v.runtimeName ?? "unknown", version: (v.runtimeVersion ?? "").replace(/~.*$/, "") };
  }

  async notReady() {
    const { status } = await this.client.call("Status", {}, 5000);
    const failing = (type: string) => {
      const condition = status?.conditions?.find((c) => c.type === type);
      return condition && !condition.status ? `${condition.reason ?? ""}: ${condition.message ?? ""}` : undefined;
    };
    return { runtime: failing("RuntimeReady"), network: failing("NetworkReady") };
  }

  async runSandbox(config: PodSandboxConfig, handler = "") {
    const { podSandboxId } = await this.client.call("RunPodSandbox", { config, runtimeHandler: handler }, 240_000);
    return podSandboxId!;
  }
  async stopSandbox(id: string) { await ignoreMissing(this.client.call("StopPodSandbox", { podSandboxId: id })); }
  async removeSandbox(id: string) {
    this.sandboxIps.delete(id);
    await ignoreMissing(this.client.call("RemovePodSandbox", { podSandboxId: id }));
  }

  async listSandboxes(podUid?: string) {
    const { items = [] } = await this.client.call("ListPodSandbox", { filter: { ...(podUid && { labelSelector: { [LABEL.podUid]: podUid } }) } });
    const ours = items.filter((s) => s.labels?.[LABEL.podUid]);
    return (await Promise.all(ours.map((s) => this.sandboxRecord(s)))).filter((s) => s !== undefined).sort((a, b) => b.createdAtMs - a.createdAtMs);
  }

  private async sandboxRecord(sandbox: PodSandbox): Promise<SandboxRecord | undefined> {
    const id = sandbox.id!;
    const ready = (sandbox.state ?? 0) === 0;
    let ips = this.sandboxIps.get(id);
    if (!ips && ready) {
      const answer = await ignoreMissing(this.client.call("PodSandboxStatus", { podSandboxId: id }));
      if (!answer) return undefined;
      const network = answer.status?.network;
      ips = [network?.ip, ...(network?.additionalIps ?? []).map((i) => i.ip)].filter((ip) => ip !== undefined && ip !== "") as string[];
      this.sandboxIps.set(id, ips);
    }
    return {
      id, ready, ips: ips ?? [], podUid: sandbox.labels![LABEL.podUid]!, podName: sandbox.metadata?.name ?? "", namespace: sandbox.metadata?.namespace ?? "",
      attempt: sandbox.metadata?.attempt ?? 0, createdAtMs: nanoToMs(sandbox.createdAt), annotations: sandbox.annotations ?? {},
    };
  }

  async createContainer(sandboxId: string, config: ContainerConfig, sandboxConfig: PodSandboxConfig) {
    const { containerId } = await this.client.call("CreateContainer", { podSandboxId: sandboxId, config, sandboxConfig });
    return containerId!;
  }
  async startContainer(id: string) { await this.client.call("StartContainer", { containerId: id }); }
  async stopContainer(id: string, graceSeconds: number) {
    await ignoreMissing(this.client.call("StopContainer", { containerId: id, timeout: graceSeconds }, graceSeconds * 1000 + 120_000));
  }
  async removeContainer(id: string) {
    this.settled.delete(id);
    await ignoreMissing(this.client.call("RemoveContainer", { containerId: id }));
  }

  async listContainers(podUid?: string) {
    const { containers = [] } = await this.client.call("ListContainers", { filter: { ...(podUid && { labelSelector: { [LABEL.podUid]: podUid } }) } });
    const ours = containers.filter((c) => c.labels?.[LABEL.podUid]);
    return (await Promise.all(ours.map((c) => this.containerRecord(c)))).filter((c) => c !== undefined).sort((a, b) => b.createdAtMs - a.createdAtMs || b.attempt - a.attempt);
  }

  private async containerRecord(container: Container): Promise<ContainerRecord | undefined> {
    const state = STATES[container.state ?? 0]!;
    const known = this.settled.get(container.id!);
    if (known?.state === state) return known;
    const answer = await ignoreMissing(this.client.call("ContainerStatus", { containerId: container.id! }));
    if (!answer?.status) return undefined;
    const record = toRecord(container, answer.status);
    if (record.state === "running" || record.state === "exited") this.settled.set(record.id, record);
    return record;
  }

  async updateResources(id: string, linux: LinuxContainerResources) { await this.client.call("UpdateContainerResources", { containerId: id, linux }); }
  async reopenLog(id: string) { await this.client.call("ReopenContainerLog", { containerId: id }); }

  async execSync(id: string, command: string[], timeoutSeconds: number) {
    const answer = await this.client.call("ExecSync", { containerId: id, cmd: command, timeout: timeoutSeconds }, timeoutSeconds > 0 ? timeoutSeconds * 1000 + 2000 : 0);
    return { exitCode: answer.exitCode ?? 0, output: Buffer.concat([answer.stdout ?? new Uint8Array(), answer.stderr ?? new Uint8Array()]).toString() };
  }
  async execUrl(id: string, { command, ...streams }: StreamOptions & { command: string[] }) {
    return (await this.client.call("Exec", { containerId: id, cmd: command, ...streams })).url!;
  }
  async attachUrl(id: string, streams: StreamOptions) { return (await this.client.call("Attach", { containerId: id, ...streams })).url!; }

  async containerStats(): Promise<ContainerUsage[]> {
    const { stats = [] } = await this.client.call("ListContainerStats", {});
    return stats.map((s) => ({
      id: s.attributes?.id ?? "", podUid: s.attributes?.labels?.[LABEL.podUid] ?? "", name: s.attributes?.labels?.[LABEL.container] ?? "",
      cpuCoreNanoSeconds: s.cpu?.usageCoreNanoSeconds?.value ?? 0, cpuNanoCores: s.cpu?.usageNanoCores?.value ?? 0,
      memoryWorkingSetBytes: s.memory?.workingSetBytes?.value ?? 0, filesystemBytes: s.writableLayer?.usedBytes?.value ?? 0, atMs: nanoToMs(s.cpu?.timestamp),
    }));
  }

  async imageStatus(reference: string): Promise<Image | undefined> {
    return (await this.client.call("ImageStatus", { image: { image: reference } })).image;
  }
  async pullImage(reference: string, auth: Credentials | undefined, sandboxConfig: PodSandboxConfig) {
    return (await this.client.call("PullImage", { image: { image: reference }, ...(auth && { auth }), sandboxConfig }, 0)).imageRef ?? "";
  }
  async listImages() { return (await this.client.call("ListImages", {})).images ?? []; }
  async removeImage(id: string) { await this.client.call("RemoveImage", { image: { image: id } }); }
  async imageFilesystem(): Promise<FilesystemUsage | undefined> { return (await this.client.call("ImageFsInfo", {})).imageFilesystems?.[0]; }

  watchEvents(onEvent: (containerId: string | undefined, hasEnded?: boolean) => void) { return watchRuntimeEvents(this.client, onEvent); }
  close() { this.client.close(); }
}

function toRecord(container: Container, status: ContainerStatus): ContainerRecord {
  const annotations = status.annotations ?? {};
  return {
    id: container.id!, sandboxId: container.podSandboxId ?? "", podUid: container.labels![LABEL.podUid]!, name: container.labels![LABEL.container] ?? container.metadata?.name ?? "",
    attempt: Number(annotations[ANNOTATION.restartCount] ?? container.metadata?.attempt ?? 0), state: STATES[status.state ?? 0]!,
    createdAtMs: nanoToMs(status.createdAt), startedAtMs: nanoToMs(status.startedAt), finishedAtMs: nanoToMs(status.finishedAt),
    exitCode: status.exitCode ?? 0, reason: status.reason ?? "", message: status.message ?? "",
    image: annotations[ANNOTATION.image] ?? status.image?.image ?? "", imageId: status.imageRef ?? "", logPath: status.logPath ?? "",
    labels: status.labels ?? {}, annotations,
    mounts: (status.mounts ?? []).map((m) => ({ containerPath: m.containerPath ?? "", hostPath: m.hostPath ?? "" })),
  };
}

async function ignoreMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try { return await call; } catch (error) {
    if (error instanceof GrpcError && error.code === GrpcCode.NOT_FOUND) return undefined;
    throw error;
  }
}
