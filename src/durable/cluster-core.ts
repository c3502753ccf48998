import type { ClusterAuthentication, ClusterCredentials, ClusterParameters, ClusterStatistics, DefinitionPage, DefinitionQuery } from "../api/cluster-stub.ts";
import { createRegistry } from "../api/registry/cluster-registry.ts";
import type { Outbound } from "../lib/outbound.ts";
import { routesThrough, type Destination, type Route } from "../api/outbound/route.ts";
import type { Registry, RegistryHost } from "../api/registry.ts";
import type { ApiRequest, ApiResponse, Authenticated } from "../api/request.ts";
import { checkBound } from "../auth/authorizers/index.ts";
import { bootstrapObjects, defaultsVersion, keepDefaults } from "../auth/bootstrap.ts";
import { adminToken } from "../auth/identity-tokens.ts";
import { join } from "../auth/join.ts";
import { controllers as allControllers } from "../controllers/index.ts";
import type { Controller } from "../controllers/controller.ts";
import type { ClusterFacts, StreamTarget } from "../kinds/kind.ts";
import { availabilityController } from "../kinds/apiregistration/api-service/availability.ts";
import { routeToService } from "../kinds/core/service/route.ts";
import type { Transaction } from "../kinds/transaction.ts";
import { unauthorized } from "../lib/errors.ts";
import { Aggregation } from "./aggregation.ts";
import { AgentSockets } from "./agent-sockets.ts";
import { apiErrorOf, refusal } from "./answers.ts";
import { Attachments } from "./attachments.ts";
import { Audit } from "./audit.ts";
import { definitionOf, definitionPage, definitionSummaries, redefined } from "./definitions.ts";
import { changesConfiguration, ClusterSizes, readConfiguration } from "./flow-control-source.ts";
import { FrontDoor } from "./front-door.ts";
import { GroupCommit } from "./group-commit.ts";
import { Hub } from "./hub.ts";
import { Identity } from "./identity.ts";
import type { Log } from "./log.ts";
import { migrate } from "./migrations.ts";
import { BACKSTOP_MS, Nodes } from "./nodes.ts";
import { ownPaths } from "./own-paths.ts";
import { PathRequests } from "./path-requests.ts";
import { Reading, type ReadTexts } from "./reading.ts";
import { Reconciler } from "./reconciler.ts";
import { Replays } from "./replays.ts";
import { AGENT_TAG, WATCH_TAG, type HubSocket, type SocketHost } from "./sockets.ts";
import { SqlStore } from "./sql-store.ts";
import type { SqlDatabase } from "./sql.ts";
import type { StoreTransaction } from "./store.ts";
import { WatchSockets } from "./watch-sockets.ts";
import { WorkQueue } from "./work-queue.ts";

/**
 * One cluster: store, API machinery, controllers, work queue and watch hub put together. Everything outside comes in as
 * a ClusterHost, so that tests on Node run the real thing; `cluster.ts` is the same inside a Durable Object.
 */
export interface ClusterHost {
  db: SqlDatabase;
  sockets: SocketHost;
  nowMs(): number;
  random(): number;
  uuid(): string;
  /** Lets other events run: `scheduler.wait`. */
  pause(ms?: number): Promise<void>;
  /** The one alarm; a later call replaces an earlier one. Its absence is the host's business after it has fired. */
  setAlarm(dueMs: number): void;
  /** Calls to webhooks and extension API servers. */
  outbound: Outbound;
  log: Log;
  /** Takes audit events, one a line. Absent: they go to `log`. */
  writeAuditLog?(lines: string): Promise<boolean>;
  /** Takes an EventList for the server that the launcher was told of. */
  writeAuditWebhook?(body: string): Promise<boolean>;
  databaseBytes?(): number;
  /** After each commit with so many changes. */
  worked?(changes: number): void;
  /** In [0, 1): which due key comes next. For tests that replay races. */
  choose?(): number;
}

