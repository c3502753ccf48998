import { encodeBase64 } from "../../lib/base64.ts";
import { joinBytes } from "../../lib/bytes.ts";
import { ByteReader, HttpError, readResponseHead, requestHead, type ResponseHead } from "./http1.ts";
import type { TunnelStream } from "./tunnel-client.ts";
import { closePayload, encodeFrame, Opcode, readFrame } from "./web-socket-frames.ts";
import { isBearerProtocol, offeredProtocols } from "./web-socket.ts";

/**
 * A WebSocket to a server in the cluster. The platform gives us a client's messages and never its bytes, so the handshake with
 * the server is one of our own, and messages are framed anew. A server that does not upgrade is heard out instead.
 */
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;

interface Upgrade { request: Request; stream: TunnelStream; target: string; headers: readonly [string, string][] }

export async function relayWebSocket({ request, stream, target, headers }: Upgrade, otherwise: (reader: ByteReader, head: ResponseHead) => Response): Promise<Response> {
  const key = encodeBase64(crypto.getRandomValues(new Uint8Array(16)));
  const protocols = offeredProtocols(request).filter((name) => !isBearerProtocol(name)).join(", ");
  await stream.write(requestHead(request.method, target, [
    ...headers.filter(([name]) => !name.toLowerCase().startsWith("sec-websocket-")),
    ["Connection", "Upgrade"], ["Upgrade", "websocket"], ["Sec-WebSocket-Version", "13"], ["Sec-WebSocket-Key", key],
    ...(protocols ? [["Sec-WebSocket-Protocol", protocols] as [string, string]] : []),
  ]));
  const reader = new ByteReader(() => stream.read());
  const head = await readResponseHead(reader);
  if (head.status !== 101) return otherwise(reader, head);
  const header = (name: string) => head.headers.find(([n]) => n.toLowerCase() === name)?.[1];
  if (header("sec-websocket-accept") !== await acceptOf(key)) throw new HttpError("the server's handshake is not one of WebSocket");
  const { 0: client, 1: server } = new WebSocketPair();
  server.binaryType = "arraybuffer"; // newer compatibility dates give Blobs
  server.accept();
  const send = toServer(server, stream);
  void toClient(reader, server, stream, send);
  const protocol = header("sec-websocket-protocol");
  return new Response(null, { status: 101, webSocket: client, ...(protocol && { headers: { "sec-websocket-protocol": protocol } }) });
}

async function acceptOf(key: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`));
  return encodeBase64(new Uint8Array(digest));
}

type Send = (opcode: number, payload: Uint8Array) => void;

/** Messages in order: each write waits for the one before it. */
function toServer(socket: WebSocket, stream: TunnelStream): Send {
  let last = Promise.resolve();
  const send: Send = (opcode, payload) => { last = last.then(() => stream.write(encodeFrame(opcode, payload))).catch(() => undefined); };
  socket.addEventListener("message", ({ data }) => {
    if (typeof data === "string") send(Opcode.TEXT, new TextEncoder().encode(data));
    else send(Opcode.BINARY, new Uint8Array(data as ArrayBuffer));
  });
  socket.addEventListener("close", ({ code, reason }) => {
    send(Opcode.CLOSE, closePayload(code, reason));
    void last.then(() => stream.end());
  });
  socket.addEventListener("error", () => stream.reset());
  return send;
}

async function toClient(reader: ByteReader, socket: WebSocket, stream: TunnelStream, send: Send): Promise<void> {
  try {
    const { code, reason } = await forwardMessages(reader, socket, send);
    stream.end();
    if (code === undefined) socket.close();
    else socket.close(code, reason);
  } catch (error) {
    stream.reset((error as Error).message);
    try { socket.close(1011, (error as Error).message.slice(0, 100)); } catch { /* the client went first */ }
  }
}

/** Until the server closes. */
async function forwardMessages(reader: ByteReader, socket: WebSocket, send: Send): Promise<{ code?: number; reason?: string }> {
  let parts: Uint8Array[] = [];
  let type: number = Opcode.BINARY;
  let bytes = 0;
  for (;;) {
    const frame = await readFrame(reader, MESSAGE_BYTES_MAX - bytes);
    if (!frame) throw new Error("the server ended the connection");
    const { opcode, payload, final } = frame;
    if (opcode === Opcode.CLOSE) {
      if (payload.length < 2) return {};
      return { code: (payload[0]! << 8) | payload[1]!, reason: new TextDecoder().decode(payload.subarray(2)) };
    }
    if (opcode === Opcode.PING) send(Opcode.PONG, payload);
    if (opcode >= Opcode.CLOSE) continue;
    if (opcode !== Opcode.CONTINUATION) { parts = []; bytes = 0; type = opcode; }
    parts.push(payload);
    bytes += payload.length;
    if (!final) continue;
    const whole = parts.length === 1 ? payload : joinBytes(parts);
    socket.send(type === Opcode.TEXT ? new TextDecoder().decode(whole) : whole);
    parts = [];
    bytes = 0;
  }
}
