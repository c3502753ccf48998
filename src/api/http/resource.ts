import { methodNotAllowed, methodNotSupported, pathNotFound } from "../../lib/errors.ts";
import type { Kind } from "../../kinds/kind.ts";
import { remoteServiceOf } from "../aggregation/remote-services.ts";
import { serveAggregated } from "../aggregation/serve.ts";
import type { Call } from "../call.ts";
import { encodeHeader, INTERNAL_ORIGIN, LIST_PATH, REQUEST_HEADER } from "../cluster-stub.ts";
import { builtInKind, findKind, versionOf } from "../kind-index.ts";
import { parsePath, type ResourcePath } from "../path.ts";
import type { ApiRequest, ApiResponse } from "../request.ts";
import { scaleKind } from "../table/scale-columns.ts";
import { serveConnect } from "../streams/connect.ts";
import { serveWatch } from "../streams/watch.ts";
import { encodeStreamed } from "./list-encoding.ts";
import { readList, streamOf, wholeList } from "./list-lines.ts";
import { negotiate, type Format } from "./accept.ts";
import { readBody } from "./body.ts";
import { encode, passesThrough, transformer, type Served, type Subject } from "./encode.ts";
import { traceOf } from "./path-request.ts";
import { answerHeaders, compressed, compressedStream } from "./respond.ts";
import { parseJson } from "../../lib/json.ts";

/**
 * Every request for a Kubernetes resource. The Worker knows only forms here (verb, path, encodings); whether the
 * resource exists, who may do it and what it means is the Cluster's.
 */
export async function serveResource(call: Call): Promise<Response> {
  const remote = await remoteServiceOf(call);
  if (remote) return await serveAggregated(call, remote);
  const parsed = parsePath(call.request.method, call.path, call.query);
  if (parsed.type === "non-resource") throw pathNotFound();
  if (parsed.type === "method-not-allowed") throw methodNotAllowed();
  const kind = builtInKind(call.parts, parsed);
  const request = apiRequest(call, parsed);
  if (isConnect(kind, parsed)) return await serveConnect(call, request);
  if (parsed.verb === "watch") return await serveWatch(call, request, kind);
  if (parsed.verb === "list") return await serveList(call, request, kind);
  return await serveOne(call, request, kind);
}

function isConnect(kind: Kind | undefined, { subresource }: ResourcePath): boolean {
  if (!kind || !subresource) return false;
  const found = kind.subresources?.[subresource];
  return found?.type === "connect";
}

export function apiRequest(call: Call, { verb, method, group, version, resource, subresource, subpath, namespace, name, query }: ResourcePath): ApiRequest {
  const headers = call.request.headers;
  return {
    verb, method, group, version, resource, subresource, subpath, namespace, name, query,
    user: call.user, userAgent: headers.get("user-agent") ?? "", origin: call.cluster.origin + call.cluster.base, ...traceOf(call),
  };
}

async function serveOne(call: Call, request: ApiRequest, kind: Kind | undefined): Promise<Response> {
  const hasBody = request.verb !== "get";
  const format = negotiate(call.request.headers.get("accept"), { hasProtobuf: !!kind, hasTable: hasTable(kind, request) });
  const body = hasBody ? await readBody(call.request, { hasProtobuf: kind !== undefined || request.subresource !== undefined || request.verb.startsWith("delete") }) : {};
  if (request.subpath) throw pathNotFound(); // only connect subresources have paths below them
  const answer = await call.cluster.stub.handle({ ...request, ...body });
  return await answerResponse(call, request, answer, format, kind);
}

/** What is only answered, and not stored, has no rows to be shown. */
function hasTable(kind: Kind | undefined, { subresource }: ApiRequest): boolean {
  if (!kind) return true;
  return !kind.evaluate && (subresource === undefined || kind.subresources?.[subresource]?.type !== "action");
}

async function answerResponse(call: Call, request: ApiRequest, answer: ApiResponse, format: Format, kind: Kind | undefined): Promise<Response> {
  const headers = answerHeaders(answer);
  if (answer.status >= 400 || passesThrough(format, request)) {
    headers.set("content-type", "application/json");
    return compressed(call.request, new Response(answer.body, { status: answer.status, headers }), answer.body.length);
  }
  const subject = await subjectOf(call, request, format, kind);
  const { body, contentType } = encode(transformer(format, subject)(parseJson(answer.body) as Served), format, subject);
  headers.set("content-type", contentType);
  return compressed(call.request, new Response(body as BodyInit, { status: answer.status, headers }), body.length);
}

/** Only a Table asks what kind it is: that costs a look at the cluster's custom resources. */
export async function subjectOf(call: Call, request: ApiRequest, format: Format, builtIn: Kind | undefined): Promise<Subject> {
  const kind = builtIn ?? (format.as?.kind === "Table" ? await findKind(call, request) : undefined);
  const { subresource } = request;
  const shown = subresource && kind?.subresources?.[subresource]?.type === "scale" ? { kind: scaleKind, version: scaleKind.versions[0] }
    : { kind, version: kind && versionOf(kind, request.group, request.version) };
  return { ...shown, query: request.query, userAgent: request.userAgent, get nowMs() { return Date.now(); } }; // a watch lives long, and ages are of the event's time
}

async function serveList(call: Call, request: ApiRequest, kind: Kind | undefined): Promise<Response> {
  if (request.subresource) throw methodNotSupported(request, request.verb);
  const format = negotiate(call.request.headers.get("accept"), { hasProtobuf: !!kind });
  const answer = await call.cluster.stub.fetch(INTERNAL_ORIGIN + LIST_PATH, { headers: { [REQUEST_HEADER]: encodeHeader(request) } });
  const headers = new Headers(answer.headers);
  headers.set("cache-control", "no-cache, private");
  headers.set("content-type", "application/json");
  if (answer.status >= 400 || passesThrough(format, request)) {
    return await compressedStream(call.request, new Response(answer.body, { status: answer.status, headers }));
  }
  const subject = await subjectOf(call, request, format, kind);
  const list = await readList(answer.body as ReadableStream<Uint8Array>);
  const encoded = encodeStreamed(list, format, subject);
  headers.delete("content-length");
  if (encoded) {
    headers.set("content-type", encoded.contentType);
    return await compressedStream(call.request, new Response(streamOf(encoded.pieces) as BodyInit, { status: answer.status, headers }));
  }
  const { body, contentType } = encode(transformer(format, subject)(await wholeList(list)), format, subject);
  headers.set("content-type", contentType);
  return compressed(call.request, new Response(body as BodyInit, { status: answer.status, headers }), body.length);
}
