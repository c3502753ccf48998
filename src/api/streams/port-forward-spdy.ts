import { isPort, type Dial } from "./port-forward.ts";
import { FrameReader, FrameWriter, type Frame } from "./spdy/frames.ts";
import type { TunnelStream } from "./tunnel-client.ts";

/**
 * kubectl's port-forward: SPDY/3.1 frames in the messages of a WebSocket, cut anywhere. Each forwarded connection is a
 * pair of streams with the same requestID: `error`, on which we say what went wrong, and `data`. The socket does not tell
 * how much it still has to send, so every so many bytes a ping asks whether the client has read what went before.
 */
export function forwardSpdy(socket: WebSocket, dial: Dial): void {
  new SpdyForwarding(socket, dial).start();
}

const UNANSWERED_BYTES_MAX = 1_048_576;
const PING_EVERY_BYTES = 262_144;
/** What a client may send ahead of a slow pod. Beyond that the connection is cut rather than kept in memory. */
const QUEUED_BYTES_MAX = 16_777_216;
const CONNECTIONS_MAX = 256;
const REFUSED = 3; // REFUSED_STREAM

interface Connection { data: number; error: number | undefined; tunnel?: TunnelStream; queue: Promise<void>; queuedBytes: number; over: boolean; clientEnded?: boolean; podEnded?: boolean }

class SpdyForwarding {
  readonly #socket: WebSocket;
  readonly #dial: Dial;
  readonly #reader = new FrameReader();
  readonly #writer = new FrameWriter();
  /** Error streams that wait for their data streams, by requestID. */
  readonly #errorStreams = new Map<string, number>();
  readonly #connections = new Map<number, Connection>();
  #lastStream = 0;
  #unpingedBytes = 0;
  #pingId = 0;
  readonly #pinged: { id: number; bytes: number }[] = [];
  #unansweredBytes = 0;
  #wake: (() => void)[] = [];
  #closed = false;

  constructor(socket: WebSocket, dial: Dial) {
    this.#socket = socket;
    this.#dial = dial;
  }

