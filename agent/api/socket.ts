/**
 * The API socket: requests and watches on one WebSocket, reopened with jittered back-off when it breaks. Requests under way
 * then fail with Disconnected; watches end and are opened again by those who hold their cursors (collection.ts).
 */
import WebSocket from "ws";
import { HEARTBEAT_INTERVAL_MS, SOCKET_PATH, SOCKET_PROTOCOL, type ClientFrame, type ServerFrame } from "../../protocol/agent-socket.ts";

export class Disconnected extends Error {}

/** A Status that the API answered with. */
export class ApiFailure extends Error {
  readonly code: number;
  readonly reason: string;
  constructor(code: number, body: string) {
    let status: { message?: string; reason?: string } = {};
    try { status = JSON.parse(body) as typeof status; } catch { /* not a Status */ }
    super(status.message ?? `the API answered ${code}`);
    this.code = code;
    this.reason = status.reason ?? "";
  }
}

export interface Answer { status: number; body: string }
export interface WatchHandlers { onEvent(event: string): void; onEnd(status: string | undefined): void }
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

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

const BACK_OFF_MS_MIN = 250;
const BACK_OFF_MS_MAX = 15_000;
const REQUEST_TIMEOUT_MS = 30_000;

export class ApiSocket {
  private readonly options: SocketOptions;
  private socket: WebSocket | undefined;
  private serial = 0;
  private readonly requests = new Map<number, { resolve: (a: Answer) => void; reject: (e: Error) => void }>();
  private readonly watches = new Map<number, WatchHandlers>();
  private readonly onOpen = new Set<() => void>();
  private failures = 0;
  private closed = false;
  private timer: NodeJS.Timeout | undefined;
  constructor(options: SocketOptions) { this.options = options; this.open(); }

  get isOpen(): boolean { return this.socket?.readyState === WebSocket.OPEN; }

  /** Calls back at every opening, and at once when it is open. */
  whenOpen(callback: () => void): () => void {
    this.onOpen.add(callback);
    if (this.isOpen) callback();
    return () => this.onOpen.delete(callback);
  }

  /** Resolves with whatever the API answered; see `call` for success or throw. */
  request(method: Method, path: string, body?: unknown, contentType = "application/json"): Promise<Answer> {
    if (!this.isOpen) return Promise.reject(new Disconnected("not connected to the control plane"));
    const id = ++this.serial;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => { this.requests.delete(id); reject(new Disconnected(`no answer to ${method} ${path}`)); }, REQUEST_TIMEOUT_MS);
      const settle = <T>(then: (value: T) => void) => (value: T) => { clearTimeout(timer); then(value); };
      this.requests.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.send({ id, method, path, ...(body !== undefined && { body: JSON.stringify(body), contentType }) });
    });
  }

  async call<T>(method: Method, path: string, body?: unknown, contentType?: string): Promise<T> {
    const answer = await this.request(method, path, body, contentType);
    if (answer.status >= 400) throw new ApiFailure(answer.status, answer.body);
    return JSON.parse(answer.body) as T;
  }

  /** The returned function cancels; then neither handler is called any more. */
  watch(path: string, handlers: WatchHandlers): () => void {
    if (!this.isOpen) { queueMicrotask(() => handlers.onEnd(undefined)); return () => {}; }
    const id = ++this.serial;
    this.watches.set(id, handlers);
    this.send({ id, watch: path });
    return () => { if (this.watches.delete(id) && this.isOpen) this.send({ id, cancel: true }); };
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket?.terminate();
  }

  private send(frame: ClientFrame): void { this.socket?.send(JSON.stringify(frame)); }

  private open(): void {
    const socket = openSocket(this.options, SOCKET_PATH, SOCKET_PROTOCOL);
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
      this.options.log("connected to the control plane");
      for (const callback of this.onOpen) callback();
    });
    socket.on("unexpected-response", (request, response) => {
      this.options.log(`the control plane refused the connection (${response.statusCode})`);
      request.destroy();
      socket.terminate();
      if (response.statusCode === 401) this.options.onRejected?.();
    });
    socket.on("message", (data: Buffer) => { heard = true; this.receive(data.toString()); });
    socket.on("error", (error) => { if (this.failures === 0) this.options.log(`API socket: ${error.message}`); });
    socket.on("close", () => { clearInterval(heartbeat); this.broke(); });
  }

  private broke(): void {
    const error = new Disconnected("the connection to the control plane was lost");
    const requests = [...this.requests.values()];
    const watches = [...this.watches.values()];
    this.requests.clear();
    this.watches.clear();
    requests.forEach((r) => r.reject(error));
    watches.forEach((w) => w.onEnd(undefined));
    if (this.closed) return;
    this.timer = setTimeout(() => this.open(), backOffMs(this.failures++));
  }

  private receive(text: string): void {
    if (text === "pong") return;
    const frame = JSON.parse(text) as ServerFrame;
    if ("event" in frame) this.watches.get(frame.id)?.onEvent(frame.event);
    else if ("end" in frame) {
      const watch = this.watches.get(frame.id);
      this.watches.delete(frame.id);
      watch?.onEnd(frame.status);
    } else {
      const request = this.requests.get(frame.id);
      this.requests.delete(frame.id);
      request?.resolve({ status: frame.status, body: frame.body });
    }
  }
}

export function backOffMs(failures: number): number {
  return Math.min(BACK_OFF_MS_MIN * 2 ** failures, BACK_OFF_MS_MAX) * (0.5 + Math.random() / 2);
}

/** Shared with the tunnel: a WebSocket to the control plane with the node's token. */
export function openSocket(options: SocketOptions, path: string, protocol: string): WebSocket {
  const url = `${options.server.replace(/^http/, "ws").replace(/\/$/, "")}${path}`;
  return new WebSocket(url, protocol, {
    headers: { authorization: `Bearer ${options.token()}`, "user-agent": "isopod-agent" }, handshakeTimeout: 10_000, perMessageDeflate: false, maxPayload: 64 * 1024 * 1024,
    ...(options.ca && { ca: options.ca }), ...(options.insecure && { rejectUnauthorized: false }),
  });
}
