import { encodeBase64 } from "../../lib/base64.ts";
import { badRequest } from "../../lib/errors.ts";
import { chooseProtocol } from "./connect.ts";

/** Logs for clients that ask for them over a WebSocket: the body's pieces as messages, as they are or in base64, then the end. */
const BINARY = "binary.k8s.io";
const BASE64 = "base64.binary.k8s.io";

export function logSocket(request: Request, body: ReadableStream<Uint8Array>): Response {
  const name = chooseProtocol(request, [BINARY, BASE64]);
  if (!name && request.headers.has("sec-websocket-protocol")) throw badRequest(`none of the offered subprotocols is served: ${BINARY}, ${BASE64}`);
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  void copy(body.getReader(), server, name === BASE64);
  return new Response(null, { status: 101, webSocket: client, ...(name && { headers: { "sec-websocket-protocol": name } }) });
}

async function copy(reader: ReadableStreamDefaultReader<Uint8Array>, socket: WebSocket, base64: boolean): Promise<void> {
  const gone = () => void reader.cancel().catch(() => undefined);
  socket.addEventListener("close", gone);
  socket.addEventListener("error", gone);
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) socket.send(base64 ? encodeBase64(piece.value) : piece.value);
    socket.close(1000, "");
  } catch {
    try { socket.close(1011, "the stream broke"); } catch { /* the client went first */ }
  }
}
