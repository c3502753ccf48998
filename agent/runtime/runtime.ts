/**
 * What runs containers. The shapes are CRI's own, so that any CRI runtime fits; records of containers are flattened to what
 * the pod workers read. Implementations: cri.ts (a real runtime) and hollow.ts (scale tests).
 */
import type { ContainerConfig, FilesystemUsage, Image, LinuxContainerResources, PodSandboxConfig } from "../cri/messages.ts";

export interface Runtime {
  version(): Promise<{ name: string; version: string }>;
  /** Undefined when the runtime and its network are ready, else why not. */
  notReady(): Promise<{ runtime?: string; network?: string }>;

  runSandbox(config: PodSandboxConfig, handler?: string): Promise<string>;
  /** Idempotent: ends all containers of the sandbox and its network. */
  stopSandbox(id: string): Promise<void>;
  removeSandbox(id: string): Promise<void>;
  listSandboxes(podUid?: string): Promise<SandboxRecord[]>;

  createContainer(sandboxId: string, config: ContainerConfig, sandbox: PodSandboxConfig): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** SIGTERM (or the container's stop signal), then SIGKILL after the grace. Resolves when it has ended. */
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  listContainers(podUid?: string): Promise<ContainerRecord[]>;
  updateResources(id: string, resources: LinuxContainerResources): Promise<void>;
  reopenLog(id: string): Promise<void>;
  execSync(id: string, command: string[], timeoutSeconds: number): Promise<{ exitCode: number; output: string }>;
  /** URL of the runtime's streaming server for one exec or attach. */
  execUrl(id: string, options: StreamOptions & { command: string[] }): Promise<string>;
  attachUrl(id: string, options: StreamOptions): Promise<string>;
  containerStats(): Promise<ContainerUsage[]>;

  imageStatus(reference: string): Promise<Image | undefined>;
  /** Returns the image's id. */
  pullImage(reference: string, credentials: Credentials | undefined, sandbox: PodSandboxConfig): Promise<string>;
  listImages(): Promise<Image[]>;
  removeImage(id: string): Promise<void>;
  imageFilesystem(): Promise<FilesystemUsage | undefined>;

  /** Calls back with the ids of containers that something happened to, or with undefined when anything may have. Returns a stop function. */
  watchEvents(onEvent: (containerId: string | undefined, hasEnded?: boolean) => void): () => void;
  close(): void;
}

export interface StreamOptions { stdin: boolean; stdout: boolean; stderr: boolean; tty: boolean }
export interface Credentials { username?: string; password?: string; auth?: string; identityToken?: string; serverAddress?: string }

export interface SandboxRecord {
  id: string;
  podUid: string;
  podName: string;
  namespace: string;
  attempt: number;
  ready: boolean;
  createdAtMs: number;
  /** Empty for the host network. */
  ips: string[];
  annotations: Record<string, string>;
}

export type ContainerState = "created" | "running" | "exited" | "unknown";

export interface ContainerRecord {
  id: string;
  sandboxId: string;
  podUid: string;
  name: string;
  attempt: number;
  state: ContainerState;
  createdAtMs: number;
  startedAtMs: number;
  finishedAtMs: number;
  exitCode: number;
  reason: string;
  message: string;
  /** As the spec named it, and the resolved id or digest. */
  image: string;
  imageId: string;
  logPath: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  mounts: { containerPath: string; hostPath: string }[];
}

export interface ContainerUsage {
  id: string;
  podUid: string;
  name: string;
  cpuCoreNanoSeconds: number;
  cpuNanoCores: number;
  memoryWorkingSetBytes: number;
  filesystemBytes: number;
  atMs: number;
}

/** Labels and annotations by which containers are found again, as the kubelet writes them. */
export const LABEL = {
  podName: "io.kubernetes.pod.name", podNamespace: "io.kubernetes.pod.namespace", podUid: "io.kubernetes.pod.uid", container: "io.kubernetes.container.name",
} as const;
export const ANNOTATION = {
  hash: "io.kubernetes.container.hash", restartCount: "io.kubernetes.container.restartCount",
  terminationMessagePath: "io.kubernetes.container.terminationMessagePath", terminationMessagePolicy: "io.kubernetes.container.terminationMessagePolicy",
  image: "isopod.dev/image", resources: "isopod.dev/resources",
} as const;
