import type { Kind } from "../../kinds/kind.ts";
import type { Status } from "../../lib/errors.ts";
import { methodNotSupported, notAcceptable } from "../../lib/errors.ts";
import type { Call } from "../call.ts";
import { negotiate, type Format } from "../http/accept.ts";
import { subjectOf } from "../http/resource.ts";
import { findKind } from "../kind-index.ts";
import { queryFlag } from "../path.ts";
import type { ApiRequest } from "../request.ts";
import { errorEvent, WatchBridge } from "./watch-bridge.ts";
import { watchEncoding, type WatchEncoding } from "./watch-encoding.ts";
import { responseSink, socketSink, type WatchSink } from "./watch-sink.ts";
import { openWatch, type Refusal } from "./watch-source.ts";

/** As upstream's --min-request-timeout: without timeoutSeconds a watch lasts 30 to 60 minutes. */
const TIMEOUT_MS_MIN = 1_800_000;
const TIMEOUT_MS_MAX = 24 * 3_600_000;

/** A watch as an HTTP stream of JSON lines or protobuf frames, or over the client's WebSocket. */
export async function serveWatch(call: Call, request: ApiRequest, kind: Kind | undefined): Promise<Response> {
  if (request.subresource) throw methodNotSupported(request, "watch");
  const format = negotiate(call.request.headers.get("accept"), { hasProtobuf: !!kind });
  if (format.encoding === "yaml") throw notAcceptable(["application/json", "application/vnd.kubernetes.protobuf"]);
  const encoding = watchEncoding(format, await subjectOf(call, request, format, kind));
  const [opened, bookmark] = await Promise.all([openWatch(call.cluster.stub, request), bookmarkMaker(call, request, kind)]);
  if (opened.type === "refused") return await refusedResponse(opened, encoding);

  const { sink, response } = clientSide(call, passedHeaders(opened.headers), { encoding, format });
  const { id: clusterId, stub } = call.cluster;
  void new WatchBridge({ clusterId, stub, request, sink, encoding, bookmark, timeoutMs: timeoutMs(request.query) }, opened.revision).run(opened); // lives as long as the response
  return response;
}

/** What is wrong with the version asked for is told in the stream, as upstream does and as RetryWatcher expects it. */
async function refusedResponse({ response }: Refusal, encoding: WatchEncoding): Promise<Response> {
  const headers = passedHeaders(response.headers);
  if (response.status !== 410 && response.status !== 504) return new Response(response.body, { status: response.status, headers: { "content-type": "application/json", ...headers } });
  const event = encoding.encode(errorEvent(await response.json() as Status));
  return new Response(event as BodyInit, { headers: { "content-type": encoding.contentType, ...headers } });
}

/** What of the Cluster's headers is the client's. */
function passedHeaders(headers: Headers): Record<string, string> {
  const names = ["x-kubernetes-pf-flowschema-uid", "x-kubernetes-pf-prioritylevel-uid", "retry-after", "warning"];
  return Object.fromEntries(names.flatMap((name) => (headers.has(name) ? [[name, headers.get(name)!]] : [])));
}

function clientSide(call: Call, passed: Record<string, string>, { encoding, format }: { encoding: WatchEncoding; format: Format }): { sink: WatchSink; response: Response } {
  if (call.request.headers.get("upgrade")?.toLowerCase() === "websocket") {
    const { 0: client, 1: server } = new WebSocketPair();
    server.binaryType = "arraybuffer"; // newer compatibility dates give Blobs
    server.accept();
    const protocol = offeredProtocol(call.request);
    const headers = protocol ? { "sec-websocket-protocol": protocol } : undefined;
    return { sink: socketSink(server, format.encoding === "json"), response: new Response(null, { status: 101, webSocket: client, headers }) };
  }
  const sink = responseSink();
  const headers = { "content-type": encoding.contentType, "cache-control": "no-cache, private, no-transform", ...passed };
  return { sink, response: new Response(sink.body, { headers }) };
}

/** Browsers want one of theirs back; any but the one that carries the token will do. */
function offeredProtocol(request: Request): string | undefined {
  return (request.headers.get("sec-websocket-protocol") ?? "").split(",").map((p) => p.trim()).find((p) => p && !p.startsWith("base64url.bearer."));
}

function timeoutMs(query: string, random = Math.random): number {
  const asked = Number(new URLSearchParams(query).get("timeoutSeconds") ?? 0);
  if (asked > 0) return Math.min(asked * 1000, TIMEOUT_MS_MAX);
  return TIMEOUT_MS_MIN * (1 + random());
}

async function bookmarkMaker(call: Call, request: ApiRequest, builtIn: Kind | undefined): Promise<((revision: string) => string) | undefined> {
  const parameters = new URLSearchParams(request.query);
  if (!queryFlag(parameters.get("allowWatchBookmarks"))) return undefined;
  const kind = (builtIn ?? await findKind(call, request))?.kind;
  if (!kind) return undefined;
  const apiVersion = request.group ? `${request.group}/${request.version}` : request.version;
  return (resourceVersion) => JSON.stringify({ type: "BOOKMARK", object: { kind, apiVersion, metadata: { resourceVersion, creationTimestamp: null } } });
}
