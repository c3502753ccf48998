import type { StreamTarget } from "../../kinds/kind.ts";
import { serviceUnavailable } from "../../lib/errors.ts";
import type { Call } from "../call.ts";
import type { ApiRequest } from "../request.ts";
import { ByteReader, readBody, readResponseHead, requestHead, type ResponseHead } from "./http1.ts";
import { hopByHop } from "./node-http.ts";
import { TunnelStream } from "./tunnel-client.ts";

/**
 * Pod and service proxy: HTTP/1.1 over a connection that the node opens. Credentials of the API server stay here; redirects and
 * links that name the target's root are led back below the proxy path.
 */
export async function serveProxy(call: Call, request: ApiRequest, target: StreamTarget): Promise<Response> {
  const withoutSlash = request.subpath === undefined && (request.method === "GET" || request.method === "HEAD");
  if (withoutSlash) return new Response(null, { status: 301, headers: { location: `${call.cluster.base}${call.path}/${request.query && `?${request.query}`}` } });
  const stream = await TunnelStream.open(call.env, call.cluster.id, target).catch(unreachable);
  try {
    const path = `${request.subpath ?? "/"}${request.query && `?${request.query}`}`;
    await stream.write(requestHead(request.method, path, headersFor(call, target)));
    const body = sendChunked(call.request, stream);
    const reader = new ByteReader(() => stream.read());
    const head = await readResponseHead(reader);
    return responseOf(call, request, head, reader, stream, body);
  } catch (error) {
    stream.reset();
    throw unreachable(error);
  }
}

function unreachable(error: unknown): never {
  throw serviceUnavailable(`error trying to reach service: ${(error as Error).message}`);
}

const ownHeaders = new Set(["authorization", "host", "content-length", "accept-encoding", "cf-connecting-ip", "cf-ray", "cf-visitor"]);

function* headersFor(call: Call, { open }: StreamTarget): Generator<[string, string]> {
  const { request, cluster } = call;
  const origin = new URL(cluster.origin);
  yield ["Host", open.type === "dial-address" ? hostText(open.host, open.port) : origin.host];
  for (const [name, value] of request.headers) {
    if (!hopByHop.has(name) && !ownHeaders.has(name) && !name.startsWith("impersonate-")) yield [name, value];
  }
  yield ["X-Forwarded-Uri", call.path];
  yield ["X-Forwarded-Host", origin.host];
  yield ["X-Forwarded-Proto", origin.protocol.slice(0, -1)];
  yield ["Accept-Encoding", request.headers.get("accept-encoding")?.includes("gzip") ? "gzip" : "identity"];
  if (request.body) yield ["Transfer-Encoding", "chunked"];
  yield ["Connection", "close"];
}

const hostText = (host: string, port: number): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;

async function sendChunked({ body }: Request, stream: TunnelStream): Promise<void> {
  if (!body) return;
  const encoder = new TextEncoder();
  try {
    for await (const chunk of body as ReadableStream<Uint8Array>) {
      if (chunk.length === 0) continue;
      await stream.write(encoder.encode(`${chunk.length.toString(16)}\r\n`));
      await stream.write(chunk);
      await stream.write(encoder.encode("\r\n"));
    }
    await stream.write(encoder.encode("0\r\n\r\n"));
  } catch {
    // Either the client has gone, which cancels the answer, or the target has, which ends it.
  }
}

function responseOf(call: Call, request: ApiRequest, head: ResponseHead, reader: ByteReader, stream: TunnelStream, sent: Promise<void>): Response {
  const next = readBody(reader, request.method, head);
  const finish = () => void sent.then(() => stream.reset("the answer is complete"));
  const init: ResponseInit & { encodeBody?: "manual" } = { status: head.status, statusText: head.statusText, headers: answerHeaders(call, request, head) };
  if (head.headers.some(([name]) => name.toLowerCase() === "content-encoding")) init.encodeBody = "manual";
  if (!next) {
    finish();
    return new Response(null, init);
  }
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const part = await next();
      if (part) return controller.enqueue(part);
      controller.close();
      finish();
    },
    cancel: () => stream.reset(),
  });
  return new Response(body, init);
}

function answerHeaders(call: Call, request: ApiRequest, head: ResponseHead): Headers {
  const headers = new Headers();
  for (const [name, value] of head.headers) {
    if (hopByHop.has(name.toLowerCase()) || name.toLowerCase() === "content-length") continue;
    headers.append(name, name.toLowerCase() === "location" ? belowProxy(call, request, value) : value);
  }
  return headers;
}

function belowProxy({ cluster, path }: Call, { subpath }: ApiRequest, location: string): string {
  if (!location.startsWith("/") || location.startsWith("//")) return location;
  const prefix = subpath ? path.slice(0, -subpath.length) : path;
  return cluster.base + prefix + location;
}