export interface ClusterOptions {
  controllers?: readonly Controller[];
  createRegistry?(host: RegistryHost): Registry;
}

const NODE_LIFECYCLE = "node-lifecycle";
const COMPACT_INTERVAL_MS = 300_000;
/** A pass rides on a commit and must not keep requests waiting. */
const COMPACT_ROWS = 300;
const LOOK_INTERVAL_MS = 1_000;
/** While work is being done the alarm is only there for the case that this object dies. */
const CRASH_ALARM_MS = 2_000;

export class ClusterCore {
  readonly store: SqlStore;
  readonly queue: WorkQueue;
  readonly registry: Registry;
  readonly hub: Hub;
  readonly nodes: Nodes;
  readonly facts: ClusterFacts;
  readonly identity: Identity;
  readonly aggregation: Aggregation;
  readonly door: FrontDoor;
  readonly audit: Audit;
  readonly paths: PathRequests;
  readonly #host: ClusterHost;
  readonly #commits: GroupCommit;
  readonly #attachments: Attachments;
  readonly #watchSockets: WatchSockets;
  readonly #agentSockets: AgentSockets;
  readonly #replays: Replays;
  readonly #reading: Reading;
  readonly #controllers: readonly Controller[];
  /** How often each controller ran and failed, since this object woke. */
  readonly reconciles: () => Reconciler["counts"];
  readonly #wokenMs: number;
  #alarmMs: number | undefined;
  #lastCompactionMs = 0;
  #lastLookMs = 0;