  start(): void {
    this.#socket.addEventListener("message", ({ data }) => {
      try {
        const bytes = typeof data === "string" ? new TextEncoder().encode(data) : new Uint8Array(data as ArrayBuffer);
        for (const frame of this.#reader.read(bytes)) this.#handle(frame);
      } catch {
        this.#close(1002);
      }
    });
    this.#socket.addEventListener("close", () => this.#close());
    this.#socket.addEventListener("error", () => this.#close());
  }

  #handle(frame: Frame): void {
    switch (frame.type) {
      case "syn-stream": return this.#open(frame);
      case "data": return this.#fromClient(frame);
      case "ping": return frame.id % 2 === 1 ? this.#send(this.#writer.ping(frame.id)) : this.#answered(frame.id);
      case "rst": return this.#drop(frame.stream);
      case "goaway": return this.#close(1000);
    }
  }

  #open({ stream, headers }: Extract<Frame, { type: "syn-stream" }>): void {
    const port = Number(headers.get("port"));
    const requestId = headers.get("requestid") ?? `port ${port}`;
    const type = headers.get("streamtype");
    const isFull = this.#connections.size + this.#errorStreams.size >= CONNECTIONS_MAX;
    if ((type !== "error" && type !== "data") || !isPort(port) || isFull) return this.#send(this.#writer.rst(stream, REFUSED));
    this.#lastStream = stream;
    this.#send(this.#writer.synReply(stream));
    if (type === "error") {
      this.#errorStreams.set(requestId, stream);
      return;
    }
    const connection: Connection = { data: stream, error: this.#errorStreams.get(requestId), queue: Promise.resolve(), queuedBytes: 0, over: false };
    this.#errorStreams.delete(requestId);
    this.#connections.set(stream, connection);
    void this.#run(connection, port);
  }

  async #run(connection: Connection, port: number): Promise<void> {
    const dialled = this.#dial(port);
    connection.queue = dialled.then((tunnel) => { connection.tunnel = tunnel; }, () => undefined);
    try {
      const tunnel = await dialled;
      if (connection.over) return tunnel.reset();
      for (let bytes = await tunnel.read(); bytes; bytes = await tunnel.read()) await this.#toClient(connection, bytes);
      if (connection.over) return;
      this.#send(this.#writer.data(connection.data, new Uint8Array(), true));
      this.#finish(connection, "");
    } catch (error) {
      this.#finish(connection, `error forwarding port ${port}: ${(error as Error).message}`);
      if (!connection.over) this.#send(this.#writer.data(connection.data, new Uint8Array(), true));
      connection.clientEnded = true; // what it still sends leads nowhere
    }
    connection.podEnded = true;
    this.#forgetIfEnded(connection);
  }

  #forgetIfEnded(connection: Connection): void {
    if (connection.podEnded && connection.clientEnded) this.#connections.delete(connection.data);
  }

  async #toClient(connection: Connection, bytes: Uint8Array): Promise<void> {
    while (this.#unansweredBytes > UNANSWERED_BYTES_MAX && !this.#closed) await new Promise<void>((resolve) => this.#wake.push(resolve));
    if (this.#closed || connection.over) return;
    this.#send(this.#writer.data(connection.data, bytes));
    this.#unansweredBytes += bytes.length;
    this.#unpingedBytes += bytes.length;
    if (this.#unpingedBytes < PING_EVERY_BYTES) return;
    this.#pingId = (this.#pingId + 2) & 0x7ffffffe;
    this.#pinged.push({ id: this.#pingId, bytes: this.#unpingedBytes });
    this.#unpingedBytes = 0;
    this.#send(this.#writer.ping(this.#pingId));
  }

  #answered(id: number): void {
    const count = this.#pinged.findIndex((ping) => ping.id === id) + 1;
    for (const { bytes } of this.#pinged.splice(0, count)) this.#unansweredBytes -= bytes;
    this.#wakeAll();
  }

  #fromClient({ stream, bytes, fin }: Extract<Frame, { type: "data" }>): void {
    const connection = this.#connections.get(stream);
    if (!connection) return; // the client's half of an error stream, or one that is over
    connection.queuedBytes += bytes.length;
    if (connection.queuedBytes > QUEUED_BYTES_MAX) return this.#drop(stream, "the pod does not read fast enough");
    connection.queue = connection.queue.then(async () => {
      if (bytes.length > 0) await connection.tunnel?.write(bytes);
      connection.queuedBytes -= bytes.length;
      if (!fin) return;
      connection.tunnel?.end();
      connection.clientEnded = true;
      this.#forgetIfEnded(connection);
    }).catch(() => undefined);
  }

  /** Closes the error stream, with a text if something went wrong. The pod's half is over; the client's may go on. */
  #finish({ error }: Connection, text: string): void {
    if (error !== undefined) this.#send(this.#writer.data(error, new TextEncoder().encode(text), true));
  }

  #drop(stream: number, reason?: string): void {
    const connection = this.#connections.get(stream);
    if (!connection) return;
    this.#connections.delete(stream);
    connection.over = true;
    connection.tunnel?.reset(reason);
    if (reason) this.#send(this.#writer.rst(stream, REFUSED));
  }

  #close(code?: number): void {
    if (this.#closed) return;
    for (const stream of [...this.#connections.keys()]) this.#drop(stream);
    if (code !== undefined) this.#send(this.#writer.goAway(this.#lastStream));
    this.#closed = true;
    this.#wakeAll();
    if (code !== undefined) this.#socket.close(code);
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  #send(frame: Uint8Array): void {
    if (this.#closed) return;
    try {
      this.#socket.send(frame);
    } catch {
      this.#closed = true;
    }
  }
}
