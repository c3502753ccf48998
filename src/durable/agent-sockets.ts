import type { ApiRequest, ApiResponse, Authenticated } from "../api/request.ts";
import { parsePath } from "../api/path.ts";
import { nodeNameOf } from "../auth/authorizers/node.ts";
import { ApiError, badRequest, notFound, unsupportedMediaType } from "../lib/errors.ts";
import type { ClientFrame, ServerFrame } from "../../protocol/agent-socket.ts";
import type { Attachments } from "./attachments.ts";
import type { Hub } from "./hub.ts";
import { AGENT_TAG, type AgentAttachment, type HubSocket, type SocketHost, type WatchState } from "./sockets.ts";
import type { EventSink, Subscriber } from "./subscriber.ts";

/**
 * API sockets (protocol/agent-socket.ts) of agents and dashboards: requests and watches over one hibernating socket. Who
 * is there and what they watch is in the attachment. Requests are authorized as if they had come alone, and an identity
 * that has expired loses its socket.
 */
export interface AgentSocketsOptions {
  hub: Hub;
  host: SocketHost;
  attachments: Attachments;
  nowMs(): number;
  /** Any resource request with one answer, lists included. Never rejects. */
  answer(request: ApiRequest): Promise<ApiResponse>;
  refusal(error: unknown): ApiResponse;
}

interface Session { socket: HubSocket; attachment: AgentAttachment; watches: Map<number, Subscriber> }

const FRAME_CHARACTERS_MAX = 4_500_000;
const WATCHES_MAX = 500;
const POLICY_VIOLATION = 1008;

const PATCH_TYPES: Readonly<Record<string, ApiRequest["patchType"]>> = Object.fromEntries([
  "application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml",
].map((type) => [type, type as ApiRequest["patchType"]]));

export class AgentSockets {
  readonly #options: AgentSocketsOptions;
  readonly #sessions = new Map<HubSocket, Session>();
  #allRestored = false;

  constructor(options: AgentSocketsOptions) {
    this.#options = options;
  }

