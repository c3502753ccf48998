import { percentDecoded } from "../../lib/percent.ts";
import type { Call } from "../call.ts";
import type { ApiResponse, PathRequest, RequestTrace } from "../request.ts";
import { answerHeaders } from "./respond.ts";

/** A request for a path that is no resource, as the Cluster is asked about it. */
export function pathRequest(call: Call, code?: number): PathRequest {
  const { request, path, query, user } = call;
  return { verb: request.method.toLowerCase(), path: percentDecoded(path), query, user, userAgent: request.headers.get("user-agent") ?? "", ...traceOf(call), ...(code !== undefined && { code }) };
}

/** For routes whose path the Cluster itself serves. */
export const serveByCluster = async (call: Call): Promise<Response> => clusterAnswer(await call.cluster.stub.servePath(pathRequest(call)));

export function clusterAnswer(answer: ApiResponse): Response {
  const headers = answerHeaders(answer);
  if (!headers.has("content-type")) headers.set("content-type", "application/json");
  return new Response(answer.body, { status: answer.status, headers });
}

/** Those of the Cluster's permission, on the Worker's own answer. */
export function withHeaders(response: Response, headers: Record<string, string>): Response {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

const FORWARDED_CHARACTERS_MAX = 500;

/** `cf-connecting-ip` is the platform's own; a local installation has no address of its clients to tell but what they say. */
export function traceOf({ request, path, query, auditId }: Call): RequestTrace {
  const forwarded = request.headers.get("cf-connecting-ip") ?? request.headers.get("x-forwarded-for");
  const uri = query ? `${path}?${query}` : path;
  return forwarded === null ? { auditId, uri } : { auditId, uri, forwarded: shortened(forwarded) };
}

/** Half an address would be another's. */
const shortened = (addresses: string): string =>
  addresses.length <= FORWARDED_CHARACTERS_MAX ? addresses : addresses.slice(0, FORWARDED_CHARACTERS_MAX).replace(/[^,]*$/, "");
