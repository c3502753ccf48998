/**
 * A node: joins, keeps its Node object, runs the pods that are bound to it, serves streams. Everything of the control plane
 * comes and goes over the API socket; while that is away the pods go on as they last were wanted.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "../src/kinds/object.ts";
import type { Pod as CorePod } from "../src/kinds/types/core-v1.generated.ts";
import { Collection } from "./api/collection.ts";
import { NeededObjects } from "./api/needed-objects.ts";
import { ApiSocket } from "./api/socket.ts";
import { StatusWriter } from "./api/status-writer.ts";
import { systemClock } from "./clock.ts";
import { podRefusal } from "./node/admission.ts";
import { Housekeeping } from "./node/housekeeping.ts";
import { isHalfOver, renew, type Identity } from "./node/identity.ts";
import { ClusterNetwork } from "./network/follow-cluster.ts";
import { systemMounts } from "./node/mounts.ts";
import { machineMemoryBytes, nodeCapacity } from "./node/node-status.ts";
import type { AgentOptions } from "./node/options.ts";
import { Registration, type NodeObject } from "./node/registration.ts";
import { ImagePuller } from "./pod/containers/image-puller.ts";
import { PodPaths, type PodEnvironment, type ServiceView } from "./pod/environment.ts";
import { EventRecorder } from "./pod/events.ts";
import { Pods } from "./pod/pods.ts";
import { PodCgroups } from "./pod/resources/cgroup.ts";
import type { Pod } from "./pod/types.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { TunnelConnection } from "./tunnel/connection.ts";
import { serveStream } from "./tunnel/handlers.ts";

export interface AgentParts {
  options: AgentOptions;
  identity: Identity;
  runtime: Runtime;
  log(message: string): void;
  /** The control plane does not know this identity (any more). */
  onRejected?: () => void;
}
const PIDS_MAX = 16_384;
/** A look at everything, should an event have been lost. */
const RELIST_MS = 60_000;
const ENDED_MAX = 2000;
const RENEWAL_CHECK_MS = 6 * 3_600_000;

export class Agent {
  readonly api: ApiSocket;
  readonly pods: Pods;
  readonly env: PodEnvironment;
  readonly registration: Registration;
  /** Hollow nodes have none. */
  readonly network: ClusterNetwork | undefined;
  private readonly stops: (() => void)[] = [];
  private readonly parts: AgentParts;

  constructor(parts: AgentParts, runtimeName: string) {
    const { options, identity, runtime, log } = parts;
    this.parts = parts;
    mkdirSync(options.dataDir, { recursive: true, mode: 0o755 });
    this.api = new ApiSocket({ server: options.server, token: () => identity.token, ca: options.ca, insecure: options.insecure, log, onRejected: parts.onRejected });
    this.network = options.hollow ? undefined : new ClusterNetwork({ api: this.api, identity, options, log, pods: () => this.pods.list().map((worker) => worker.state.pod as unknown as CorePod), onConfigured: () => this.registration.poke(), onOwnNode: (node) => this.registration.seen(node as NodeObject) });
    const writer = new StatusWriter({ api: this.api, log });
    const objects = new NeededObjects({ api: this.api, dir: join(options.dataDir, "objects"), wakePod: (uid) => this.pods.wake(uid) });
    const events = new EventRecorder({ clock: systemClock, node: identity.nodeName, sink: (method, path, body) => this.sendEvent(method, path, body) });
    const { allocatable } = nodeCapacity(options.dataDir);
    this.env = {
      node: {
        name: identity.nodeName, ips: options.nodeIps, clusterDns: [identity.cluster.dnsIp], clusterDomain: identity.cluster.domain, memoryBytes: machineMemoryBytes(),
        allocatable: () => allocatable, resolvConf: readResolvConf(),
      },
      runtime, runtimeName, clock: systemClock, paths: new PodPaths(options.dataDir), cgroups: options.hollow ? noCgroups : new PodCgroups(options.cgroupParent, PIDS_MAX), hasVolumes: !options.hollow, objects, events, mounts: systemMounts,
      services: { list: () => (this.network?.services.list() ?? []) as ServiceView[], ready: async () => this.network?.services.ready() },
      tokens: { request: (pod, audiences, seconds) => this.requestToken(pod, audiences, seconds) },
      images: new ImagePuller({ runtime, events, clock: systemClock }),
      publishStatus: (pod, status) => writer.publish(pod, status),
      finishDeletion: (pod, status) => writer.finish(pod, status, () => { this.pods.delete(pod.metadata.uid); writer.forget(pod.metadata.uid); }),
      refusal: (pod, beside) => podRefusal(pod, beside === "alone" ? [] : this.pods.active(), allocatable),
      hasEnded: (id) => this.endedContainers.has(id), log,
    };
    this.pods = new Pods(this.env);
    this.registration = new Registration({
      api: this.api, runtime, clock: systemClock, events, dataDir: options.dataDir, nodeName: identity.nodeName, ips: options.nodeIps, labels: options.labels, log,
    });
    this.stops.push(() => objects.stop(), runtime.watchEvents((id, hasEnded) => this.runtimeChanged(id, hasEnded)));
    const tunnel = new TunnelConnection({ server: options.server, token: () => identity.token, ca: options.ca, insecure: options.insecure, nodeName: identity.nodeName, log },
      (open, stream) => serveStream(this, open, stream));
    this.stops.push(() => tunnel.close(), this.api.whenOpen(() => tunnel.hurry()));
    const housekeeping = new Housekeeping({ env: this.env, pods: this.pods, isSynced: () => this.podsSynced });
    const renewal = setInterval(() => void this.renewIdentity(), RENEWAL_CHECK_MS);
    this.stops.push(() => housekeeping.stop(), () => clearInterval(renewal));
    this.pods.restore();
    this.followPods(writer);
    const relist = setInterval(() => this.pods.wakeAll(), RELIST_MS);
    this.stops.push(() => clearInterval(relist));
  }

