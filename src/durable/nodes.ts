import { node as nodeKind } from "../kinds/core/node/kind.ts";
import type { Reader } from "../kinds/transaction.ts";
import type { Node } from "../kinds/types/core-v1.generated.ts";
import { GRACE_MS } from "../controllers/node-lifecycle/controller.ts";
import { NODE_TAG, nodeTag, type HubSocket, type SocketHost } from "./sockets.ts";
import type { Attachments } from "./attachments.ts";

/**
 * Which nodes' agents are connected, and when each last gave a sign of life: the platform answers their pings and
 * remembers when, without waking the cluster. A silent socket is found out when the cluster is awake anyway, and by an
 * alarm every five minutes while nodes are connected.
 */
const CHECK_INTERVAL_MS = 10_000;
export const BACKSTOP_MS = 300_000;

export class Nodes {
  readonly #host: SocketHost;
  readonly #attachments: Attachments;
  readonly #nowMs: () => number;
  readonly #lastMessageMs = new WeakMap<HubSocket, number>();
  readonly #stale = new Set<string>();
  readonly #told = new Set<string>();
  #lastCheckMs = 0;

  constructor(options: { host: SocketHost; attachments: Attachments; nowMs: () => number }) {
    this.#host = options.host;
    this.#attachments = options.attachments;
    this.#nowMs = options.nowMs;
  }

  get connected(): boolean {
    return this.#host.sockets(NODE_TAG).length > 0;
  }

  get connectedNames(): string[] {
    return [...this.#names()];
  }

  joined(node: string): void {
    this.#told.delete(node);
  }

  /**
   * Nodes that count as reachable though no agent of theirs is connected: when a process dies, nobody hears its sockets
   * close. To be asked when the cluster comes into memory; it reads the nodes only when there are more of them than sockets.
   */
  unheard(reader: Reader): string[] {
    if (this.#host.sockets(NODE_TAG).length >= reader.count(nodeKind)) return [];
    return reader.list(nodeKind).filter((node) => this.heartbeatMs(node.metadata.name!) === undefined && !isKnownToBeLost(node)).map((node) => node.metadata.name!);
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
      const stale = nowMs - (this.heartbeatMs(node) ?? 0) > GRACE_MS;
      if (stale === this.#stale.has(node)) continue;
      if (stale) this.#stale.add(node);
      else this.#stale.delete(node);
      changed.push(node);
    }
    return changed;
  }

  /**
   * Of these nodes the ones whose agents are not connected, each told once. After a crash of the cluster no socket was
   * closed in front of our eyes, so the alarm asks for all nodes.
   */
  absent(names: Iterable<string>): string[] {
    const connected = this.#names();
    const absent = [...names].filter((name) => !connected.has(name) && !this.#told.has(name));
    for (const name of absent) this.#told.add(name);
    return absent;
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

const isKnownToBeLost = (node: Node): boolean => node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "Unknown") ?? false;
