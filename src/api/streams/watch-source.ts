import { INTERNAL_ORIGIN, REQUEST_HEADER, REVISION_HEADER, WATCH_PATH, encodeHeader, type ClusterStub } from "../cluster-stub.ts";
import { queryFlag } from "../path.ts";
import type { ApiRequest } from "../request.ts";

/** The present state as ADDED events, to be read before the socket is opened from `revision`. */
export interface InitialEvents { type: "initial"; body: ReadableStream<Uint8Array>; revision: string; headers: Headers }
/** Events as they happen. */
export interface EventSocket { type: "socket"; socket: WebSocket; revision: string; headers: Headers }
export interface Refusal { type: "refused"; response: Response }

export function openWatch(stub: ClusterStub, request: ApiRequest): Promise<InitialEvents | EventSocket | Refusal> {
  return wantsInitialEvents(request.query) ? openInitialEvents(stub, request) : openSocket(stub, request);
}

/** As upstream's watch semantics: no version and version 0 begin with the present state, unless that is asked for explicitly. */
function wantsInitialEvents(query: string): boolean {
  const parameters = new URLSearchParams(query);
  const asked = parameters.get("sendInitialEvents");
  if (asked !== null) return queryFlag(asked);
  const version = parameters.get("resourceVersion") ?? "";
  return version === "" || version === "0";
}

async function openInitialEvents(stub: ClusterStub, request: ApiRequest): Promise<InitialEvents | Refusal> {
  const response = await stub.fetch(INTERNAL_ORIGIN + WATCH_PATH, { headers: { [REQUEST_HEADER]: encodeHeader(request) } });
  const revision = response.headers.get(REVISION_HEADER);
  if (response.status !== 200 || !response.body || !revision) return { type: "refused", response };
  return { type: "initial", body: response.body as ReadableStream<Uint8Array>, revision, headers: response.headers };
}

export async function openSocket(stub: ClusterStub, request: ApiRequest): Promise<EventSocket | Refusal> {
  const headers = { upgrade: "websocket", [REQUEST_HEADER]: encodeHeader(request) };
  const response = await stub.fetch(INTERNAL_ORIGIN + WATCH_PATH, { headers });
  const socket = response.webSocket;
  if (!socket) return { type: "refused", response };
  const asked = new URLSearchParams(request.query).get("resourceVersion") ?? "";
  return { type: "socket", socket, revision: response.headers.get(REVISION_HEADER) ?? asked, headers: response.headers };
}

/** The same watch, from a cursor on. */
export function resumed(request: ApiRequest, revision: string): ApiRequest {
  const parameters = new URLSearchParams(request.query);
  parameters.delete("sendInitialEvents");
  parameters.delete("resourceVersionMatch");
  parameters.set("resourceVersion", revision);
  return { ...request, query: parameters.toString(), resumed: true };
}
