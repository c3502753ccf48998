/** The tunnel socket: opened by the agent and kept open; the API side opens streams on it. */
import type WebSocket from "ws";
import { HEARTBEAT_INTERVAL_MS } from "../../protocol/agent-socket.ts";
import { decodeFrame, encodeFrame, FrameType, TUNNEL_PATH, TUNNEL_PROTOCOL, type StreamOpen } from "../../protocol/tunnel.ts";
import { backOffMs, openSocket, type SocketOptions } from "../api/socket.ts";
import { TunnelStream } from "./stream.ts";

export type StreamHandler = (open: StreamOpen, stream: TunnelStream) => Promise<void>;

export class TunnelConnection {
  private socket: WebSocket | undefined;
  private readonly streams = new Map<number, TunnelStream>();
  private readonly options: SocketOptions & { nodeName: string };
  private readonly handler: StreamHandler;
  private failures = 0;
  private closed = false;
  private timer: NodeJS.Timeout | undefined;
  constructor(options: SocketOptions & { nodeName: string }, handler: StreamHandler) { this.options = options; this.handler = handler; this.open(); }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket?.terminate();
  }

  private open(): void {
    const socket = openSocket(this.options, `${TUNNEL_PATH}/${this.options.nodeName}`, TUNNEL_PROTOCOL);
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
    });
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      heard = true;
      if (isBinary) this.receive(socket, data);
    });
    socket.on("error", (error) => { if (this.failures === 0) this.options.log(`tunnel: ${error.message}`); });
    socket.on("close", () => {
      clearInterval(heartbeat);
      for (const stream of [...this.streams.values()]) stream.close();
      if (!this.closed) this.timer = setTimeout(() => this.open(), backOffMs(this.failures++));
    });
  }

  private receive(socket: WebSocket, data: Buffer): void {
    const { stream: id, type, payload } = decodeFrame(data);
    if (type !== FrameType.OPEN) { this.streams.get(id)?.receive(type, payload); return; }
    const stream = new TunnelStream(id, (s, t, p) => { if (socket.readyState === socket.OPEN) socket.send(encodeFrame(s, t, p)); }, () => this.streams.delete(id));
    this.streams.set(id, stream);
    const open = JSON.parse(Buffer.from(payload).toString()) as StreamOpen;
    this.handler(open, stream).catch((error: Error) => {
      this.options.log(`tunnel ${open.type}: ${error.message}`);
      stream.reset(error.message);
    });
  }
}
