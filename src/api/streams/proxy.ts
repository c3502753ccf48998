import type { StreamTarget } from "../../kinds/kind.ts";
import { serviceUnavailable } from "../../lib/errors.ts";
import type { Call } from "../call.ts";
import type { ApiRequest } from "../request.ts";
import { hopByHop } from "./node-http.ts";
import type { ProxyPlace } from "./proxied-url.ts";
import { relay } from "./relay.ts";
import { TunnelStream } from "./tunnel-client.ts";

/** Pod and service proxy. Credentials of the API server stay here; redirects and links are led back below the proxy's path. */
export async function serveProxy(call: Call, request: ApiRequest, { node, open }: StreamTarget & { open: { type: "dial-address" } }): Promise<Response> {
  const withoutSlash = request.subpath === undefined && (request.method === "GET" || request.method === "HEAD");
  if (withoutSlash) return new Response(null, { status: 301, headers: { location: `${call.cluster.base}${call.path}/${request.query && `?${request.query}`}` } });
  const host = hostText(open.host, open.port);
  try {
    const stream = await TunnelStream.open(call.env, call.cluster.id, { node, open });
    return await relay({
      request: call.request, stream, target: `${request.subpath ?? "/"}${request.query && `?${request.query}`}`,
      headers: [["Host", host], ...clientHeaders(call.request), ...forwardedHeaders(call)], place: placeOf(call, request, host),
    });
  } catch (error) {
    throw serviceUnavailable(`error trying to reach service: ${(error as Error).message}`);
  }
}

/** Headers that are about us, and end here. */
const ownHeaders = new Set(["authorization", "host", "content-length", "accept-encoding", "cf-connecting-ip", "cf-ray", "cf-visitor"]);

/** Of the client's headers those that the server is to see. */
export function* clientHeaders({ headers }: Request): Generator<[string, string]> {
  for (const [name, value] of headers) {
    if (!hopByHop.has(name) && !ownHeaders.has(name) && !name.startsWith("impersonate-")) yield [name, value];
  }
  yield ["Accept-Encoding", headers.get("accept-encoding")?.includes("gzip") ? "gzip" : "identity"];
}

export function* forwardedHeaders({ cluster, path }: Call): Generator<[string, string]> {
  const origin = new URL(cluster.origin);
  yield ["X-Forwarded-Uri", path];
  yield ["X-Forwarded-Host", origin.host];
  yield ["X-Forwarded-Proto", origin.protocol.slice(0, -1)];
}

function placeOf({ cluster, path }: Call, { subpath }: ApiRequest, host: string): ProxyPlace {
  const own = subpath ? path.slice(0, -subpath.length) : path;
  return { prefix: cluster.base + own.replace(/\/$/, ""), hosts: [host, new URL(cluster.origin).host] };
}

const hostText = (host: string, port: number): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;
