/** One stream of the tunnel, as its handler on the agent sees it: bytes both ways with flow control, half-close, reset. */
import { FRAME_PAYLOAD_BYTES_MAX, FrameType, INITIAL_WINDOW_BYTES, type StreamHead } from "../../protocol/tunnel.ts";

export type SendFrame = (stream: number, type: FrameType, payload?: Uint8Array) => void;

export class TunnelStream {
  readonly id: number;
  private readonly sendFrame: SendFrame;
  private sendWindow = INITIAL_WINDOW_BYTES;
  private readonly inbox: Buffer[] = [];
  private wakeReader: () => void = () => {};
  private readonly writers: (() => void)[] = [];
  private remoteEnded = false;
  private localEnded = false;
  /** Aborted when the stream is dead, by either side. */
  readonly dead = new AbortController();
  private readonly onDone: () => void;

  constructor(id: number, sendFrame: SendFrame, onDone: () => void) { this.id = id; this.sendFrame = sendFrame; this.onDone = onDone; }

  /** Both sides have ended in good order: what has been received may still be on its way to its reader. */
  get isFinished(): boolean { return this.localEnded && this.remoteEnded; }
  get isDead(): boolean { return this.dead.signal.aborted; }

  head(head: StreamHead): void { this.sendFrame(this.id, FrameType.HEAD, Buffer.from(JSON.stringify(head))); }

  refuse(code: number, reason: string, message: string): void {
    this.head({ status: code, error: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code } });
    this.end();
    this.close();
  }

  /** Waits until the other side has room. Drops the rest when the stream dies. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && !this.isDead;) {
      while (this.sendWindow <= 0 && !this.isDead) await new Promise<void>((resolve) => this.writers.push(resolve));
      if (this.isDead) return;
      const piece = bytes.subarray(at, at + Math.min(FRAME_PAYLOAD_BYTES_MAX, this.sendWindow));
      this.emit(piece);
      at += piece.length;
    }
  }

  /** One whole message in one frame, such as a channel message; `message` fits into a frame. */
  async writeMessage(message: Uint8Array): Promise<void> {
    while (this.sendWindow < Math.min(message.length, INITIAL_WINDOW_BYTES) && !this.isDead) await new Promise<void>((resolve) => this.writers.push(resolve));
    if (!this.isDead) this.emit(message);
  }

  private emit(bytes: Uint8Array): void {
    this.sendWindow -= bytes.length;
    this.sendFrame(this.id, FrameType.DATA, bytes);
  }

  /** What the other side sends, frame by frame, until it has ended. Room is given back as frames are taken. */
  async *read(): AsyncGenerator<Buffer> {
    for (;;) {
      const next = this.inbox.shift();
      if (next) {
        yield next;
        const window = Buffer.alloc(4);
        window.writeUInt32BE(next.length);
        if (!this.isDead) this.sendFrame(this.id, FrameType.WINDOW, window);
      } else if (this.remoteEnded || this.isDead) return;
      else await new Promise<void>((resolve) => { this.wakeReader = resolve; });
    }
  }

  end(): void {
    if (this.localEnded || this.isDead) return;
    this.localEnded = true;
    this.sendFrame(this.id, FrameType.END);
    if (this.remoteEnded) this.close();
  }

  reset(message: string): void {
    if (this.isDead) return;
    this.sendFrame(this.id, FrameType.RESET, Buffer.from(JSON.stringify({ message })));
    this.close();
  }

  /** Forgets the stream; both sides are done or one has died. */
  close(): void {
    if (this.isDead) return;
    this.dead.abort();
    this.wake();
    this.onDone();
  }

  receive(type: number, payload: Uint8Array): void {
    if (type === FrameType.DATA) this.inbox.push(Buffer.from(payload));
    else if (type === FrameType.END) { this.remoteEnded = true; if (this.localEnded) this.close(); }
    else if (type === FrameType.RESET) this.close();
    else if (type === FrameType.WINDOW && payload.length >= 4) this.sendWindow += Buffer.from(payload).readUInt32BE();
    this.wake();
  }

  private wake(): void {
    this.wakeReader();
    this.writers.splice(0).forEach((resolve) => resolve());
  }
}
