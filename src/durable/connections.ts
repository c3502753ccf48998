import type { ApiRequest, Authenticated } from "../api/request.ts";
import { AgentSockets, type AgentSocketsOptions } from "./agent-sockets.ts";
import type { Nodes } from "./nodes.ts";
import { AGENT_TAG, WATCH_TAG, type HubSocket } from "./sockets.ts";
import type { SqlDatabase } from "./sql.ts";
import { WatchSockets } from "./watch-sockets.ts";

/**
 * Who is connected: bridged watches and agents. Their sockets outlive this object's memory, so whose a socket is may have
 * to be read from its attachment. That an agent comes, speaks or goes is news of its node.
 */
export interface ConnectionsOptions extends AgentSocketsOptions {
  db: SqlDatabase;
  nodes: Nodes;
  /** Told once of each bridged watch. */
  watchEnded(request: ApiRequest): void;
  /** An agent came or went; undefined: one that is no node's. */
  nodeChanged(node: string | undefined): void;
}

export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #watches: WatchSockets;
  readonly #agents: AgentSockets;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#watches = new WatchSockets({ ...options, ended: (request) => options.watchEnded(request) });
    this.#agents = new AgentSockets(options);
  }

  /** `accept` makes the socket, once the watch is not refused. Returns the revision from which it starts. Throws ApiError. */
  openWatch(request: ApiRequest, accept: (resource: string) => HubSocket): number {
    return this.#watches.open(request, accept);
  }

  openAgent(socket: HubSocket, user: Authenticated, via: { origin?: string; userAgent?: string }): void {
    this.#agents.open(socket, user, via);
    const node = this.#agents.session(socket)?.attachment.node;
    if (node !== undefined) this.#options.nodes.joined(node);
    this.#options.nodeChanged(node);
  }

  /** Returns whether it was an agent that wants something. */
  message(socket: HubSocket, text: string): boolean {
    if (this.#isWatch(socket)) {
      this.#watches.message(socket, text);
      return false;
    }
    this.#options.nodes.seen(socket);
    if (text === "ping") socket.send("pong");
    else this.#agents.message(socket, text);
    return text !== "ping";
  }

  closed(socket: HubSocket): void {
    if (this.#isWatch(socket)) this.#watches.closed(socket);
    else this.#options.nodeChanged(this.#agents.closed(socket));
  }

  /** Brings back the watchers of a resource. Agents come back all at once: they watch many. */
  restore(resource: string): void {
    this.#watches.restore(resource);
    this.restoreAgents();
  }

  restoreAgents(): void {
    this.#agents.restore();
  }

  /** Closes sockets whose identity has expired. */
  tick(): void {
    this.#agents.tick();
  }

  /** After a crash there are no sockets, and nobody was told that they closed. */
  forgetLost(): void {
    const { db, host } = this.#options;
    if (db.all("SELECT 1 AS x FROM subscriptions LIMIT 1").length === 0) return;
    if (host.sockets(WATCH_TAG).length + host.sockets(AGENT_TAG).length === 0) db.run("DELETE FROM subscriptions");
  }

  #isWatch(socket: HubSocket): boolean {
    if (this.#watches.has(socket)) return true;
    return !this.#agents.has(socket) && this.#options.attachments.read(socket)?.type === "watch";
  }
}
