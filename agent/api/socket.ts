/**
 * The API socket: requests and watches on one WebSocket that is reopened when it breaks. Requests under way then fail with Disconnected; watches end and are opened again by those who hold their cursors (collection.ts).
 */
import { SOCKET_PATH, SOCKET_PROTOCOL, type ClientFrame, type ServerFrame } from "../../protocol/agent-socket.ts";
import { SteadySocket, type SocketOptions } from "./steady-socket.ts";

class Disconnected extends Error {}

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

const REQUEST_TIMEOUT_MS = 30_000;

export class ApiSocket {
  private readonly socket: SteadySocket;
  private serial = 0;
  private readonly requests = new Map<number, { resolve: (a: Answer) => void; reject: (e: Error) => void }>();
  private readonly watches = new Map<number, WatchHandlers>();
  private readonly onOpen = new Set<() => void>();
  constructor(options: SocketOptions) {
    this.socket = new SteadySocket({ name: "API socket", path: SOCKET_PATH, protocol: SOCKET_PROTOCOL }, options, {
      onOpen: () => {
        options.log("connected to the control plane");
        for (const callback of this.onOpen) callback();
      },
      onMessage: (data) => this.receive(data.toString()),
      onLost: () => this.broke(),
    });
    this.socket.open();
  }

  get isOpen(): boolean { return this.socket.isOpen; }

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

  close(): void { this.socket.close(); }

  private send(frame: ClientFrame): void { this.socket.send(JSON.stringify(frame)); }

  private broke(): void {
    const error = new Disconnected("the connection to the control plane was lost");
    const requests = [...this.requests.values()];
    const watches = [...this.watches.values()];
    this.requests.clear();
    this.watches.clear();
    requests.forEach((r) => r.reject(error));
    watches.forEach((w) => w.onEnd(undefined));
  }

  private receive(text: string): void {
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
