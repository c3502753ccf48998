import { NODE_TAG, nodeTag, type HubSocket, type SocketHost } from "./sockets.ts";
import type { Attachments } from "./attachments.ts";

/**
 * Which nodes' agents are connected, and when each last gave a sign of life: the platform answers their pings and
 * remembers when, without waking the cluster. A silent socket is found out when the cluster is awake anyway, and by an
 * alarm every five minutes while nodes are connected.
 */
const STALE_AFTER_MS = 40_000;
const CHECK_INTERVAL_MS = 10_000;
export const BACKSTOP_MS = 300_000;

export class Nodes {
  readonly #host: SocketHost;
  readonly #attachments: Attachments;
  readonly #nowMs: () => number;
  readonly #lastMessageMs = new WeakMap<HubSocket, number>();
  readonly #stale = new Set<string>();
  #lastCheckMs = 0;

  constructor(options: { host: SocketHost; attachments: Attachments; nowMs: () => number }) {
    this.#host = options.host;
    this.#attachments = options.attachments;
    this.#nowMs = options.nowMs;
  }

  get connected(): boolean {
    return this.#host.sockets(NODE_TAG).length > 0;
  }

  seen(socket: HubSocket): void {
    this.#lastMessageMs.set(socket, this.#nowMs());
  }

  heartbeatMs(node: string): number | undefined {
    let latest: number | undefined;
    for (const socket of this.#host.sockets(nodeTag(node))) {
      const attachment = this.#attachments.read(socket);
      if (attachment?.type !== "agent" || attachment.node !== node) continue;
      latest = Math.max(latest ?? 0, attachment.connectedMs, socket.lastPingMs() ?? 0, this.#lastMessageMs.get(socket) ?? 0);
    }
    return latest;
  }

  /** Nodes that have fallen silent or have come back since the last check. */
  check(): string[] {
    const nowMs = this.#nowMs();
    if (nowMs - this.#lastCheckMs < CHECK_INTERVAL_MS) return [];
    this.#lastCheckMs = nowMs;
    const changed: string[] = [];
    for (const node of this.#names()) {
      const stale = nowMs - (this.heartbeatMs(node) ?? 0) > STALE_AFTER_MS;
      if (stale === this.#stale.has(node)) continue;
      if (stale) this.#stale.add(node);
      else this.#stale.delete(node);
      changed.push(node);
    }
    return changed;
  }

  #names(): Set<string> {
    const names = new Set<string>();
    for (const socket of this.#host.sockets(NODE_TAG)) {
      const attachment = this.#attachments.read(socket);
      if (attachment?.type === "agent" && attachment.node !== undefined) names.add(attachment.node);
    }
    return names;
  }
}