  open(socket: HubSocket, user: Authenticated, via: { origin?: string; userAgent?: string }): void {
    const node = nodeNameOf(user);
    const attachment: AgentAttachment = { type: "agent", user, connectedMs: this.#options.nowMs(), watches: [], ...via, ...(node !== undefined && { node }) };
    this.#sessions.set(socket, { socket, attachment, watches: new Map() });
    this.#options.attachments.write(socket, attachment);
  }

  has(socket: HubSocket): boolean {
    return this.#sessions.has(socket);
  }

  message(socket: HubSocket, text: string): void {
    const session = this.session(socket);
    if (!session) return socket.close(1011, "unknown socket");
    if (this.#expired(session)) return;
    if (text.length > FRAME_CHARACTERS_MAX) return socket.close(1009, "frame is too large");
    const frame = parseFrame(text);
    if (!frame) return socket.close(1007, "malformed frame");
    if ("cancel" in frame) this.#cancel(session, frame.id);
    else if ("watch" in frame) this.#watch(session, frame.id, frame.watch);
    else void this.#request(session, frame);
  }

  /** Forgets the session. Returns the node whose agent was there. */
  closed(socket: HubSocket): string | undefined {
    const session = this.session(socket);
    for (const subscriber of session?.watches.values() ?? []) this.#options.hub.unsubscribe(subscriber);
    this.#sessions.delete(socket);
    this.#options.attachments.forget(socket);
    return session?.attachment.node;
  }

  /** All sessions come back at once: their watches may be of any resource. */
  restore(): void {
    if (this.#allRestored) return;
    this.#allRestored = true;
    for (const socket of this.#options.host.sockets(AGENT_TAG)) this.session(socket);
  }

  session(socket: HubSocket): Session | undefined {
    const known = this.#sessions.get(socket);
    if (known) return known;
    const attachment = this.#options.attachments.read(socket);
    if (attachment?.type !== "agent") return undefined;
    const session: Session = { socket, attachment, watches: new Map() };
    this.#sessions.set(socket, session);
    for (const state of attachment.watches) this.#resume(session, state);
    return session;
  }

  /** Closes sockets whose identity has expired. */
  tick(): void {
    for (const session of [...this.#sessions.values()]) this.#expired(session);
  }

  save(session: Session): void {
    session.attachment.watches = [...session.watches].map(([id, subscriber]) => stateOf(id, subscriber));
    this.#options.attachments.write(session.socket, session.attachment);
  }

  end(session: Session, id: number, status?: string): void {
    session.watches.delete(id);
    this.save(session);
    send(session.socket, { id, end: true, ...(status !== undefined && { status }) });
  }

  #expired({ socket, attachment: { user } }: Session): boolean {
    if (user.expiresMs === undefined || user.expiresMs > this.#options.nowMs()) return false;
    socket.close(POLICY_VIOLATION, "the identity has expired");
    return true;
  }

  #watch(session: Session, id: number, path: string): void {
    try {
      if (session.watches.has(id)) throw badRequest(`watch ${id} is open already`);
      if (session.watches.size >= WATCHES_MAX) throw badRequest(`more than ${WATCHES_MAX} watches on one socket`);
      const request = requestOf(session.attachment, { method: "GET", path });
      if (request.verb !== "watch") throw badRequest("the path is not one of a watch");
      const subscriber = this.#options.hub.subscribe(request, new FrameSink(this, session, id), { keepsTime: true });
      session.watches.set(id, subscriber);
      this.#options.hub.start(subscriber);
    } catch (error) {
      send(session.socket, { id, end: true, status: this.#options.refusal(error).body });
    }
  }

  #resume(session: Session, state: WatchState): void {
    const { cursor, initial, deadlineMs } = state;
    try {
      const request = requestOf(session.attachment, { method: "GET", path: state.path });
      const subscriber: Subscriber = { request, sink: new FrameSink(this, session, state.id), ...(cursor !== undefined && { cursor }), ...(initial && { initial }), ...(deadlineMs !== undefined && { deadlineMs }) };
      session.watches.set(state.id, subscriber);
      this.#options.hub.resume(state.resource, subscriber);
    } catch (error) {
      send(session.socket, { id: state.id, end: true, status: this.#options.refusal(error).body });
    }
  }

  #cancel(session: Session, id: number): void {
    const subscriber = session.watches.get(id);
    if (!subscriber) return;
    this.#options.hub.unsubscribe(subscriber);
    this.end(session, id);
  }

  async #request(session: Session, frame: Extract<ClientFrame, { method: string }>): Promise<void> {
    let answer: ApiResponse;
    try {
      const request = requestOf(session.attachment, frame);
      if (request.verb === "watch") throw badRequest("a watch needs a watch frame");
      answer = await this.#options.answer(request);
    } catch (error) {
      answer = this.#options.refusal(error);
    }
    send(session.socket, { id: frame.id, status: answer.status, body: answer.body, ...(answer.warnings?.length && { warnings: answer.warnings }) });
  }
}

class FrameSink implements EventSink {
  readonly wantsBookmarks = true;
  readonly #sockets: AgentSockets;
  readonly #session: Session;
  readonly #id: number;

  constructor(sockets: AgentSockets, session: Session, id: number) {
    this.#sockets = sockets;
    this.#session = session;
    this.#id = id;
  }

  event(text: string): void { this.#session.socket.send(`{"id":${this.#id},"event":${quoted(text)}}`); }
  flush(): void {}
  backlogBytes(): number { return this.#session.socket.backlogBytes?.() ?? 0; }
  end(status?: string): void { this.#sockets.end(this.#session, this.#id, status); }
  save(): void { this.#sockets.save(this.#session); }
}

/** Watchers that see a change alike get it one after the other: the last text is quoted once. */
let lastText = "";
let lastQuoted = '""';
function quoted(text: string): string {
  if (text !== lastText) {
    lastText = text;
    lastQuoted = JSON.stringify(text);
  }
  return lastQuoted;
}

function send(socket: HubSocket, frame: ServerFrame): void {
  socket.send(JSON.stringify(frame));
}

function stateOf(id: number, { request, resource, cursor, initial, deadlineMs }: Subscriber): WatchState {
  return { id, path: pathOf(request), resource: resource!, ...(cursor !== undefined && { cursor }), ...(initial && { initial }), ...(deadlineMs !== undefined && { deadlineMs }) };
}

function pathOf({ group, version, namespace, resource, name, query }: ApiRequest): string {
  const parts = [group ? `/apis/${group}` : "/api", version, ...(namespace !== undefined ? ["namespaces", encodeURIComponent(namespace)] : []), resource, ...(name !== undefined ? [encodeURIComponent(name)] : [])];
  return `${parts.join("/")}?${query}`;
}

function parseFrame(text: string): ClientFrame | undefined {
  try {
    const frame = JSON.parse(text) as ClientFrame & Record<string, unknown>;
    if (typeof frame !== "object" || frame === null || !Number.isSafeInteger(frame.id)) return undefined;
    if ("cancel" in frame) return frame;
    if ("watch" in frame) return typeof frame.watch === "string" ? frame : undefined;
    const { method, path, body, contentType } = frame;
    const valid = typeof method === "string" && typeof path === "string" && (body === undefined || typeof body === "string") && (contentType === undefined || typeof contentType === "string");
    return valid ? frame : undefined;
  } catch {
    return undefined;
  }
}

function requestOf({ user, origin, userAgent = "" }: AgentAttachment, frame: { method: string; path: string; contentType?: string; body?: string }): ApiRequest {
  const [pathname = "", query = ""] = splitOnce(frame.path, "?");
  const parsed = parsePath(frame.method, pathname, query);
  if (parsed.type === "non-resource") throw notFound({ group: "", resource: "paths", name: pathname });
  if (parsed.type === "method-not-allowed") throw new ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
  const { type: _, ...resource } = parsed;
  const contentType = (frame.contentType ?? "application/json").split(";")[0]!.trim();
  const patchType = frame.method === "PATCH" ? PATCH_TYPES[contentType] : undefined;
  if (frame.method === "PATCH" ? !patchType : contentType !== "application/json") throw unsupportedMediaType(frame.method === "PATCH" ? Object.keys(PATCH_TYPES) : ["application/json"]);
  return { ...resource, user, userAgent, ...(origin !== undefined && { origin }), ...(patchType && { patchType }), ...(frame.body !== undefined && { body: frame.body }) };
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
