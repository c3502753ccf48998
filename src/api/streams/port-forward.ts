import type { StreamTarget } from "../../kinds/kind.ts";
import { badRequest } from "../../lib/errors.ts";
import type { Call } from "../call.ts";
import { chooseProtocol, requireWebSocket } from "./connect.ts";
import { forwardChannels } from "./port-forward-channels.ts";
import { forwardSpdy } from "./port-forward-spdy.ts";
import { TunnelStream } from "./tunnel-client.ts";

const SPDY = "SPDY/3.1+portforward.k8s.io";
const CHANNELS = ["v4.channel.k8s.io", "portforward.k8s.io"];

/** Opens one connection into the pod. Throws what a client is told of it. */
export type Dial = (port: number) => Promise<TunnelStream>;

/** kubectl's tunnelled SPDY, or channels for the ports of the query (older WebSocket clients). One tunnel stream a connection. */
export async function serveForwardedPorts(call: Call, target: StreamTarget): Promise<Response> {
  requireWebSocket(call.request);
  const protocol = chooseProtocol(call.request, [SPDY, ...CHANNELS]);
  const ports = new URLSearchParams(call.query).getAll("ports").flatMap((list) => list.split(",")).map(Number);
  if (!protocol && ports.length === 0) throw badRequest(`the WebSocket subprotocol must be one of ${[SPDY, ...CHANNELS].join(", ")}`);
  if (protocol !== SPDY && (ports.length === 0 || !ports.every(isPort))) throw badRequest("query parameter \"ports\" is required, with numbers from 1 to 65535");
  const { 0: client, 1: server } = new WebSocketPair();
  server.binaryType = "arraybuffer"; // newer compatibility dates give Blobs
  server.accept();
  const dial: Dial = (port) => TunnelStream.open(call.env, call.cluster.id, { ...target, open: { ...target.open, port } as StreamTarget["open"] });
  if (protocol === SPDY) forwardSpdy(server, dial);
  else forwardChannels(server, dial, ports);
  return new Response(null, { status: 101, webSocket: client, ...(protocol && { headers: { "sec-websocket-protocol": protocol } }) });
}

export const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 65_535;