  /** Stops looking after the pods; their containers go on. */
  async stop(): Promise<void> {
    this.stops.forEach((stop) => stop());
    this.registration.stop();
    await Promise.race([Promise.all([this.pods.stop(), this.network?.stop()]), new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
    this.api.close();
    this.parts.runtime.close();
  }

  private async renewIdentity(): Promise<void> {
    const { options, identity, log } = this.parts;
    if (!isHalfOver(identity)) return;
    try { Object.assign(identity, await renew(options, identity)); } catch (error) { log(`identity: ${(error as Error).message}`); }
  }

  private podsSynced = false;
  private followPods(writer: StatusWriter): void {
    const node = encodeURIComponent(`spec.nodeName=${this.parts.identity.nodeName}`);
    const wanted: Collection<Pod & KubeObject> = new Collection<Pod & KubeObject>(this.api, {
      path: `/api/v1/pods?fieldSelector=${node}`, log: this.parts.log,
      onChange: (change) => {
        if (hasHostPorts(change.object)) this.network?.changed();
        if (change.type === "delete") { writer.forget(change.object.metadata.uid); this.pods.delete(change.object.metadata.uid); return; }
        writer.observe(change.object);
        this.pods.set(change.object);
      },
      onSynced: () => {
        this.pods.keepOnly(new Set(wanted.list().map((p) => p.metadata.uid)));
        this.podsSynced = true;
      },
    });
    this.stops.push(() => wanted.stop());
  }

  /** A container that no worker knows yet is of one that is about to look anyway. */
  private runtimeChanged(containerId: string | undefined, hasEnded = false): void {
    if (containerId !== undefined && hasEnded) this.noteEnd(containerId);
    if (containerId === undefined) { this.pods.wakeAll(); return; }
    for (const worker of this.pods.list()) {
      if (worker.state.containers.some((c) => c.id === containerId) || worker.state.sandboxes.some((s) => s.id === containerId)) worker.wake();
    }
  }

  /** Kept for workers that are in the middle of a look and would read an older state. */
  private readonly endedContainers = new Set<string>();
  private noteEnd(containerId: string): void {
    this.endedContainers.add(containerId);
    if (this.endedContainers.size > ENDED_MAX) this.endedContainers.delete(this.endedContainers.values().next().value!);
  }

  private async sendEvent(method: "POST" | "PATCH", path: string, body: object): Promise<boolean> {
    try { return (await this.api.request(method, path, body, method === "PATCH" ? "application/merge-patch+json" : "application/json")).status < 400; } catch { return false; }
  }

  private async requestToken(pod: Pod, audiences: string[], expirationSeconds: number): Promise<{ token: string; expiresAtMs: number }> {
    const { name, namespace, uid } = pod.metadata;
    const answer = await this.api.call<{ status: { token: string; expirationTimestamp: string } }>("POST",
      `/api/v1/namespaces/${namespace}/serviceaccounts/${pod.spec.serviceAccountName ?? "default"}/token`, {
        apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { audiences, expirationSeconds, boundObjectRef: { kind: "Pod", apiVersion: "v1", name, uid } },
      });
    return { token: answer.status.token, expiresAtMs: Date.parse(answer.status.expirationTimestamp) };
  }
}

const noCgroups = { path: () => "", create: () => {}, remove: () => {} };

const hasHostPorts = (pod: Pod): boolean => pod.spec.containers.some((container) => container.ports?.some((port) => port.hostPort));

function readResolvConf(): string {
  try { return readFileSync("/etc/resolv.conf", "utf8"); } catch { return ""; }
}
