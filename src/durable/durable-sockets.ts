import type { HubSocket, SocketAttachment, SocketHost } from "./sockets.ts";

/** The hub's sockets over the hibernation API of a Durable Object. */
export class DurableSockets implements SocketHost {
  readonly #ctx: DurableObjectState;
  readonly #wrapped = new WeakMap<WebSocket, DurableSocket>();

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  accept(socket: WebSocket, tags: string[]): HubSocket {
    this.#ctx.acceptWebSocket(socket, tags);
    return this.of(socket);
  }

  sockets(tag: string): HubSocket[] {
    return this.#ctx.getWebSockets(tag).map((socket) => this.of(socket)).filter((socket) => !socket.gone);
  }

  of(socket: WebSocket): DurableSocket {
    let wrapped = this.#wrapped.get(socket);
    if (!wrapped) this.#wrapped.set(socket, (wrapped = new DurableSocket(this.#ctx, socket)));
    return wrapped;
  }
}

class DurableSocket implements HubSocket {
  readonly #ctx: DurableObjectState;
  readonly #socket: WebSocket;
  /** Closing, by either side: the platform still lists it for a moment. */
  gone = false;

  constructor(ctx: DurableObjectState, socket: WebSocket) {
    this.#ctx = ctx;
    this.#socket = socket;
  }

  send(text: string): void {
    if (this.gone) return;
    try {
      this.#socket.send(text);
    } catch {
      this.gone = true; // the close event follows
    }
  }

  close(code: number, reason: string): void {
    if (this.gone) return;
    this.gone = true;
    try {
      this.#socket.close(code, reason);
    } catch {
      // It was closed already.
    }
  }

  readAttachment(): SocketAttachment | undefined {
    return (this.#socket.deserializeAttachment() as SocketAttachment | null) ?? undefined;
  }

  writeAttachment(value: SocketAttachment): void {
    this.#socket.serializeAttachment(value);
  }

  lastPingMs(): number | undefined {
    return this.#ctx.getWebSocketAutoResponseTimestamp(this.#socket)?.getTime();
  }
}
