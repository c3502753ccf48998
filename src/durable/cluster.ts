import { DurableObject } from "cloudflare:workers";
import type { DefinitionPage, DefinitionQuery } from "../api/cluster-stub.ts";
import {
  decodeHeader, LIST_PATH, REQUEST_HEADER, REVISION_HEADER, SOCKET_INTERNAL_PATH, USER_HEADER, WATCH_PATH,
  type ClusterAuthentication, type ClusterCredentials, type ClusterParameters, type ClusterStatistics, type ClusterStub, type PathPermission,
} from "../api/cluster-stub.ts";
import type { Environment } from "../api/environment.ts";
import { createOutbound } from "../api/outbound/transport.ts";
import type { AggregatedAnswer, AggregatedRequest, RemoteService } from "../api/aggregation/aggregation.ts";
import { warningHeader } from "../api/http/respond.ts";
import type { ApiRequest, ApiResponse, Authenticated, PathRequest } from "../api/request.ts";
import { TunnelStream } from "../api/streams/tunnel-client.ts";
import { nodeNameOf } from "../auth/authorizers/node.ts";
import type { StreamTarget } from "../kinds/kind.ts";
import { notFound, unauthorized } from "../lib/errors.ts";
import { SOCKET_PROTOCOL } from "../../protocol/agent-socket.ts";
import { refusal } from "./answers.ts";
import { writeAuditLog, writeAuditWebhook } from "./audit-sinks.ts";
import { ClusterCore } from "./cluster-core.ts";
import { DurableSockets } from "./durable-sockets.ts";
import { logToConsole } from "./log.ts";
import { MemoryRelease } from "./memory-release.ts";
import { AGENT_TAG, NODE_TAG, nodeTag, resourceTag, WATCH_TAG } from "./sockets.ts";
import { DurableDatabase } from "./sql-durable.ts";
import { textStream } from "./text-stream.ts";

/**
 * A cluster as a Durable Object: ClusterCore with the platform's storage, clock, sockets and alarm. An id that nobody
 * initialized answers as an absent cluster, and writes nothing.
 */
export class Cluster extends DurableObject implements Omit<ClusterStub, "fetch"> {
  readonly #sockets: DurableSockets;
  readonly #db: DurableDatabase;
  readonly #memory = new MemoryRelease({ pause: (ms) => scheduler.wait(ms) });
  #alarmMs: number | undefined;
  #running: ClusterCore | undefined;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env as never);
    this.#db = new DurableDatabase(ctx.storage);
    this.#sockets = new DurableSockets(ctx);
    void ctx.blockConcurrencyWhile(async () => { this.#alarmMs = (await ctx.storage.getAlarm()) ?? undefined; });
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    return this.#core()?.handle(request) ?? absent();
  }

  async resolveStream(request: ApiRequest): Promise<{ target: StreamTarget } | { refused: ApiResponse }> {
    return this.#core()?.connect(request) ?? { refused: absent() };
  }

  async authorizePath(request: PathRequest): Promise<PathPermission> {
    return this.#core()?.paths.authorize(request) ?? { refused: absent() };
  }

  async servePath(request: PathRequest): Promise<ApiResponse> {
    return this.#core()?.paths.serve(request) ?? absent();
  }

  async auditConfiguration(): Promise<object | undefined> {
    return this.#core()?.identity.audit;
  }

  async setAuditConfiguration(configuration: unknown, isAdministrator: boolean): Promise<ApiResponse> {
    return this.#core()?.audit.configure(configuration, isAdministrator) ?? absent();
  }

  async definitionSummaries(knownVersion?: string): Promise<{ version: string; summaries?: string[] }> {
    return this.#core()?.definitions.summaries(knownVersion) ?? { version: "0", summaries: [] };
  }

  async definition(at: { group: string; resource: string }, knownVersion?: string): Promise<{ version: string; definition?: string } | undefined> {
    return this.#core()?.definitions.one(at, knownVersion);
  }

  async definitions(query: DefinitionQuery): Promise<DefinitionPage> {
    return this.#core()?.definitions.page(query) ?? { definitions: [] };
  }

  async remoteServices(knownVersion?: string): Promise<{ version: string; services?: RemoteService[] }> {
    return this.#core()?.aggregation.services(knownVersion) ?? { version: "0", services: [] };
  }

  async resolveAggregated(asked: AggregatedRequest): Promise<AggregatedAnswer> {
    return this.#core()?.aggregation.resolve(asked) ?? { refused: absent() };
  }

  async remoteServiceFailed(name: string): Promise<void> {
    this.#core()?.aggregation.failed(name);
  }

  async authentication(): Promise<ClusterAuthentication | undefined> {
    return this.#core()?.identity.authentication();
  }

  async join(user: Authenticated, body: string): Promise<ApiResponse> {
    return this.#core()?.credentials.join(user, body) ?? absent();
  }

  async initialize(parameters: ClusterParameters): Promise<ClusterCredentials> {
    return this.#open().initialize(parameters);
  }

  async statistics(): Promise<ClusterStatistics | undefined> {
    const core = this.#core();
    return core && { ...core.statistics(), databaseBytes: this.ctx.storage.sql.databaseSize };
  }

  async destroy(): Promise<void> {
    for (const socket of this.ctx.getWebSockets()) this.#sockets.of(socket).close(1001, "the cluster was deleted");
    this.#running?.stop();
    this.#running = undefined;
    this.#alarmMs = undefined;
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  override async fetch(request: Request): Promise<Response> {
    const core = this.#core();
    if (!core) return respond(absent());
    const { pathname } = new URL(request.url);
    const upgrade = request.headers.get("upgrade") === "websocket";
    try {
      if (pathname === LIST_PATH) return await this.#list(core, header<ApiRequest>(request, REQUEST_HEADER));
      if (pathname === WATCH_PATH) {
        const asked = header<ApiRequest>(request, REQUEST_HEADER);
        return await (upgrade ? this.#watch(core, asked) : this.#initialEvents(core, asked));
      }
      if (pathname === SOCKET_INTERNAL_PATH && upgrade) return this.#agent(core, request, header<Authenticated>(request, USER_HEADER));
      return respond(refusal(notFound({ group: "", resource: "paths", name: pathname }), logToConsole));
    } catch (error) {
      return respond(refusal(error, logToConsole));
    }
  }

  override async alarm(): Promise<void> {
    this.#alarmMs = undefined;
    await this.#core()?.alarm();
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const wrapped = this.#sockets.of(socket);
    if (typeof message !== "string") return wrapped.close(1003, "text frames only");
    const core = this.#core();
    if (core) core.message(wrapped, message);
    else wrapped.close(1001, "the cluster does not exist");
  }

  override async webSocketClose(socket: WebSocket, code: number): Promise<void> {
    this.#closed(socket);
    try {
      socket.close(code === 1005 || code === 1006 ? 1000 : code, "");
    } catch {
      // It was closed from this side.
    }
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    this.#closed(socket);
  }

  #closed(socket: WebSocket): void {
    const wrapped = this.#sockets.of(socket);
    wrapped.gone = true;
    this.#core()?.closed(wrapped);
  }

  async #list(core: ClusterCore, request: ApiRequest): Promise<Response> {
    const result = await core.door.stream(request, (admitted) => core.requests.list(admitted));
    if ("refused" in result) return respond(result.refused);
    return new Response(textStream(result.opened.texts), { headers: withWarnings({ "content-type": "application/json", ...result.headers }, result.opened.warnings) });
  }

  async #initialEvents(core: ClusterCore, request: ApiRequest): Promise<Response> {
    const result = await core.door.stream(request, (admitted) => core.requests.initialEvents(admitted));
    if ("refused" in result) return respond(result.refused);
    const { revision, texts, warnings } = result.opened;
    return new Response(textStream(texts), { headers: withWarnings({ [REVISION_HEADER]: String(revision), ...result.headers }, warnings) });
  }

