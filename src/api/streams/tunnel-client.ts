import { FRAME_PAYLOAD_BYTES_MAX, FrameType, INITIAL_WINDOW_BYTES, type StreamHead } from "../../../protocol/tunnel.ts";
import type { StreamTarget } from "../../kinds/kind.ts";
import { joinBytes } from "../../lib/bytes.ts";
import { ApiError, internalError, type Status } from "../../lib/errors.ts";
import { INTERNAL_ORIGIN } from "../cluster-stub.ts";
import type { Environment, TunnelStub } from "../environment.ts";

export function tunnelOf(env: Environment, clusterId: string, node: string): TunnelStub {
  return env.TUNNEL.getByName(`${clusterId}/${node}`);
}

const HEAD_MS_MAX = 30_000;

/**
 * One stream to an agent, through the Tunnel object of its node. Both directions are bounded by windows: a read makes room
 * for more, a write waits for room. Messages keep their boundaries up to FRAME_PAYLOAD_BYTES_MAX.
 */
export class TunnelStream {
  head!: StreamHead;
  readonly #socket: WebSocket;
  readonly #received: Uint8Array[] = [];
  #receivedEnd = false;
  #sentEnd = false;
  #failure: Error | undefined;
  #consumedBytes = 0;
  #windowBytes = INITIAL_WINDOW_BYTES;
  #wakeReader: (() => void) | undefined;
  #wakeWriters: (() => void)[] = [];
  #onHead: ((head: StreamHead) => void) | undefined;

  /** Throws ApiError: the agent's Status, or one that says that the node cannot be reached. */
  static async open(env: Environment, clusterId: string, { node, open }: StreamTarget): Promise<TunnelStream> {
    const response = await tunnelOf(env, clusterId, node).fetch(`${INTERNAL_ORIGIN}/stream`, { headers: { upgrade: "websocket" } });
    if (!response.webSocket) throw internalError(`error dialing backend: node "${node}" is not connected`);
    const stream = new TunnelStream(response.webSocket);
    const head = new Promise<StreamHead>((resolve) => { stream.#onHead = resolve; });
    response.webSocket.binaryType = "arraybuffer"; // newer compatibility dates give Blobs
    response.webSocket.accept();
    stream.#send(FrameType.OPEN, new TextEncoder().encode(JSON.stringify(open)));
    await stream.#awaitHead(head, node);
    return stream;
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#receive(new Uint8Array(data as ArrayBuffer)));
    socket.addEventListener("close", ({ reason }) => this.#fail(new Error(reason || "the node's agent has gone")));
    socket.addEventListener("error", () => this.#fail(new Error("the tunnel has failed")));
  }

  async #awaitHead(answered: Promise<StreamHead>, node: string): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const failed = new Promise<StreamHead>((resolve) => {
      timer = setTimeout(() => resolve({ status: 504 }), HEAD_MS_MAX);
      this.#wakeWriters.push(() => resolve({ status: 502 }));
    });
    const head = await Promise.race([answered, failed]);
    clearTimeout(timer);
    this.head = head;
    if (head.status < 400) return;
    const reason = this.#failure?.message ?? (head.status === 504 ? "the agent did not answer in time" : "the agent refused");
    this.#socket.close(1000);
    const status = head.error as Status | undefined;
    if (!status?.code) throw internalError(`error dialing backend: node "${node}": ${reason}`);
    const error = new ApiError(status.code, status.reason ?? "Unknown", status.message ?? "", status.details);
    throw error;
  }

  /** The next message, or undefined when the agent has sent everything. Throws when the stream is lost. */
  async read(): Promise<Uint8Array | undefined> {
    while (this.#received.length === 0) {
      if (this.#failure) throw this.#failure;
      if (this.#receivedEnd) return undefined;
      await new Promise<void>((resolve) => { this.#wakeReader = resolve; });
    }
    const message = this.#received.shift()!;
    this.#consume(message.length);
    return message;
  }

  /** One message; bigger ones must be cut by the caller where boundaries mean something. Waits for room. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += FRAME_PAYLOAD_BYTES_MAX) {
      const part = bytes.subarray(at, at + FRAME_PAYLOAD_BYTES_MAX);
      while (this.#windowBytes < part.length && !this.#failure) await new Promise<void>((resolve) => this.#wakeWriters.push(resolve));
      if (this.#failure) throw this.#failure;
      if (this.#sentEnd) return;
      this.#windowBytes -= part.length;
      this.#send(FrameType.DATA, part);
    }
  }

  /** Half-close: nothing more will be written. */
  end(): void {
    if (this.#sentEnd || this.#failure) return;
    this.#sentEnd = true;
    this.#send(FrameType.END);
    this.#closeWhenOver();
  }

  /** The client has gone. */
  reset(message = "the client has gone"): void {
    if (this.#failure) return;
    if (!(this.#receivedEnd && this.#sentEnd)) this.#send(FrameType.RESET, new TextEncoder().encode(JSON.stringify({ message })));
    this.#fail(new Error(message));
    this.#socket.close(1000);
  }

  #receive(frame: Uint8Array): void {
    const payload = frame.subarray(1);
    switch (frame[0]) {
      case FrameType.HEAD: this.#onHead?.(JSON.parse(new TextDecoder().decode(payload)) as StreamHead); break;
      case FrameType.DATA: this.#received.push(payload); break;
      case FrameType.END: this.#receivedEnd = true; this.#closeWhenOver(); break;
      case FrameType.RESET: this.#fail(new Error(messageOf(payload))); this.#socket.close(1000); break;
      case FrameType.WINDOW: this.#windowBytes += new DataView(payload.buffer, payload.byteOffset).getUint32(0); this.#wakeAll(); break;
    }
    this.#wakeReader?.();
  }

  #consume(bytes: number): void {
    this.#consumedBytes += bytes;
    if (this.#consumedBytes < INITIAL_WINDOW_BYTES / 2 || this.#receivedEnd || this.#failure) return;
    const more = new Uint8Array(4);
    new DataView(more.buffer).setUint32(0, this.#consumedBytes);
    this.#consumedBytes = 0;
    this.#send(FrameType.WINDOW, more);
  }

  #send(type: FrameType, payload: Uint8Array = new Uint8Array()): void {
    this.#socket.send(joinBytes([Uint8Array.of(type), payload]));
  }

  #fail(error: Error): void {
    if (this.#receivedEnd && this.#sentEnd) return;
    this.#failure ??= error;
    this.#wakeReader?.();
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const wake of this.#wakeWriters.splice(0)) wake();
  }

  #closeWhenOver(): void {
    if (this.#receivedEnd && this.#sentEnd) this.#socket.close(1000);
  }
}

function messageOf(payload: Uint8Array): string {
  try {
    return String((JSON.parse(new TextDecoder().decode(payload)) as { message?: unknown }).message);
  } catch {
    return "the agent ended the stream";
  }
}

/** What the agent sends, as a body that is read at the reader's pace. */
export function bodyOf(stream: TunnelStream, first?: Uint8Array): ReadableStream<Uint8Array> {
  let waiting = first;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (waiting?.length) {
        controller.enqueue(waiting);
        waiting = undefined;
        return;
      }
      const message = await stream.read();
      if (message) return controller.enqueue(message);
      controller.close();
      stream.end();
    },
    cancel: () => stream.reset(),
  });
}
