import { ByteReader, readBody, readResponseHead, requestHead, type ResponseHead } from "./http1.ts";
import { hopByHop } from "./node-http.ts";
import { withHeartbeat } from "./heartbeat.ts";
import { htmlRewriter } from "./proxied-html.ts";
import { belowProxy, type ProxyPlace } from "./proxied-url.ts";
import { relayWebSocket } from "./relay-websocket.ts";
import type { TunnelStream } from "./tunnel-client.ts";
import { isWebSocket } from "./web-socket.ts";

/**
 * A client's request, sent on to a server in the cluster over a stream that a node opened, and that server's answer:
 * HTTP/1.1, bodies at the reader's pace both ways, upgrades to WebSocket included. Pod, service and node proxy and
 * aggregation differ only in the headers.
 */
export interface Relay {
  request: Request;
  stream: TunnelStream;
  /** Path and query as the server gets them. */
  target: string;
  /** Host and all others but those of the connection. */
  headers: readonly [string, string][];
  /** Redirects and links are led below this place. */
  place?: ProxyPlace;
  /** The answer is a watch: where it is JSON, blank lines are put in between to find out whether the client is still there. */
  hasHeartbeat?: boolean;
  /** How long the server may take to begin its answer. */
  headMsMax?: number;
}

export class LateAnswer extends Error {}

/** Throws when the server does not answer in HTTP. */
export async function relay({ request, stream, target, headers, place, hasHeartbeat, headMsMax }: Relay): Promise<Response> {
  try {
    if (isWebSocket(request)) return await relayWebSocket({ request, stream, target, headers }, (reader, head) => responseOf({ request, stream, place, reader, head }, Promise.resolve()));
    const { framing, send } = bodyOf(request, stream);
    await stream.write(requestHead(request.method, target, [...headers, ...framing, ["Connection", "close"]]));
    const sent = send();
    const reader = new ByteReader(() => stream.read());
    return responseOf({ request, stream, place, hasHeartbeat, reader, head: await inTime(readResponseHead(reader), headMsMax) }, sent);
  } catch (error) {
    stream.reset();
    throw error;
  }
}

async function inTime<T>(answer: Promise<T>, ms: number | undefined): Promise<T> {
  if (ms === undefined) return await answer;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => { timer = setTimeout(() => reject(new LateAnswer("the server did not answer in time")), ms); });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    answer.catch(() => undefined);
  }
}

/** A body whose length is known goes as it is: simple servers know nothing else. */
function bodyOf({ body, headers }: Request, stream: TunnelStream): { framing: [string, string][]; send(): Promise<void> } {
  const length = headers.get("content-length");
  if (!body) return { framing: length === null ? [] : [["Content-Length", "0"]], send: async () => undefined };
  const chunks = body as ReadableStream<Uint8Array>;
  if (length !== null) return { framing: [["Content-Length", length]], send: () => copy(chunks, (chunk) => stream.write(chunk)) };
  const encoder = new TextEncoder();
  return {
    framing: [["Transfer-Encoding", "chunked"]],
    send: () => copy(chunks, async (chunk) => {
      await stream.write(encoder.encode(`${chunk.length.toString(16)}\r\n`));
      await stream.write(chunk);
      await stream.write(encoder.encode("\r\n"));
    }, () => stream.write(encoder.encode("0\r\n\r\n"))),
  };
}

async function copy(body: ReadableStream<Uint8Array>, write: (chunk: Uint8Array) => Promise<void>, end?: () => Promise<void>): Promise<void> {
  try {
    for await (const chunk of body) if (chunk.length > 0) await write(chunk);
    await end?.();
  } catch {
    // Either the client has gone, which cancels the answer, or the server has, which ends it.
  }
}

interface Answer extends Pick<Relay, "request" | "stream"> { place: ProxyPlace | undefined; hasHeartbeat?: boolean | undefined; reader: ByteReader; head: ResponseHead }

function responseOf({ request, stream, place, hasHeartbeat, reader, head }: Answer, sent: Promise<void>): Response {
  const next = readBody(reader, request.method, head);
  const finish = () => void sent.then(() => stream.reset("the answer is complete"));
  const headers = answerHeaders(head, place);
  const init: ResponseInit & { encodeBody?: "manual" } = { status: head.status, statusText: head.statusText, headers };
  if (!next) {
    finish();
    if (headers.has("content-encoding")) init.encodeBody = "manual";
    return new Response(null, init);
  }
  const isWatch = hasHeartbeat && !headers.has("content-encoding") && headers.get("content-type")?.startsWith("application/json");
  const body = readable(isWatch ? withHeartbeat(next) : next, stream, finish);
  const shown = place && isPage(headers) ? rewritten(body, headers, place) : body;
  if (headers.has("content-encoding")) init.encodeBody = "manual";
  return new Response(shown, init);
}

function readable(next: () => Promise<Uint8Array | undefined>, stream: TunnelStream, finish: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const part = await next();
      if (part) return controller.enqueue(part);
      controller.close();
      finish();
    },
    cancel: () => stream.reset(),
  });
}

const isPage = (headers: Headers): boolean =>
  headers.get("content-type")?.split(";", 1)[0]!.trim() === "text/html" && ["", "gzip", "deflate"].includes(headers.get("content-encoding") ?? "");

function rewritten(body: ReadableStream<Uint8Array>, headers: Headers, place: ProxyPlace): ReadableStream<Uint8Array> {
  const encoding = headers.get("content-encoding") as "gzip" | "deflate" | null;
  headers.delete("content-encoding");
  const plain = encoding ? body.pipeThrough(new DecompressionStream(encoding) as TransformStream<Uint8Array, Uint8Array>) : body;
  return plain.pipeThrough(htmlRewriter((url) => belowProxy(url, place)));
}

function answerHeaders(head: ResponseHead, place: ProxyPlace | undefined): Headers {
  const headers = new Headers();
  for (const [name, value] of head.headers) {
    const lower = name.toLowerCase();
    if (hopByHop.has(lower) || lower === "content-length") continue;
    headers.append(name, place && lower === "location" ? belowProxy(value, place) : value);
  }
  return headers;
}