  async #watch(core: ClusterCore, request: ApiRequest): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    const result = await core.door.opening(request, (admitted) => core.openWatch(admitted, (resource) => this.#sockets.accept(server, [WATCH_TAG, resourceTag(resource)])), { takesSeat: true, isLong: true });
    if ("refused" in result) return respond(result.refused);
    return new Response(null, { status: 101, webSocket: client, headers: { [REVISION_HEADER]: String(result.opened), ...result.headers } });
  }

  #agent(core: ClusterCore, request: Request, user: Authenticated): Response {
    const verified = core.credentials.verified(user);
    const node = nodeNameOf(verified);
    const { 0: client, 1: server } = new WebSocketPair();
    const socket = this.#sockets.accept(server, [AGENT_TAG, ...(node === undefined ? [] : [NODE_TAG, nodeTag(node)])]);
    core.openAgent(socket, verified, { userAgent: request.headers.get("user-agent") ?? "" });
    const offered = request.headers.get("sec-websocket-protocol")?.split(",").map((name) => name.trim()) ?? [];
    return new Response(null, { status: 101, webSocket: client, headers: offered.includes(SOCKET_PROTOCOL) ? { "sec-websocket-protocol": SOCKET_PROTOCOL } : {} });
  }

  /** Undefined: nobody has initialized this cluster, and looking must not write. */
  #core(): ClusterCore | undefined {
    if (this.#running) return this.#running;
    const exists = this.#db.all("SELECT 1 AS x FROM sqlite_master WHERE type = 'table' AND name = 'migrations'").length > 0;
    return exists ? this.#open() : undefined;
  }

  #open(): ClusterCore {
    return this.#running ??= new ClusterCore({
      db: this.#db, sockets: this.#sockets, log: logToConsole,
      nowMs: () => Date.now(), random: () => Math.random(), uuid: () => crypto.randomUUID(),
      pause: (ms = 0) => scheduler.wait(ms),
      outbound: createOutbound({
        routesTo: (destination) => this.#open().routesTo(destination),
        open: (node, open) => TunnelStream.open(this.env as Environment, this.#open().facts.id, { node, open }),
        fetch: (url, init) => fetch(url, init),
        frontProxyCertificate: () => this.#open().identity.frontProxyCertificate(Date.now()),
      }),
      writeAuditLog: (lines) => writeAuditLog(this.env as Environment, lines),
      writeAuditWebhook: (body) => writeAuditWebhook(this.env as Environment, body),
      databaseBytes: () => this.ctx.storage.sql.databaseSize,
      worked: (changes) => this.#memory.worked(changes),
      // Not awaited: it joins the writes of this turn, and the output gate holds answers back until all of them are durable.
      setAlarm: (dueMs) => { void this.ctx.storage.setAlarm(dueMs); },
    }, {}, this.#alarmMs);
  }
}

function header<T extends ApiRequest | Authenticated>(request: Request, name: string): T {
  const text = request.headers.get(name);
  if (text === null) throw unauthorized();
  return decodeHeader<T>(text);
}

const absent = (): ApiResponse => refusal(unauthorized(), logToConsole);

const respond = ({ status, body, headers }: ApiResponse): Response =>
  new Response(body, { status, headers: { "content-type": "application/json", ...headers } });

function withWarnings(fields: Record<string, string>, warnings: readonly string[]): Headers {
  const headers = new Headers(fields);
  for (const text of warnings) headers.append("warning", warningHeader(text));
  return headers;
}
