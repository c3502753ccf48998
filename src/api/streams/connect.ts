import type { StreamTarget } from "../../kinds/kind.ts";
import { ApiError } from "../../lib/errors.ts";
import type { Call } from "../call.ts";
import { clusterAnswer } from "../http/path-request.ts";
import { textResponse } from "../http/respond.ts";
import type { ApiRequest } from "../request.ts";
import { serveChannels } from "./channels.ts";
import { logSocket } from "./log-socket.ts";
import { serveNodeHttp } from "./node-http.ts";
import { serveForwardedPorts } from "./port-forward.ts";
import { serveProxy } from "./proxy.ts";
import { bodyOf, TunnelStream } from "./tunnel-client.ts";
import { isWebSocket, offeredProtocols } from "./web-socket.ts";

/**
 * Streams to agents: logs, exec, attach, port-forward and the proxies. The Cluster authorizes and says where the stream
 * leads and of what type it is; the bytes go from the Worker through the node's Tunnel and never touch the Cluster.
 */
export async function serveConnect(call: Call, request: ApiRequest): Promise<Response> {
  const answer = await call.cluster.stub.resolveStream(request);
  if ("refused" in answer) return clusterAnswer(answer.refused);
  const { target } = answer;
  switch (target.open.type) {
    case "logs": return await serveLogs(call, target);
    case "exec": case "attach": return await serveChannels(call, target);
    case "dial": return await serveForwardedPorts(call, target);
    case "dial-address": return await serveProxy(call, request, { ...target, open: target.open });
    case "node-http": return await serveNodeHttp(call, target);
  }
}

async function serveLogs(call: Call, target: StreamTarget): Promise<Response> {
  const stream = await TunnelStream.open(call.env, call.cluster.id, target);
  stream.end();
  if (isWebSocket(call.request)) return logSocket(call.request, bodyOf(stream));
  return new Response(bodyOf(stream), { headers: textResponse(200, "").headers });
}

/** Only WebSockets: SPDY over HTTP needs a hijacked connection, which no edge function has. kubectl uses WebSockets since 1.31. */
export function requireWebSocket(request: Request): void {
  if (isWebSocket(request)) return;
  throw new ApiError(400, "BadRequest", "Upgrade request required: this server speaks WebSocket (v5.channel.k8s.io, SPDY/3.1+portforward.k8s.io) and not SPDY over HTTP");
}

/** The first of ours that the client offers. */
export function chooseProtocol(request: Request, ours: readonly string[]): string | undefined {
  const offered = offeredProtocols(request);
  return ours.find((protocol) => offered.includes(protocol));
}
