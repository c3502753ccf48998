import type { Authenticated } from "../request.ts";
import type { Call } from "../call.ts";
import { apiRequest, methodNotAllowed } from "../http/resource.ts";
import { textResponse } from "../http/respond.ts";
import { callThrough } from "../outbound/by-tunnel.ts";
import type { OutboundAnswer } from "../outbound/outbound.ts";
import { openFirst } from "../outbound/transport.ts";
import { withinTime } from "../outbound/within-time.ts";
import { parsePath } from "../path.ts";
import { clientHeaders, forwardedHeaders } from "../streams/proxy.ts";
import { relay } from "../streams/relay.ts";
import { TunnelStream } from "../streams/tunnel-client.ts";
import type { AggregatedTarget, RemoteService } from "./aggregation.ts";
import { identityHeaders, isIdentityHeader } from "./identity-headers.ts";

/** A request for a version that an extension API server serves: every verb, watches and upgrades included. */
export async function serveAggregated(call: Call, { name }: RemoteService): Promise<Response> {
  const { request, cluster: { stub } } = call;
  const parsed = parsePath(request.method, call.path, call.query);
  if (parsed.type === "method-not-allowed") throw methodNotAllowed();
  const resource = parsed.type === "resource" ? apiRequest(call, parsed) : undefined;
  const answer = await stub.resolveAggregated({ name, user: call.user, verb: request.method.toLowerCase(), path: call.path, ...(resource && { resource }) });
  if ("refused" in answer) return new Response(answer.refused.body, { status: answer.refused.status, headers: { "content-type": "application/json" } });
  if ("unavailable" in answer) return textResponse(503, "service unavailable\n");
  try {
    const stream = await open(call, answer.target);
    const headers = [...clientHeaders(request)].filter(([header]) => !isIdentityHeader(header) && header.toLowerCase() !== "audit-id");
    return await relay({
      request, stream, target: call.path + (call.query && `?${call.query}`),
      headers: [["Host", new URL(call.cluster.origin).host], ...headers, ...forwardedHeaders(call), ["Audit-ID", call.auditId], ...identityHeaders(answer.target.user)],
      hasHeartbeat: resource?.verb === "watch",
    });
  } catch (error) {
    await stub.remoteServiceFailed(name);
    return textResponse(503, `error trying to reach service: ${(error as Error).message}\n`);
  }
}

const open = ({ env, cluster: { id } }: Call, { routes, tls }: AggregatedTarget): Promise<TunnelStream> =>
  openFirst({ open: (node, what) => TunnelStream.open(env, id, { node, open: what }) }, routes, tls);

/** Sees everything, as upstream's aggregator: what it asks for is published to whoever may see discovery. */
const AGGREGATOR: Authenticated = { username: "system:kube-aggregator", groups: ["system:masters"], authenticator: "aggregator" };
const QUESTION_MS_MAX = 5_000;
const DOCUMENT_BYTES_MAX = 8_388_608;

/** A document of the extension API server itself: its discovery, its OpenAPI. */
export async function askRemote(call: Call, { name }: RemoteService, path: string, accept: string): Promise<OutboundAnswer> {
  return await withinTime(QUESTION_MS_MAX, async (signal) => {
    const answer = await call.cluster.stub.resolveAggregated({ name, user: AGGREGATOR, verb: "get", path });
    if (!("target" in answer)) return { error: "service unavailable" };
    const stream = await open(call, answer.target);
    signal.addEventListener("abort", () => stream.reset());
    return await callThrough(stream, {
      method: "GET", host: new URL(call.cluster.origin).host, path, body: undefined, bytesMax: DOCUMENT_BYTES_MAX,
      headers: [["Accept", accept], ...identityHeaders(answer.target.user)],
    });
  });
}
