/** The tunnel socket: opened by the agent and kept open; the API side opens streams on it. */
import { decodeFrame, encodeFrame, FrameType, TUNNEL_PATH, TUNNEL_PROTOCOL, type StreamOpen } from "../../protocol/tunnel.ts";
import { SteadySocket, type SocketOptions } from "../api/steady-socket.ts";
import { TunnelStream } from "./stream.ts";

export type StreamHandler = (open: StreamOpen, stream: TunnelStream) => Promise<void>;

export class TunnelConnection {
  private readonly socket: SteadySocket;
  private readonly streams = new Map<number, TunnelStream>();
  private readonly log: (message: string) => void;
  private readonly handler: StreamHandler;
  constructor(options: SocketOptions & { nodeName: string }, handler: StreamHandler) {
    this.log = options.log;
    this.handler = handler;
    this.socket = new SteadySocket({ name: "tunnel", path: `${TUNNEL_PATH}/${options.nodeName}`, protocol: TUNNEL_PROTOCOL }, options, {
      onMessage: (data, isBinary) => { if (isBinary) this.receive(data); },
      onLost: () => { for (const stream of [...this.streams.values()]) stream.close(); },
    });
    this.socket.open();
  }

  close(): void { this.socket.close(); }
  hurry(): void { this.socket.hurry(); }

  private receive(data: Buffer): void {
    const { stream: id, type, payload } = decodeFrame(data);
    if (type !== FrameType.OPEN) { this.streams.get(id)?.receive(type, payload); return; }
    const stream = new TunnelStream(id, (s, t, p) => this.socket.send(encodeFrame(s, t, p)), () => this.streams.delete(id));
    this.streams.set(id, stream);
    const open = JSON.parse(Buffer.from(payload).toString()) as StreamOpen;
    this.handler(open, stream).catch((error: Error) => {
      this.log(`tunnel ${open.type}: ${error.message}`);
      stream.reset(error.message);
    });
  }
}