  /** `alarmMs`: what the host's alarm is set to already. */
  constructor(host: ClusterHost, options: ClusterOptions = {}, alarmMs?: number) {
    this.#host = host;
    this.#wokenMs = host.nowMs();
    this.#alarmMs = alarmMs;
    this.#controllers = options.controllers ?? allControllers;
    migrate(host.db);
    const nowMs = () => host.nowMs();
    this.store = new SqlStore(host.db, nowMs);
    this.identity = new Identity(host.db, nowMs);
    this.#attachments = new Attachments(host.db, () => host.uuid());
    this.nodes = new Nodes({ host: host.sockets, attachments: this.#attachments, nowMs });
    this.facts = this.identity.facts({ nowMs, nodeHeartbeatMs: (node) => this.nodes.heartbeatMs(node) });
    const priorities = new Map(this.#controllers.map((controller) => [controller.name, controller.priority ?? 0]));
    this.queue = new WorkQueue(host.db, { nowMs, priorityOf: (controller) => priorities.get(controller) ?? 0, ...(host.choose && { choose: () => host.choose!() }) });
    this.store.join(this.queue);
    this.#replays = new Replays({
      nowMs, random: () => host.random(), uuid: () => host.uuid(), outbound: (call) => host.outbound(call),
      resume: (controller, key) => { void this.submit<void>((() => this.queue.enqueue(controller, key)) as () => never).catch(() => undefined); },
    });
    const replays = this.#replays;
    const reconciler = new Reconciler({ replays, store: this.store, queue: this.queue, controllers: this.#controllers, registry: () => this.registry, facts: this.facts, nowMs, log: host.log });
    this.store.join(reconciler);
    this.reconciles = () => reconciler.counts;
    this.registry = (options.createRegistry ?? createRegistry)({
      nowMs: () => replays.nowMs(), random: () => replays.random(), uuid: (of) => replays.uuid(of), outside: replays, cluster: this.facts,
      onChange: (change, kind, tx) => reconciler.wake(change, kind, tx),
      enqueue: (_, controller, key, dueMs) => this.queue.enqueue(controller, key, dueMs),
    });
    this.store.join(this.registry.notes);
    this.#reading = new Reading({ store: this.store, replays, registry: () => this.registry });
    this.hub = new Hub({
      store: this.store, registry: () => this.registry, nowMs, pause: (ms) => host.pause(ms), redefined, convert: (request, make) => this.#reading.convert(request, make),
      apiErrorOf: (error) => apiErrorOf(error, host.log), restore: (resource) => { this.#watchSockets.restore(resource); this.#agentSockets.restore(); },
    });
    this.audit = new Audit({
      nowMs, pause: (ms) => host.pause(ms), outbound: (call) => host.outbound(call), identity: this.identity, refusal: (error) => refusal(error, host.log),
      transact: (run) => this.#commits.runNow<void>(run as () => never), writeLog: host.writeAuditLog, writeLauncherWebhook: host.writeAuditWebhook,
    });
    this.door = new FrontDoor({
      nowMs, pause: (ms) => host.pause(ms), audit: this.audit.log, sizes: new ClusterSizes(this.store, this.hub, nowMs),
      configuration: () => readConfiguration(this.#reader(), (name, key) => { if (this.identity.exists) this.#wakeController(name, key); }),
      acting: (user, asked) => checkBound(this.#reader(), user, "resource" in asked ? asked : { verb: asked.verb, path: asked.path }),
      refusal: (error) => refusal(error, host.log),
      uuid: () => host.uuid(), exists: (group, resource) => this.#reader().kindFor(group, resource) !== undefined,
      isDeprecated: (group, version, resource) => this.#reader().kindFor(group, resource)?.versions.some((served) => served.version === version && served.deprecated) ?? false,
    });
    const serveOwn = ownPaths(this, { nowMs, startedMs: this.#wokenMs, databaseBytes: () => host.databaseBytes?.() });
    this.paths = new PathRequests({ door: this.door, refusal: (error) => refusal(error, host.log), serve: (request) => serveOwn(request), reader: () => this.#existing() });
    this.#watchSockets = new WatchSockets({ hub: this.hub, host: host.sockets, attachments: this.#attachments, ended: (request) => this.door.ended(request) });
    this.#agentSockets = new AgentSockets({
      hub: this.hub, host: host.sockets, attachments: this.#attachments, nowMs,
      answer: (request) => this.handle(request), refusal: (error) => refusal(error, host.log),
    });
    this.#commits = new GroupCommit({
      store: this.store, pause: (ms) => host.pause(ms), drain: (tx) => reconciler.drain(tx), hasDueWork: () => this.queue.hasDue(),
      committed: () => this.#committed(),
      failed: (error) => { replays.drop(); this.queue.reload(); this.identity.reload(); host.log("error", "a transaction failed as a whole", { error }); },
    });
    this.aggregation = new Aggregation({
      nowMs, store: this.store, door: this.door, refusal: (error) => refusal(error, host.log), reader: () => this.#existing(), routesTo: (destination) => this.routesTo(destination),
      frontProxyCertificate: () => this.identity.frontProxyCertificate(host.nowMs()),
      check: (name) => { void this.submit<void>((() => this.queue.enqueue(availabilityController.name, name)) as () => never).catch(() => undefined); },
    });
    this.#forgetLostSockets();
    if (this.queue.hasDue()) this.#commits.wake();
    if (!this.identity.exists) return;
    for (const node of this.nodes.unheard(this.registry.transaction(this.store.transaction))) this.#wakeNode(node);
    if (this.identity.defaults !== defaultsVersion()) void this.#keepDefaults();
  }

  /** One request with one answer. Never rejects. */
  handle(request: ApiRequest): Promise<ApiResponse> {
    return this.door.answer(request, (admitted) => this.#answer(admitted));
  }

  /** Reads are answered from what is committed, at once. */
  async #answer(request: ApiRequest): Promise<ApiResponse> {
    try {
      if (!this.identity.exists) throw unauthorized();
      const noted = { ...request.auditAnnotations };
      return await this.#replays.complete(request, (within) => {
        // What a run noted that had no answers yet is not what came of the request.
        for (const key in request.auditAnnotations) if (!(key in noted)) delete request.auditAnnotations[key];
        if (request.verb === "list") return within(() => this.#reading.listAnswer(request));
        if (request.verb === "get") return within(() => this.registry.execute(this.store.transaction, request));
        return this.submit<ApiResponse>(((tx: StoreTransaction) => within(() => this.registry.execute(tx, request))) as () => never);
      });
    } catch (error) {
      return refusal(error, this.#host.log);
    } finally {
      this.#awake();
    }
  }

  /** The same without a pause, in a transaction of its own: for tests. */
  execute(request: ApiRequest): ApiResponse {
    try {
      if (request.verb === "list") return this.#reading.listAnswer(request);
      return this.#commits.runNow<ApiResponse>((tx) => this.#replays.once(() => this.registry.execute(tx, request)));
    } catch (error) {
      return refusal(error, this.#host.log);
    }
  }

  /** Runs in the next commit, in a savepoint. */
  submit<R>(run: (tx: StoreTransaction) => R extends PromiseLike<unknown> ? never : R): Promise<R> {
    return this.#commits.submit(run);
  }

  /** The cluster is no more: nothing is written from here on, not even what is due. */
  stop(): void {
    this.#commits.stop(unauthorized());
  }

  /** Runs at once in a transaction of its own, as the system. */
  transact<R>(run: (tx: Transaction) => R extends PromiseLike<unknown> ? never : R): R {
    return this.#commits.runNow<R>(((tx: StoreTransaction) => run(this.registry.transaction(tx))) as () => never);
  }

  /** Reconciles until nothing is due now. Returns the number of transactions; throws when it does not come to rest. */
  settle(options: { turnsMax?: number } = {}): number {
    const { turnsMax = 10_000 } = options;
    for (let turns = 0; turns < turnsMax; turns++) {
      if (!this.queue.hasDue()) return turns;
      this.#commits.runNow<void>(() => undefined as never);
    }
    throw new Error(`the controllers did not come to rest within ${turnsMax} turns: ${JSON.stringify(this.queue.entries().slice(0, 5))}`);
  }

  /** For whom the door has let in. Throws ApiError. */
  async list(request: ApiRequest): Promise<ReadTexts> {
    if (!this.identity.exists) throw unauthorized();
    return await this.#reading.list(request);
  }

  /** Throws ApiError. */
  async initialEvents(request: ApiRequest): Promise<ReadTexts & { revision: number }> {
    if (!this.identity.exists) throw unauthorized();
    return await this.#reading.initialEvents(request);
  }

  /** A bridged watch from the request's resourceVersion on. Throws ApiError before `accept` is called. */
  openWatch(request: ApiRequest, accept: (resource: string) => HubSocket): number {
    if (!this.identity.exists) throw unauthorized();
    return this.#watchSockets.open(request, accept);
  }

  openAgent(socket: HubSocket, user: Authenticated, via: { origin?: string; userAgent?: string } = {}): void {
    this.#agentSockets.open(socket, user, via);
    const node = this.#agentSockets.session(socket)?.attachment.node;
    if (node !== undefined) this.nodes.joined(node);
    this.#wakeNode(node);
    this.#awake();
  }

  /** Throws ApiError when the user's token is bound to something that is gone. */
  verified(user: Authenticated): Authenticated {
    return checkBound(this.registry.transaction(this.store.transaction), user);
  }

  message(socket: HubSocket, text: string): void {
    if (this.#isWatch(socket)) return this.#watchSockets.message(socket, text);
    this.nodes.seen(socket);
    if (text === "ping") return socket.send("pong");
    this.#agentSockets.message(socket, text);
    this.#awake();
    this.#arm();
  }

  closed(socket: HubSocket): void {
    if (this.#isWatch(socket)) return this.#watchSockets.closed(socket);
    this.#wakeNode(this.#agentSockets.closed(socket));
  }

  /** Resolves when the first slice of what is due is committed, and with it the next alarm. */
  async alarm(): Promise<void> {
    this.#alarmMs = undefined;
    this.#agentSockets.restore();
    this.#awake();
    if (!this.identity.exists) return;
    for (const node of this.nodes.absent(this.#nodeNames())) this.#wakeNode(node);
    await this.submit<void>((() => undefined) as () => never);
  }

  async connect(request: ApiRequest): Promise<{ target: StreamTarget } | { refused: ApiResponse }> {
    const result = await this.door.opening(request, (admitted) => {
      if (!this.identity.exists) throw unauthorized();
      return this.#replays.complete(admitted, (within) => within(() => this.registry.connect(this.store.transaction, admitted)));
    }, { takesSeat: false, isLong: true });
    return "refused" in result ? result : { target: result.opened };
  }

  /** Ways to a service of the cluster, or to an address that its nodes reach. Throws ApiError. */
  routesTo(destination: Destination): Route[] {
    const hops = "service" in destination ? routeToService(this.registry.transaction(this.store.transaction), destination.service) : [destination];
    return routesThrough(hops, this.nodes.connectedNames, () => this.#host.random());
  }

  definitionSummaries(knownVersion?: string): { version: string; summaries?: string[] } {
    return definitionSummaries(this.store, knownVersion);
  }

  definition(at: { group: string; resource: string }, knownVersion?: string): { version: string; definition?: string } | undefined {
    return definitionOf(this.store, at, knownVersion);
  }

  definitions(query: DefinitionQuery): DefinitionPage {
    return definitionPage(this.store, query);
  }

  authentication(): ClusterAuthentication | undefined {
    return this.identity.authentication();
  }

  join(user: Authenticated, body: string): ApiResponse {
    try {
      if (!this.identity.exists) throw unauthorized();
      const reader = this.registry.transaction(this.store.transaction);
      const result = join({ reader, keys: this.identity.keys, cluster: this.facts, nowMs: this.#host.nowMs(), uuid: () => this.#host.uuid() }, checkBound(reader, user), body);
      return { status: 200, body: JSON.stringify(result) };
    } catch (error) {
      return refusal(error, this.#host.log);
    }
  }

  initialize(parameters: ClusterParameters): ClusterCredentials {
    if (!this.identity.exists) this.#bootstrap(parameters);
    const { keys, parameters: { url } } = this.identity;
    return { adminToken: adminToken(keys, { issuer: url, nowMs: this.#host.nowMs(), id: this.#host.uuid() }) };
  }

  statistics(): Omit<ClusterStatistics, "databaseBytes"> {
    return { wokenMs: this.#wokenMs, revision: this.store.revision, compactedRevision: this.store.compacted, rowsWritten: this.store.db.rowsWritten, queueLength: this.queue.size, watchers: this.hub.size };
  }

  #bootstrap(parameters: ClusterParameters): void {
    this.transact<void>(((tx: Transaction) => {
      this.identity.create(parameters, this.#host.nowMs());
      this.identity.defaults = defaultsVersion();
      const apiPort = Number(new URL(parameters.url).port) || 443;
      for (const object of bootstrapObjects({ serviceCidrs: this.facts.serviceCidrs, apiPort })) {
        const kind = tx.kindOf(object);
        if (!kind) throw new Error(`no kind for ${object.apiVersion} ${object.kind}`);
        tx.create(kind, object);
      }
    }) as () => never);
    if (this.queue.hasDue()) this.#commits.wake();
  }

  /** The cluster was made, or last awake, under another version. What fails is tried again when it next wakes. */
  async #keepDefaults(): Promise<void> {
    const work = (tx: StoreTransaction): void => {
      keepDefaults(this.registry.transaction(tx));
      this.identity.defaults = defaultsVersion();
    };
    try {
      await this.#replays.complete({ group: "", resource: "" }, (within) => this.submit<void>(((tx: StoreTransaction) => within(() => work(tx))) as () => never));
    } catch (error) {
      this.#host.log("error", "bringing the default policy up to date failed", { error });
    }
  }

  /** After each commit, before its answers leave. */
  #committed(): void {
    try {
      if (this.store.changes.length > 0) this.hub.publish(this.store.changes);
      if (changesConfiguration(this.store.changes)) this.door.flowControl.changed();
      this.#host.worked?.(this.store.changes.length);
    } catch (error) {
      this.#host.log("error", "publishing changes failed", { error });
    }
    this.#replays.start();
    this.#compact();
    this.#arm();
  }

  #isWatch(socket: HubSocket): boolean {
    if (this.#watchSockets.has(socket)) return true;
    return !this.#agentSockets.has(socket) && this.#attachments.read(socket)?.type === "watch";
  }

  /** After a crash there are no sockets, and nobody was told that they closed. */
  #forgetLostSockets(): void {
    const { db, sockets } = this.#host;
    if (db.all("SELECT 1 AS x FROM subscriptions LIMIT 1").length === 0) return;
    if (sockets.sockets(WATCH_TAG).length + sockets.sockets(AGENT_TAG).length === 0) db.run("DELETE FROM subscriptions");
  }

  /** What is looked after whenever the cluster is awake for another reason, at most once a second. */
  #awake(): void {
    const nowMs = this.#host.nowMs();
    if (nowMs - this.#lastLookMs < LOOK_INTERVAL_MS) return;
    this.#lastLookMs = nowMs;
    this.hub.tick();
    this.#agentSockets.tick();
    for (const node of this.nodes.check()) this.#wakeNode(node);
  }

  #wakeNode(node: string | undefined): void {
    if (node !== undefined) this.#wakeController(NODE_LIFECYCLE, node);
  }

  #wakeController(name: string, key: string): void {
    if (!this.#controllers.some((controller) => controller.name === name)) return;
    void this.submit<void>((() => this.queue.enqueue(name, key)) as () => never).catch(() => undefined);
  }

  #reader(): Transaction {
    return this.registry.transaction(this.store.transaction);
  }

  #existing(): Transaction {
    if (!this.identity.exists) throw unauthorized();
    return this.#reader();
  }

  *#nodeNames(): Iterable<string> {
    for (const { name } of this.store.transaction.list("/nodes")) yield name;
  }

  #compact(): void {
    const nowMs = this.#host.nowMs();
    if (nowMs - this.#lastCompactionMs < COMPACT_INTERVAL_MS) return;
    try {
      const more = this.store.compact({ nowMs, limit: COMPACT_ROWS });
      if (!more) this.#lastCompactionMs = nowMs;
    } catch (error) {
      this.#lastCompactionMs = nowMs;
      this.#host.log("error", "compaction failed", { error });
    }
  }

  /** An alarm that is set for earlier than needed is left alone: waking once in vain costs less than a row each time. */
  #arm(): void {
    const dueMs = this.#nextDueMs();
    if (dueMs === undefined || (this.#alarmMs !== undefined && this.#alarmMs <= dueMs)) return;
    this.#alarmMs = dueMs;
    this.#host.setAlarm(dueMs);
  }

  #nextDueMs(): number | undefined {
    const nowMs = this.#host.nowMs();
    if (this.queue.hasDue()) return nowMs + CRASH_ALARM_MS;
    const earliest = Math.min(this.queue.earliestDueMs() ?? Infinity, this.hub.earliestDeadlineMs() ?? Infinity);
    const backstopMs = nowMs + BACKSTOP_MS;
    const covered = this.#alarmMs !== undefined && this.#alarmMs <= backstopMs;
    if (earliest > backstopMs && !covered && this.nodes.connected) return backstopMs;
    return earliest === Infinity ? undefined : Math.max(earliest, nowMs + 1);
  }
}

