import { connect, type TLSSocket } from "node:tls";

/**
 * One keep-alive connection with one request at a time, and an HTTP/1.1 reader that does no more than it must: the load
 * generator shares the machine with what it measures, and Node's own client would be the slower of the two.
 */
export interface Answer { status: number; body: Buffer; firstByteMs: number }

interface Pending { resolve(answer: Answer): void; reject(error: Error): void }

const HEAD_END = Buffer.from("\r\n\r\n");
const CRLF = Buffer.from("\r\n");

export class Connection {
  readonly #socket: TLSSocket;
  readonly #headers: string;
  #pending: Pending | undefined;
  #buffer: Buffer = Buffer.alloc(0);
  #body: BodyReader | undefined;
  #firstByteMs = 0;
  #error: Error | undefined;

  constructor(socket: TLSSocket, headers: string) {
    this.#socket = socket;
    this.#headers = headers;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the connection was closed")));
  }

  static open(origin: string, ca: string, token: string): Promise<Connection> {
    const { hostname, port } = new URL(origin);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), ca, servername: "localhost" });
      socket.once("error", reject);
      socket.once("secureConnect", () => {
        socket.off("error", reject);
        resolve(new Connection(socket, `host: ${hostname}:${port}\r\nauthorization: Bearer ${token}\r\naccept: application/json\r\nuser-agent: isopod-bench\r\n`));
      });
    });
  }

  /** `discard`: the body is counted by its length alone (an empty Buffer is given). */
  request(method: string, path: string, body?: string, options: { contentType?: string; discard?: boolean } = {}): Promise<Answer> {
    if (this.#error) return Promise.reject(this.#error);
    if (this.#pending) throw new Error("one request at a time");
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#firstByteMs = 0;
      this.#body = new BodyReader(options.discard ?? false);
      const content = body === undefined ? "" : `content-type: ${options.contentType ?? "application/json"}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
      this.#socket.write(`${method} ${path} HTTP/1.1\r\n${this.#headers}${content}\r\n${body ?? ""}`);
    });
  }

  /** A watch: counts events as they come and gives nothing else back. Ends with `close`. */
  watch(path: string, onEvents: (count: number) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.removeAllListeners("data");
      let open = false;
      let last = 0;
      this.#socket.on("data", (chunk: Buffer) => {
        if (!open) {
          open = true;
          if (chunk.toString("latin1", 9, 12) === "200") resolve();
          else reject(new Error(chunk.toString("utf8")));
        }
        // An event is one line that ends in "}"; lines that only keep the stream alive, and chunk sizes, do not.
        let count = last === 125 && chunk[0] === 10 ? 1 : 0;
        for (let at = chunk.indexOf("}\n"); at >= 0; at = chunk.indexOf("}\n", at + 2)) count++;
        last = chunk[chunk.length - 1]!;
        if (count > 0) onEvents(count);
      });
      this.#socket.write(`GET ${path} HTTP/1.1\r\n${this.#headers}\r\n`);
    });
  }

  close(): void {
    this.#socket.removeAllListeners("close").destroy();
  }

  #take(chunk: Buffer): void {
    if (!this.#pending || !this.#body) return;
    if (this.#firstByteMs === 0) this.#firstByteMs = performance.now();
    const buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    this.#buffer = this.#body.read(buffer);
    if (!this.#body.done) return;
    const { resolve } = this.#pending;
    const { status, chunks } = this.#body;
    this.#pending = undefined;
    resolve({ status, body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks), firstByteMs: this.#firstByteMs });
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#pending?.reject(this.#error);
    this.#pending = undefined;
  }
}

/** Content-Length and chunked bodies. `read` takes what it can use and returns the rest. */
class BodyReader {
  status = 0;
  done = false;
  readonly chunks: Buffer[] = [];
  readonly #discard: boolean;
  /** Bytes that remain of the body, or of the present chunk with its CRLF. */
  #remaining = 0;
  #chunked = false;

  constructor(discard: boolean) { this.#discard = discard; }

  read(buffer: Buffer): Buffer {
    if (this.status === 0) {
      const end = buffer.indexOf(HEAD_END);
      if (end < 0) return buffer;
      const head = buffer.toString("latin1", 0, end);
      this.status = Number(head.slice(9, 12));
      this.#chunked = /transfer-encoding: chunked/i.test(head);
      this.#remaining = this.#chunked ? 0 : Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (!this.#chunked && this.#remaining === 0) this.done = true;
      buffer = buffer.subarray(end + 4);
    }
    return this.#chunked ? this.#readChunks(buffer) : this.#readLength(buffer);
  }

  #readLength(buffer: Buffer): Buffer {
    const part = buffer.subarray(0, this.#remaining);
    this.#keep(part);
    this.#remaining -= part.length;
    this.done = this.#remaining === 0;
    return buffer.subarray(part.length);
  }

  #readChunks(buffer: Buffer): Buffer {
    while (!this.done) {
      if (this.#remaining === 0) {
        const end = buffer.indexOf(CRLF);
        if (end < 0) return buffer;
        const size = Number.parseInt(buffer.toString("latin1", 0, end), 16);
        if (size === 0) {
          if (buffer.length < end + 4) return buffer;
          this.done = true;
          return buffer.subarray(end + 4);
        }
        this.#remaining = size + 2;
        buffer = buffer.subarray(end + 2);
      }
      const part = buffer.subarray(0, this.#remaining);
      this.#remaining -= part.length;
      this.#keep(part.subarray(0, Math.max(0, part.length - Math.max(0, 2 - this.#remaining))));
      buffer = buffer.subarray(part.length);
      if (this.#remaining > 0) return buffer;
    }
    return buffer;
  }

  #keep(part: Buffer): void {
    if (!this.#discard && part.length > 0) this.chunks.push(part);
  }
}
