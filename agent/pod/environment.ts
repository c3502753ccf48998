/** What a pod worker is given: everything outside of the pod that its steps use. Tests give fakes of the outer ones. */
import type { Clock } from "../clock.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { EventRecorder } from "./events.ts";
import type { ImagePuller } from "./containers/image-puller.ts";
import type { DataObject, Pod, PodStatus } from "./types.ts";

export interface PodEnvironment {
  node: NodeFacts;
  runtime: Runtime;
  runtimeName: string;
  clock: Clock;
  paths: PodPaths;
  cgroups: Cgroups;
  /** Hollow nodes mount nothing. */
  hasVolumes: boolean;
  objects: ObjectSource;
  services: ServiceSource;
  tokens: TokenSource;
  mounts: Mounts;
  events: EventRecorder;
  images: ImagePuller;
  /** Called when the status may have changed; compares and writes on its own time. */
  publishStatus(pod: Pod, status: PodStatus): void;
  /** All containers and volumes of a pod with a deletionTimestamp are gone: the object may go. */
  finishDeletion(pod: Pod, status: PodStatus): void;
  /** Why the node cannot take the pod, or undefined. */
  /** `alone`: whether it could ever take it. */
  refusal(pod: Pod, beside?: "alone"): { reason: string; message: string } | undefined;
  /** The runtime has told of this container's end, though it may not list it as ended yet. */
  hasEnded(containerId: string): boolean;
  log(message: string): void;
}

export interface NodeFacts {
  name: string;
  /** The node's own addresses, one a family. */
  ips: string[];
  clusterDns: string[];
  clusterDomain: string;
  memoryBytes: number;
  /** By resource name: what resourceFieldRef of a container without limits sees. */
  allocatable(): Record<string, string>;
  /** The node's own resolv.conf, for dnsPolicy Default. */
  resolvConf: string;
}

export class PodPaths {
  readonly dataDir: string;
  constructor(dataDir: string) { this.dataDir = dataDir; }
  get pods(): string { return `${this.dataDir}/pods`; }
  get podLogs(): string { return `${this.dataDir}/logs`; }
  pod(uid: string): string { return `${this.pods}/${uid}`; }
  volume(uid: string, type: string, name: string): string { return `${this.pod(uid)}/volumes/${type}/${name}`; }
  logs(pod: Pod): string { return `${this.podLogs}/${pod.metadata.namespace}_${pod.metadata.name}_${pod.metadata.uid}`; }
  etcHosts(uid: string): string { return `${this.pod(uid)}/etc-hosts`; }
  terminationLogs(uid: string, container: string): string { return `${this.pod(uid)}/containers/${container}`; }
}

export interface Cgroups { path(pod: Pod): string; create(pod: Pod): void; remove(uid: string): void }

export interface ObjectSource {
  /** The object as of now, undefined when it does not exist. Rejects when it cannot be known. It stays watched for the pod until `release`. */
  get(pod: Pod, resource: "configmaps" | "secrets", name: string): Promise<DataObject | undefined>;
  release(podUid: string): void;
}

export interface ServiceView { metadata: { name?: string; namespace?: string }; spec?: { clusterIP?: string; ports?: { name?: string; port: number; protocol?: string }[] } }
export interface ServiceSource { list(): ServiceView[]; ready(): Promise<void> }

export interface TokenSource {
  request(pod: Pod, audiences: string[], expirationSeconds: number): Promise<{ token: string; expiresAtMs: number }>;
}

export interface Mounts {
  tmpfs(path: string, sizeBytes: number | undefined): Promise<void>;
  bind(source: string, target: string): Promise<void>;
  /** Unmounts `path` and everything below it; nothing mounted is fine. */
  unmountAll(path: string): Promise<void>;
  isMounted(path: string): boolean;
}
