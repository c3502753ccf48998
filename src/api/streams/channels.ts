import { FRAME_PAYLOAD_BYTES_MAX } from "../../../protocol/tunnel.ts";
import type { StreamTarget } from "../../kinds/kind.ts";
import { decodeBase64, encodeBase64 } from "../../lib/base64.ts";
import { joinBytes } from "../../lib/bytes.ts";
import { ApiError, badRequest, internalError, type Status } from "../../lib/errors.ts";
import type { Call } from "../call.ts";
import { chooseProtocol, requireWebSocket } from "./connect.ts";
import { TunnelStream } from "./tunnel-client.ts";
import { isBearerProtocol, offeredProtocols } from "./web-socket.ts";

/** In the order in which we prefer them. The agent speaks v5's messages; older clients merely cannot close stdin. */
const protocols: Record<string, ChannelProtocol> = {
  "v5.channel.k8s.io": { base64: false },
  "v4.channel.k8s.io": { base64: false },
  "v4.base64.channel.k8s.io": { base64: true },
  "v3.channel.k8s.io": { base64: false, plainErrors: true },
  "v2.channel.k8s.io": { base64: false, plainErrors: true },
  "channel.k8s.io": { base64: false, plainErrors: true },
  "base64.channel.k8s.io": { base64: true, plainErrors: true },
};

interface ChannelProtocol {
  /** Text messages: a digit for the channel, then base64. */
  base64: boolean;
  /** Before v4 the error channel carried a text, and nothing on success. */
  plainErrors?: boolean;
}

const ERROR_CHANNEL = 3;

/** exec and attach: a message's first byte names its channel (stdin, stdout, stderr, error, resize). */
export async function serveChannels(call: Call, target: StreamTarget): Promise<Response> {
  requireWebSocket(call.request);
  const name = chooseProtocol(call.request, Object.keys(protocols));
  if (!name && call.request.headers.has("sec-websocket-protocol") && !onlyBearer(call.request)) throw badRequest(`none of the offered subprotocols is served: ${Object.keys(protocols).join(", ")}`);
  const protocol = protocols[name ?? "channel.k8s.io"]!;
  const opened = await TunnelStream.open(call.env, call.cluster.id, target).catch((error: unknown) => {
    if (error instanceof ApiError) return error;
    throw error;
  });
  const { 0: client, 1: server } = new WebSocketPair();
  server.binaryType = "arraybuffer"; // newer compatibility dates give Blobs
  server.accept();
  if (opened instanceof ApiError) {
    // As upstream's stream translator does: kubectl takes a failed upgrade for a server without WebSockets.
    closeWithStatus(server, opened.status, protocol);
  } else {
    forwardClient(server, opened, protocol);
    void forwardAgent(server, opened, protocol);
  }
  return new Response(null, { status: 101, webSocket: client, ...(name && { headers: { "sec-websocket-protocol": name } }) });
}

const onlyBearer = (request: Request) => offeredProtocols(request).every(isBearerProtocol);

/** Messages in order: each write waits for the one before it. */
function forwardClient(socket: WebSocket, stream: TunnelStream, protocol: ChannelProtocol): void {
  let last = Promise.resolve();
  socket.addEventListener("message", ({ data }) => {
    const message = decodeMessage(data as string | ArrayBuffer, protocol);
    if (message && message.length > 0) last = last.then(() => writeMessage(stream, message)).catch(() => undefined);
  });
  socket.addEventListener("close", () => stream.reset());
  socket.addEventListener("error", () => stream.reset());
}

/** A message too long for a frame goes as several of the same channel. */
async function writeMessage(stream: TunnelStream, message: Uint8Array): Promise<void> {
  const partMax = FRAME_PAYLOAD_BYTES_MAX - 1;
  for (let at = 1; at === 1 || at < message.length; at += partMax) {
    await stream.write(withChannel(message[0]!, message.subarray(at, at + partMax)));
  }
}

async function forwardAgent(socket: WebSocket, stream: TunnelStream, protocol: ChannelProtocol): Promise<void> {
  try {
    for (let message = await stream.read(); message; message = await stream.read()) {
      const shown = encodeMessage(message, protocol);
      if (shown !== undefined) socket.send(shown);
    }
    stream.end();
    socket.close(1000);
  } catch (error) {
    closeWithStatus(socket, internalError(String((error as Error).message)).status, protocol);
  }
}

function closeWithStatus(socket: WebSocket, status: Status, protocol: ChannelProtocol): void {
  try {
    socket.send(encodeMessage(withChannel(ERROR_CHANNEL, new TextEncoder().encode(JSON.stringify(status))), protocol)!);
    socket.close(1000);
  } catch {
    // The client went first.
  }
}

function decodeMessage(data: string | ArrayBuffer, { base64 }: ChannelProtocol): Uint8Array | undefined {
  if (!base64) return typeof data === "string" ? new TextEncoder().encode(data) : new Uint8Array(data);
  const text = typeof data === "string" ? data : new TextDecoder().decode(data);
  const channel = Number(text[0]);
  if (!Number.isInteger(channel)) return undefined;
  try {
    return withChannel(channel, decodeBase64(text.slice(1)));
  } catch {
    return undefined;
  }
}

function encodeMessage(message: Uint8Array, { base64, plainErrors }: ChannelProtocol): Uint8Array | string | undefined {
  let shown = message;
  if (plainErrors && message[0] === ERROR_CHANNEL) {
    const text = errorText(message.subarray(1));
    if (text === undefined) return undefined;
    shown = withChannel(ERROR_CHANNEL, new TextEncoder().encode(text));
  }
  return base64 ? `${shown[0]}${encodeBase64(shown.subarray(1))}` : shown;
}

function errorText(json: Uint8Array): string | undefined {
  try {
    const { status, message } = JSON.parse(new TextDecoder().decode(json)) as { status?: string; message?: string };
    return status === "Success" ? undefined : (message ?? "");
  } catch {
    return new TextDecoder().decode(json);
  }
}

export const withChannel = (channel: number, data: Uint8Array): Uint8Array<ArrayBuffer> => joinBytes([Uint8Array.of(channel), data]);
