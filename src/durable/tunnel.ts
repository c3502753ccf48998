import { DurableObject } from "cloudflare:workers";
import { decodeFrame, encodeFrame, FrameType, TUNNEL_PROTOCOL } from "../../protocol/tunnel.ts";

/**
 * Where a node's agent and the Worker's streams meet: one object a node. It only relays: each stream of the Worker is a
 * WebSocket whose messages are frames without the stream's id, and the agent's socket carries all of them with it. Flow
 * control is between the two ends. All sockets hibernate, and what is known of them is in their tags, so an idle
 * `logs -f` costs nothing.
 *
 *   GET /agent  (Upgrade)  the agent's socket; a new one takes the place of an old one and ends its streams
 *   GET /stream (Upgrade)  a stream; 503 when no agent is connected
 */
const AGENT = "agent";
const PING = "ping";
const PONG = "pong";
/** Close codes of stream sockets, beside 1000 (both sides have ended). */
const STREAM_LOST = 4001;

export class Tunnel extends DurableObject {
  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env as never);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
  }

  override async fetch(request: Request): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    if (new URL(request.url).pathname === "/agent") {
      this.#replaceAgent();
      this.ctx.acceptWebSocket(server, [AGENT]);
      return new Response(null, { status: 101, webSocket: client, headers: { "sec-websocket-protocol": TUNNEL_PROTOCOL } });
    }
    if (!this.#agent()) return new Response("the node's agent is not connected", { status: 503 });
    const id = this.#freeId();
    this.ctx.acceptWebSocket(server, [streamTag(id)]);
    server.serializeAttachment(id);
    return new Response(null, { status: 101, webSocket: client });
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (typeof message === "string") return;
    const bytes = new Uint8Array(message);
    const id = streamOf(socket);
    if (id === undefined) this.#toStream(socket, bytes);
    else this.#toAgent(id, bytes);
  }

  override async webSocketClose(socket: WebSocket, code: number): Promise<void> {
    this.#gone(socket, code);
    try {
      socket.close(1000);
    } catch {
      // closed from this side
    }
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    this.#gone(socket, 1006);
  }

  #toStream(agent: WebSocket, bytes: Uint8Array): void {
    if (bytes.length < 5) return agent.close(1002, "the frame is too short");
    const { stream } = decodeFrame(bytes);
    const [socket] = this.ctx.getWebSockets(streamTag(stream));
    if (socket) return socket.send(bytes.subarray(4));
    if (bytes[4] !== FrameType.RESET && bytes[4] !== FrameType.END) this.#reset(agent, stream);
  }

  #toAgent(id: number, bytes: Uint8Array): void {
    const agent = this.#agent();
    if (!agent || bytes.length < 1) return;
    agent.send(encodeFrame(id, bytes[0] as FrameType, bytes.subarray(1)));
  }

  #gone(socket: WebSocket, code: number): void {
    const id = streamOf(socket);
    if (id === undefined) {
      if (!this.#agent(socket)) this.#endStreams("the node's agent has gone");
      return;
    }
    const agent = this.#agent();
    if (agent && code !== 1000) this.#reset(agent, id);
  }

  #reset(agent: WebSocket, id: number): void {
    agent.send(encodeFrame(id, FrameType.RESET, new TextEncoder().encode(JSON.stringify({ message: "the client has gone" }))));
  }

  #replaceAgent(): void {
    for (const agent of this.ctx.getWebSockets(AGENT)) agent.close(1000, "another connection of this node took its place");
    this.#endStreams("the node's agent has connected anew");
  }

  #endStreams(reason: string): void {
    for (const socket of this.ctx.getWebSockets()) if (streamOf(socket) !== undefined) socket.close(STREAM_LOST, reason);
  }

  /** The newest that is open. */
  #agent(except?: WebSocket): WebSocket | undefined {
    return this.ctx.getWebSockets(AGENT).findLast((socket) => socket !== except && socket.readyState === WebSocket.OPEN);
  }

  #freeId(): number {
    for (;;) {
      const [id] = crypto.getRandomValues(new Uint32Array(1));
      if (this.ctx.getWebSockets(streamTag(id!)).length === 0) return id!;
    }
  }
}

const streamTag = (id: number): string => `stream:${id}`;
const streamOf = (socket: WebSocket): number | undefined => (socket.deserializeAttachment() as number | null) ?? undefined;
