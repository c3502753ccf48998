import { timeout, methodNotAllowed } from "../../lib/errors.ts";
import type { Call } from "../call.ts";
import { apiRequest } from "../http/resource.ts";
import { clusterAnswer, pathRequest } from "../http/path-request.ts";
import { textResponse } from "../http/respond.ts";
import { callThrough } from "../outbound/by-tunnel.ts";
import type { OutboundAnswer } from "../../lib/outbound.ts";
import { openFirst } from "../outbound/transport.ts";
import { withinTime } from "../outbound/within-time.ts";
import { parsePath } from "../path.ts";
import { clientHeaders, forwardedHeaders } from "../streams/proxy.ts";
import { LateAnswer, relay } from "../streams/relay.ts";
import { TunnelStream } from "../streams/tunnel-client.ts";
import type { AggregatedTarget, RemoteService } from "./aggregation.ts";
import { identityHeaders, isIdentityHeader } from "./identity-headers.ts";

/** As upstream's request timeout; watches are exempt. */
const ANSWER_MS_MAX = 60_000;

/** A request for a version that an extension API server serves: every verb, watches and upgrades included. */
export async function serveAggregated(call: Call, { name }: RemoteService, options: { isAdmitted?: boolean } = {}): Promise<Response> {
  const { request, cluster: { stub } } = call;
  const parsed = parsePath(request.method, call.path, call.query);
  if (parsed.type === "method-not-allowed") throw methodNotAllowed();
  const resource = parsed.type === "resource" ? apiRequest(call, parsed) : undefined;
  const answer = await stub.resolveAggregated({ name, asked: resource ?? pathRequest(call), ...options });
  if ("refused" in answer) return answer.isUnavailable ? textResponse(503, "service unavailable\n") : clusterAnswer(answer.refused);
  try {
    const stream = await open(call, answer.target);
    const headers = [...clientHeaders(request)].filter(([header]) => !isIdentityHeader(header) && header.toLowerCase() !== "audit-id");
    const response = await relay({
      request, stream, target: call.path + (call.query && `?${call.query}`),
      headers: [["Host", new URL(call.cluster.origin).host], ...headers, ...forwardedHeaders(call), ["Audit-ID", call.auditId], ...identityHeaders(answer.target.user)],
      ...(resource?.verb === "watch" ? { hasHeartbeat: true } : { headMsMax: ANSWER_MS_MAX }),
    });
    return response.status === 101 ? response : withHeaders(response, answer.headers);
  } catch (error) {
    if (error instanceof LateAnswer) throw timeout("Timeout: request did not complete within the allotted timeout");
    await stub.remoteServiceFailed(name);
    return textResponse(503, `error trying to reach service: ${(error as Error).message}\n`);
  }
}

function withHeaders(response: Response, headers: Record<string, string>): Response {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

const open = ({ env, cluster: { id } }: Call, { routes, tls }: AggregatedTarget): Promise<TunnelStream> =>
  openFirst({ open: (node, what) => TunnelStream.open(env, id, { node, open: what }) }, routes, tls);

const QUESTION_MS_MAX = 5_000;
const DOCUMENT_BYTES_MAX = 8_388_608;

/** A document of the extension API server itself: its discovery, its OpenAPI. The aggregator sees all of it, as upstream. */
export async function askRemote(call: Call, { name }: RemoteService, path: string, accept: string): Promise<OutboundAnswer> {
  return await withinTime(QUESTION_MS_MAX, async (signal) => {
    const answer = await call.cluster.stub.resolveAggregated({ name });
    if (!("target" in answer)) return { error: "service unavailable" };
    const stream = await open(call, answer.target);
    signal.addEventListener("abort", () => stream.reset());
    return await callThrough(stream, {
      method: "GET", host: new URL(call.cluster.origin).host, path, body: undefined, bytesMax: DOCUMENT_BYTES_MAX,
      headers: [["Accept", accept], ...identityHeaders(answer.target.user)],
    });
  });
}
