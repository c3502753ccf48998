/**
 * A WebSocket to the control plane that is opened again, with jittered back-off, whenever it breaks. It sends the heartbeat
 * and takes a connection on which nothing came back since the last one for dead. The API socket and the tunnel are its users.
 */
import WebSocket from "ws";
import { HEARTBEAT_INTERVAL_MS } from "../../protocol/agent-socket.ts";

export interface SocketOptions {
  /** With the cluster's path, such as https://host:6443/clusters/c1. */
  server: string;
  token: () => string;
  ca?: string | undefined;
  insecure?: boolean;
  log(message: string): void;
  /** The server answered 401 to the token. */
  onRejected?: (() => void) | undefined;
}

export interface SocketHandlers {
  onOpen?(): void;
  onMessage(data: Buffer, isBinary: boolean): void;
  /** After each loss, before it is opened again; not for sockets that never opened. */
  onLost(): void;
}

const BACK_OFF_MS_MIN = 250;
const BACK_OFF_MS_MAX = 15_000;
/** A handshake that takes longer hangs in lost packets. */
const ATTEMPT_MS = 1_000;
const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;

export class SteadySocket {
  private readonly name: string;
  private readonly path: string;
  private readonly protocol: string;
  private readonly options: SocketOptions;
  private readonly handlers: SocketHandlers;
  private socket: WebSocket | undefined;
  private failures = 0;
  private closed = false;
  private attemptedMs = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(target: { name: string; path: string; protocol: string }, options: SocketOptions, handlers: SocketHandlers) {
    this.name = target.name;
    this.path = target.path;
    this.protocol = target.protocol;
    this.options = options;
    this.handlers = handlers;
  }

  get isOpen(): boolean { return this.socket?.readyState === WebSocket.OPEN; }

  /** Frames sent while it is away are lost. */
  send(data: string | Uint8Array): void { if (this.isOpen) this.socket!.send(data); }

  /** The way to the server is free again, as another socket has found: no more waiting, nor for an attempt that began before. */
  hurry(): void {
    if (this.isOpen || this.closed || this.socket === undefined) return;
    this.failures = 0;
    if (this.socket.readyState === WebSocket.CLOSED) {
      clearTimeout(this.timer);
      this.open();
    } else if (performance.now() - this.attemptedMs > ATTEMPT_MS) this.socket.terminate(); // its end opens the next
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket?.terminate();
  }

  open(): void {
    this.attemptedMs = performance.now();
    const { server, token, ca, insecure, log, onRejected } = this.options;
    const socket = new WebSocket(`${server.replace(/^http/, "ws").replace(/\/$/, "")}${this.path}`, this.protocol, {
      headers: { authorization: `Bearer ${token()}`, "user-agent": "isopod-agent" }, handshakeTimeout: 10_000, perMessageDeflate: false, maxPayload: MESSAGE_BYTES_MAX,
      ...(ca && { ca }), ...(insecure && { rejectUnauthorized: false }),
    });
    this.socket = socket;
    let heartbeat: NodeJS.Timeout | undefined;
    let heard = true;
    socket.on("open", () => {
      this.failures = 0;
      heartbeat = setInterval(() => {
        if (!heard) { socket.terminate(); return; }
        heard = false;
        socket.send("ping");
      }, HEARTBEAT_INTERVAL_MS);
      this.handlers.onOpen?.();
    });
    socket.on("unexpected-response", (request, response) => {
      log(`${this.name}: the control plane refused the connection (${response.statusCode})`);
      request.destroy();
      socket.terminate();
      if (response.statusCode === 401) onRejected?.();
    });
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      heard = true;
      if (!isBinary && data.length === 4 && data.toString() === "pong") return;
      // What we cannot read must not end the agent: a newer control plane may say more than we know.
      try { this.handlers.onMessage(data, isBinary); } catch (error) { log(`${this.name}: ${(error as Error).message}`); }
    });
    socket.on("error", (error) => { if (this.failures === 0) log(`${this.name}: ${error.message}`); });
    socket.on("close", () => {
      clearInterval(heartbeat);
      this.handlers.onLost();
      if (!this.closed) this.timer = setTimeout(() => this.open(), backOffMs(this.failures++));
    });
  }
}

function backOffMs(failures: number): number {
  return Math.min(BACK_OFF_MS_MIN * 2 ** failures, BACK_OFF_MS_MAX) * (0.5 + Math.random() / 2);
}
