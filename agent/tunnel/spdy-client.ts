/**
 * SPDY/3.1 as the runtimes' streaming servers speak it for exec and attach: unlike their WebSockets it can close stdin alone.
 * Streams are made with a "streamtype" header; answers' headers are not read. There is no flow control in this dialect.
 */
import { request } from "node:http";
import type { Duplex } from "node:stream";
import { constants, createDeflate, type Deflate } from "node:zlib";
import { SPDY_DICTIONARY_BASE64 } from "../../protocol/spdy-dictionary.ts";

const Control = { SYN_STREAM: 1, RST_STREAM: 3, PING: 6, GOAWAY: 7 } as const;
const FLAG_FIN = 1;
const DATA_BYTES_MAX = 32_768;

export interface SpdyHandlers { onData(stream: number, bytes: Buffer): Promise<void> | void; onEnd(stream: number): void; onClose(): void }

export class SpdyConnection {
  private readonly socket: Duplex;
  private readonly deflate: Deflate;
  private readonly handlers: SpdyHandlers;
  private nextStream = 1;
  private rest: Buffer = Buffer.alloc(0);
  constructor(socket: Duplex, head: Buffer, handlers: SpdyHandlers) {
    this.socket = socket;
    this.handlers = handlers;
    this.deflate = createDeflate({ dictionary: Buffer.from(SPDY_DICTIONARY_BASE64, "base64"), flush: constants.Z_SYNC_FLUSH });
    socket.on("error", () => socket.destroy());
    // Not at the socket's "close": what had come before it may still wait for the client's room.
    void this.read(head).then(() => handlers.onClose());
  }

  /** Opens a stream and resolves with its id. Calls must not overlap, since header blocks share one compression state. */
  async open(streamType: string): Promise<number> {
    const id = this.nextStream;
    this.nextStream += 2;
    const headers = await this.compress(headerBlock({ streamtype: streamType }));
    const payload = Buffer.alloc(10 + headers.length);
    payload.writeUInt32BE(id, 0);
    headers.copy(payload, 10);
    this.control(Control.SYN_STREAM, payload);
    return id;
  }

  write(stream: number, bytes: Uint8Array, fin = false): void {
    const frames = Math.max(Math.ceil(bytes.length / DATA_BYTES_MAX), fin ? 1 : 0);
    for (let at = 0; at < frames * DATA_BYTES_MAX; at += DATA_BYTES_MAX) {
      const piece = bytes.subarray(at, at + DATA_BYTES_MAX);
      const header = Buffer.alloc(8);
      header.writeUInt32BE(stream, 0);
      header.writeUInt32BE(piece.length, 4);
      header[4] = fin && at + DATA_BYTES_MAX >= bytes.length ? FLAG_FIN : 0;
      this.socket.write(Buffer.concat([header, piece]));
      if (bytes.length === 0) return;
    }
  }

  close(): void { this.socket.destroy(); }

  /** Waits for each message to be taken: that is what holds a fast writer back. */
  private async read(first: Buffer): Promise<void> {
    try {
      if (first.length > 0) await this.take(first);
      for await (const chunk of this.socket) await this.take(chunk as Buffer);
    } catch { this.socket.destroy(); }
  }

  private async take(chunk: Buffer): Promise<void> {
    this.rest = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    while (this.rest.length >= 8) {
      const length = this.rest.readUInt32BE(4) & 0xffffff;
      if (this.rest.length < 8 + length) return;
      const frame = this.rest.subarray(0, 8 + length);
      this.rest = this.rest.subarray(8 + length);
      await this.frame(frame);
    }
  }

  private async frame(frame: Buffer): Promise<void> {
    const flags = frame[4]!;
    const payload = frame.subarray(8);
    if ((frame[0]! & 0x80) === 0) {
      const stream = frame.readUInt32BE(0) & 0x7fffffff;
      if (payload.length > 0) await this.handlers.onData(stream, payload);
      if (flags & FLAG_FIN) this.handlers.onEnd(stream);
      return;
    }
    const type = frame.readUInt16BE(2);
    if (type === Control.RST_STREAM) this.handlers.onEnd(payload.readUInt32BE(0) & 0x7fffffff);
    else if (type === Control.PING && payload.readUInt32BE(0) % 2 === 0) this.control(Control.PING, payload);
    else if (type === Control.GOAWAY) this.socket.end();
  }

  private control(type: number, payload: Buffer): void {
    const header = Buffer.alloc(8);
    header.writeUInt16BE(0x8003, 0);
    header.writeUInt16BE(type, 2);
    header.writeUInt32BE(payload.length, 4);
    this.socket.write(Buffer.concat([header, payload]));
  }

  private compress(block: Buffer): Promise<Buffer> {
    return new Promise((resolve) => {
      const parts: Buffer[] = [];
      const collect = (part: Buffer): void => { parts.push(part); };
      this.deflate.on("data", collect);
      this.deflate.write(block, () => this.deflate.flush(constants.Z_SYNC_FLUSH, () => { this.deflate.off("data", collect); resolve(Buffer.concat(parts)); }));
    });
  }
}

function headerBlock(headers: Record<string, string>): Buffer {
  const parts: Buffer[] = [];
  const number = (value: number): void => { const b = Buffer.alloc(4); b.writeUInt32BE(value); parts.push(b); };
  const text = (value: string): void => { number(Buffer.byteLength(value)); parts.push(Buffer.from(value)); };
  number(Object.keys(headers).length);
  for (const [name, value] of Object.entries(headers)) { text(name); text(value); }
  return Buffer.concat(parts);
}

/** Upgrades the single-use URL of the runtime's streaming server. Rejects with what the server said. */
export function connectSpdy(url: string, handlers: SpdyHandlers): Promise<SpdyConnection> {
  return new Promise((resolve, reject) => {
    const upgrade = request(url, { method: "POST", agent: false, headers: { connection: "Upgrade", upgrade: "SPDY/3.1", "x-stream-protocol-version": "v4.channel.k8s.io" } });
    upgrade.on("upgrade", (_response, socket, head) => resolve(new SpdyConnection(socket, head, handlers)));
    upgrade.on("response", (response) => { response.resume(); reject(new Error(`the container runtime refused the stream (${response.statusCode})`)); });
    upgrade.on("error", reject);
    upgrade.end();
  });
}
