/**
 * gRPC over a unix socket or TCP with node:http2: unary calls and server streams, which is all that CRI, containerd's events and
 * gRPC probes need. The connection is opened on first use and again after it broke.
 */
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from "node:http2";
import { connect as dial } from "node:net";
import { percentDecoded } from "../../src/lib/percent.ts";

/** `code` is the gRPC status code: 5 not found, 12 unimplemented, 14 unavailable. */
export class GrpcError extends Error {
  readonly code: number;
  constructor(code: number, message: string) { super(message); this.name = "GrpcError"; this.code = code; }
}
export const GrpcCode = { OK: 0, DEADLINE_EXCEEDED: 4, NOT_FOUND: 5, ALREADY_EXISTS: 6, UNIMPLEMENTED: 12, UNAVAILABLE: 14 } as const;

export class GrpcConnection {
  private session: ClientHttp2Session | undefined;
  private readonly target: { path: string } | { host: string; port: number };
  constructor(target: { path: string } | { host: string; port: number }) { this.target = target; }

  /** One message there, one back. A `timeoutMs` of 0 waits for ever. */
  unary(path: string, message: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      const stream = this.open(path, message, (error) => {
        clearTimeout(timer);
        if (error) return reject(error);
        try { resolve(frames(Buffer.concat(chunks)).messages[0] ?? new Uint8Array()); } catch (e) { reject(e as Error); }
      });
      const timer = timeoutMs > 0 ? setTimeout(() => {
        stream.close(constants.NGHTTP2_CANCEL);
        reject(new GrpcError(GrpcCode.DEADLINE_EXCEEDED, `no answer to ${path} within ${timeoutMs} ms`));
      }, timeoutMs) : undefined;
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    });
  }

  /** A server stream. `onEnd` is called exactly once, with an error unless it ended normally; the returned function cancels. */
  stream(path: string, message: Uint8Array, onMessage: (bytes: Uint8Array) => void, onEnd: (error?: GrpcError) => void): () => void {
    let rest: Buffer = Buffer.alloc(0);
    const stream = this.open(path, message, onEnd);
    stream.on("data", (chunk: Buffer) => {
      const parsed = frames(Buffer.concat([rest, chunk]));
      rest = parsed.rest;
      parsed.messages.forEach(onMessage);
    });
    return () => stream.close(constants.NGHTTP2_CANCEL);
  }

  close(): void { this.session?.destroy(); this.session = undefined; }

  private open(path: string, message: Uint8Array, done: (error?: GrpcError) => void): ClientHttp2Stream {
    const stream = this.connected().request({
      [constants.HTTP2_HEADER_METHOD]: "POST", [constants.HTTP2_HEADER_PATH]: path,
      "content-type": "application/grpc", te: "trailers",
    });
    let headers: IncomingHttpHeaders = {};
    let finished = false;
    const finish = (error?: GrpcError): void => { if (!finished) { finished = true; done(error); } };
    stream.on("response", (h) => { headers = { ...headers, ...h }; });
    stream.on("trailers", (t) => { headers = { ...headers, ...t }; });
    stream.on("error", (e) => finish(new GrpcError(GrpcCode.UNAVAILABLE, e.message)));
    stream.on("close", () => finish(outcome(headers)));
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([head, message]));
    return stream;
  }

  private connected(): ClientHttp2Session {
    if (this.session && !this.session.closed && !this.session.destroyed) return this.session;
    const session = connect("http://localhost", { createConnection: () => ("path" in this.target ? dial(this.target.path) : dial(this.target)) });
    session.on("error", () => { if (this.session === session) this.session = undefined; });
    session.on("close", () => { if (this.session === session) this.session = undefined; });
    session.on("connect", () => session.setLocalWindowSize(4 * 1024 * 1024));
    return (this.session = session);
  }
}

function outcome(headers: IncomingHttpHeaders): GrpcError | undefined {
  const code = headers["grpc-status"];
  if (code === undefined) return new GrpcError(GrpcCode.UNAVAILABLE, "the connection was closed before the answer");
  return code === "0" ? undefined : new GrpcError(Number(code), percentDecoded(String(headers["grpc-message"] ?? "")));
}

function frames(bytes: Buffer): { messages: Uint8Array[]; rest: Buffer } {
  const messages: Uint8Array[] = [];
  let at = 0;
  while (bytes.length - at >= 5) {
    const length = bytes.readUInt32BE(at + 1);
    if (bytes.length - at - 5 < length) break;
    messages.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return { messages, rest: bytes.subarray(at) };
}
