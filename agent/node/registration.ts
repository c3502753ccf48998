/** Keeps the Node object: made once, its status written when something about it changed and never as a heartbeat. */
import type { KubeObject } from "../../src/kinds/object.ts";
import { ApiFailure, type ApiSocket } from "../api/socket.ts";
import type { Clock } from "../clock.ts";
import type { EventRecorder } from "../pod/events.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { ensureLease } from "./lease.ts";
import { nextConditions, nodeArchitecture, nodeCapacity, nodeConditions, nodeImages, nodeInfo, type NodeCondition, type NodeStatus } from "./node-status.ts";

export interface RegistrationOptions {
  api: ApiSocket;
  runtime: Runtime;
  clock: Clock;
  events: EventRecorder;
  dataDir: string;
  nodeName: string;
  ips: string[];
  labels: Record<string, string>;
  log(message: string): void;
}
export interface NodeObject extends KubeObject { spec?: { podCIDR?: string; podCIDRs?: string[]; unschedulable?: boolean }; status?: Partial<NodeStatus> }

const CHECK_MS = 10_000;
/** Until the node is ready for the first time. */
const CHECK_EARLY_MS = 100;

export class Registration {
  node: NodeObject | undefined;
  private readonly options: RegistrationOptions;
  private cancelTimer: () => void = () => {};
  private readonly unsubscribe: () => void;
  private busy = false;
  private stopped = false;
  private ready = false;
  private hasLease = false;
  /** The connection was lost since: the server may have changed the node. */
  private isOutdated = false;
  constructor(options: RegistrationOptions) {
    this.options = options;
    this.unsubscribe = options.api.whenOpen(() => this.lookAgain());
  }

  /** What the server says of this node now. It may have given us up while we were away or asleep. */
  seen({ status }: NodeObject): void {
    const isLost = status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "Unknown");
    if (isLost) this.lookAgain();
  }

  private lookAgain(): void {
    this.isOutdated = true;
    void this.check();
  }

  /** Looks now: something about the node may have changed. */
  poke(): void { void this.check(); }
  stop(): void { this.stopped = true; this.cancelTimer(); this.unsubscribe(); }

  private async check(): Promise<void> {
    if (this.busy || this.stopped) return;
    this.busy = true;
    this.cancelTimer();
    try { await this.write(); } catch (error) { this.options.log(`node: ${(error as Error).message}`); } finally {
      this.busy = false;
      if (!this.stopped) this.cancelTimer = this.options.clock.after(this.ready && !(this.isOutdated && this.options.api.isOpen) ? CHECK_MS : CHECK_EARLY_MS, () => void this.check());
    }
  }

  private async write(): Promise<void> {
    const { api, nodeName } = this.options;
    if (!api.isOpen) return;
    if (!this.node || this.isOutdated) {
      this.isOutdated = false;
      this.node = await this.register().catch((error: unknown) => { this.isOutdated = true; throw error; });
    }
    if (!this.hasLease) {
      await ensureLease(api, this.options.clock, { name: nodeName, uid: this.node.metadata.uid! });
      this.hasLease = true;
    }
    const wanted = await this.wantedStatus();
    const old = this.node.status ?? {};
    const conditions = nextConditions((old.conditions ?? []) as NodeCondition[], wanted.conditions, this.options.clock.now());
    const patch: Record<string, unknown> = { ...(conditions && { conditions }) };
    for (const key of ["capacity", "allocatable", "nodeInfo", "images", "addresses", "daemonEndpoints"] as const) {
      if (canonical(old[key]) !== canonical(wanted[key])) patch[key] = key === "addresses" ? [{ $patch: "replace" }, ...wanted.addresses] : wanted[key];
    }
    if (Object.keys(patch).length > 0) {
      this.node = await api.call<NodeObject>("PATCH", `/api/v1/nodes/${nodeName}/status`, { status: patch }, "application/strategic-merge-patch+json");
    }
    this.ready = wanted.conditions.some((c) => c.type === "Ready" && c.status === "True");
  }

  private async register(): Promise<NodeObject> {
    const { api, nodeName } = this.options;
    const labels = {
      "kubernetes.io/hostname": nodeName, "kubernetes.io/os": "linux", "kubernetes.io/arch": nodeArchitecture(), "beta.kubernetes.io/os": "linux", "beta.kubernetes.io/arch": nodeArchitecture(), ...this.options.labels,
    };
    try {
      const existing = await api.call<NodeObject>("GET", `/api/v1/nodes/${nodeName}`);
      const missing = Object.entries(labels).some(([key, value]) => existing.metadata.labels?.[key] !== value);
      return missing ? await api.call<NodeObject>("PATCH", `/api/v1/nodes/${nodeName}`, { metadata: { labels } }, "application/merge-patch+json") : existing;
    } catch (error) {
      if (!(error instanceof ApiFailure) || error.code !== 404) throw error;
      const status = await this.wantedStatus();
      const body = { apiVersion: "v1", kind: "Node", metadata: { name: nodeName, labels, annotations: { "volumes.kubernetes.io/controller-managed-attach-detach": "true" } }, spec: {},
        status: { ...status, conditions: nextConditions([], status.conditions, this.options.clock.now()) } };
      return api.call<NodeObject>("POST", "/api/v1/nodes", body);
    }
  }

  private async wantedStatus(): Promise<NodeStatus> {
    const { runtime, dataDir, ips, nodeName } = this.options;
    const [version, notReady, images] = await Promise.all([
      runtime.version(), runtime.notReady().catch((e: Error) => ({ runtime: e.message, network: undefined })), runtime.listImages(),
    ]);
    return {
      ...nodeCapacity(dataDir), conditions: nodeConditions(dataDir, notReady), addresses: [...ips.map((address) => ({ type: "InternalIP", address })), { type: "Hostname", address: nodeName }],
      nodeInfo: nodeInfo(version), images: nodeImages(images), daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
    };
  }
}

/** JSON with sorted keys: the server may keep fields in another order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) => (v && typeof v === "object" && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1))) : v)) ?? "";
}
