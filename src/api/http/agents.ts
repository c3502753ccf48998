import { forbidden, unauthorized, ApiError } from "../../lib/errors.ts";
import { SOCKET_PROTOCOL } from "../../../protocol/agent-socket.ts";
import { TUNNEL_PROTOCOL } from "../../../protocol/tunnel.ts";
import type { Call } from "../call.ts";
import { encodeHeader, INTERNAL_ORIGIN, SOCKET_INTERNAL_PATH, USER_HEADER } from "../cluster-stub.ts";
import { tunnelOf } from "../streams/tunnel-client.ts";
import { readBounded } from "./body.ts";
import { pathRequest } from "./path-request.ts";
import { answerHeaders } from "./respond.ts";

/** The API socket: the Cluster authorizes each request on it, and the socket itself by who it is. */
export async function serveAgentSocket(call: Call): Promise<Response> {
  requireUpgrade(call.request, SOCKET_PROTOCOL);
  const headers = { upgrade: "websocket", "sec-websocket-protocol": SOCKET_PROTOCOL, [USER_HEADER]: encodeHeader(call.user) };
  return await call.cluster.stub.fetch(INTERNAL_ORIGIN + SOCKET_INTERNAL_PATH, { headers });
}

/** The tunnel socket of a node, for that node only: whoever holds it serves the node's logs and shells. */
export async function serveAgentTunnel(call: Call): Promise<Response> {
  requireUpgrade(call.request, TUNNEL_PROTOCOL);
  const node = call.path.split("/").at(-1)!; // a node's name needs no percent-encoding
  if (call.user.username !== `system:node:${node}` || !call.user.groups.includes("system:nodes")) {
    throw forbidden({ group: "", resource: "nodes", name: node }, `User "${call.user.username}" is not this node`);
  }
  const permission = await call.cluster.stub.authorizePath(pathRequest(call));
  if ("refused" in permission && permission.refused.status === 401) throw unauthorized(); // bound to something that is gone
  return await tunnelOf(call.env, call.cluster.id, node).fetch(`${INTERNAL_ORIGIN}/agent`, { headers: { upgrade: "websocket", "sec-websocket-protocol": TUNNEL_PROTOCOL } });
}

const JOIN_BYTES_MAX = 65_536;

/** For a join token to become a node, and for a node to renew its identity. */
export async function serveJoin(call: Call): Promise<Response> {
  const body = new TextDecoder().decode(await readBounded(call.request, JOIN_BYTES_MAX));
  const answer = await call.cluster.stub.join(call.user, body);
  const headers = answerHeaders(answer);
  headers.set("content-type", "application/json");
  return new Response(answer.body, { status: answer.status, headers });
}

function requireUpgrade(request: Request, protocol?: string): void {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") throw new ApiError(426, "BadRequest", "a WebSocket upgrade is required");
  const offered = (request.headers.get("sec-websocket-protocol") ?? "").split(",").map((p) => p.trim());
  if (protocol && !offered.includes(protocol)) throw new ApiError(400, "BadRequest", `the WebSocket subprotocol ${protocol} is required`);
}
