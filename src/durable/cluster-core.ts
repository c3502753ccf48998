import type { ClusterCredentials, ClusterParameters, ClusterStatistics } from "../api/cluster-stub.ts";
import { routesThrough, type Destination, type Route } from "../api/outbound/route.ts";
import type { Registry, RegistryHost } from "../api/registry.ts";
import { createRegistry } from "../api/registry/cluster-registry.ts";
import type { ApiRequest, ApiResponse, Authenticated } from "../api/request.ts";
import { controllers as allControllers } from "../controllers/index.ts";
import type { Controller } from "../controllers/controller.ts";
import { availabilityController } from "../kinds/apiregistration/api-service/availability.ts";
import { routeToService } from "../kinds/core/service/route.ts";
import type { ClusterFacts, StreamTarget } from "../kinds/kind.ts";
import type { Transaction } from "../kinds/transaction.ts";
import { unauthorized } from "../lib/errors.ts";
import { Aggregation } from "./aggregation.ts";
import { apiErrorOf, refusal } from "./answers.ts";
import { Attachments } from "./attachments.ts";
import { Audit } from "./audit.ts";
import type { ClusterHost, ClusterOptions } from "./cluster-host.ts";
import { Connections } from "./connections.ts";
import { Credentials } from "./credentials.ts";
import { Defaults } from "./defaults.ts";
import { Definitions, redefined } from "./definitions.ts";
import { changesConfiguration } from "./flow-control-source.ts";
import { FrontDoor } from "./front-door.ts";
import { frontDoorHost } from "./front-door-host.ts";
import { GroupCommit } from "./group-commit.ts";
import { Hub } from "./hub.ts";
import { Identity } from "./identity.ts";
import { migrate } from "./migrations.ts";
import { Nodes } from "./nodes.ts";
import { ownPaths } from "./own-paths.ts";
import { PathRequests } from "./path-requests.ts";
import { Reading } from "./reading.ts";
import { Reconciler } from "./reconciler.ts";
import { Replays } from "./replays.ts";
import { Requests } from "./requests.ts";
import type { HubSocket } from "./sockets.ts";
import { SqlStore } from "./sql-store.ts";
import type { StoreTransaction } from "./store.ts";
import { Upkeep } from "./upkeep.ts";
import { WorkQueue } from "./work-queue.ts";

/**
 * One cluster: store, API machinery, controllers, work queue and watch hub put together. Everything outside comes in as
 * a ClusterHost, so that tests on Node run the real thing; `cluster.ts` is the same inside a Durable Object. The
 * constructor wires the parts, in the order in which they need each other; what each does is in its own file.
 */
const NODE_LIFECYCLE = "node-lifecycle";

export class ClusterCore {
  readonly store: SqlStore;
  readonly queue: WorkQueue;
  readonly registry: Registry;
  readonly hub: Hub;
  readonly nodes: Nodes;
  readonly facts: ClusterFacts;
  readonly identity: Identity;
  readonly aggregation: Aggregation;
  readonly definitions: Definitions;
  readonly door: FrontDoor;
  readonly audit: Audit;
  readonly paths: PathRequests;
  readonly requests: Requests;
  readonly credentials: Credentials;
  readonly #host: ClusterHost;
  readonly #controllers: readonly Controller[];
  readonly #commits: GroupCommit;
  readonly #connections: Connections;
  readonly #defaults: Defaults;
  readonly #reading: Reading;
  readonly #reconciler: Reconciler;
  readonly #replays: Replays;
  readonly #upkeep: Upkeep;
  readonly #wokenMs: number;

  /** `alarmMs`: what the host's alarm is set to already. */
  constructor(host: ClusterHost, options: ClusterOptions = {}, alarmMs?: number) {
    this.#host = host;
    this.#wokenMs = host.nowMs();
    this.#controllers = options.controllers ?? allControllers;
    migrate(host.db);
    const nowMs = () => host.nowMs();
    const pause = (ms?: number) => host.pause(ms);
    const registry = () => this.registry;
    const refuse = (error: unknown) => refusal(error, host.log);
    const attachments = new Attachments(host.db, () => host.uuid());
    this.store = new SqlStore(host.db, nowMs);
    this.definitions = new Definitions(this.store);
    this.identity = new Identity(host.db, nowMs);
    this.nodes = new Nodes({ host: host.sockets, attachments, nowMs });
    this.facts = this.identity.facts({ nowMs, nodeHeartbeatMs: (node) => this.nodes.heartbeatMs(node) });
    this.queue = this.#makeQueue();
    this.#replays = new Replays({ nowMs, random: () => host.random(), uuid: () => host.uuid(), outbound: (call) => host.outbound(call), resume: (controller, key) => this.#wake(controller, key) });
    this.#reconciler = new Reconciler({ replays: this.#replays, store: this.store, queue: this.queue, controllers: this.#controllers, registry, facts: this.facts, nowMs, log: host.log });
    this.registry = (options.createRegistry ?? createRegistry)(this.#registryHost());
    for (const participant of [this.queue, this.#reconciler, this.registry.notes]) this.store.join(participant);
    this.#reading = new Reading({ store: this.store, replays: this.#replays, registry });
    this.hub = new Hub({
      store: this.store, registry, nowMs, pause, redefined, convert: (request, make) => this.#reading.convert(request, make),
      apiErrorOf: (error) => apiErrorOf(error, host.log), restore: (resource) => this.#connections.restore(resource),
    });
    this.audit = new Audit({
      nowMs, pause, outbound: (call) => host.outbound(call), identity: this.identity, refusal: refuse,
      transact: (run) => this.#commits.runNow<void>(run), writeLog: host.writeAuditLog, writeLauncherWebhook: host.writeAuditWebhook,
    });
    this.door = new FrontDoor(frontDoorHost({
      host, audit: this.audit.log, store: this.store, hub: this.hub, refusal: refuse, reader: () => this.#reader(),
      wake: (name, key) => { if (this.identity.exists) this.#wake(name, key); },
    }));
    const serve = ownPaths(this, { nowMs, startedMs: this.#wokenMs, databaseBytes: () => host.databaseBytes?.() });
    this.paths = new PathRequests({ door: this.door, refusal: refuse, serve, reader: () => this.#existing() });
    this.#connections = new Connections({
      db: host.db, hub: this.hub, host: host.sockets, attachments, nodes: this.nodes, nowMs, refusal: refuse, answer: (request) => this.handle(request),
      watchEnded: (request) => this.door.ended(request), nodeChanged: (node) => this.#nodeChanged(node),
    });
    this.#upkeep = new Upkeep({
      store: this.store, queue: this.queue, hub: this.hub, nodes: this.nodes, nowMs, setAlarm: (dueMs) => host.setAlarm(dueMs),
      tick: () => this.#connections.tick(), nodeChanged: (node) => this.#nodeChanged(node), log: host.log,
    }, alarmMs);
    this.#commits = new GroupCommit({
      store: this.store, pause, drain: (tx) => this.#reconciler.drain(tx), hasDueWork: () => this.queue.hasDue(),
      committed: () => this.#committed(), failed: (error) => this.#failed(error),
    });
    this.requests = new Requests({ store: this.store, commits: this.#commits, replays: this.#replays, reading: this.#reading, registry, refusal: refuse, checkExists: () => this.#checkExists(), answered: () => this.#upkeep.look() });
    this.aggregation = new Aggregation({
      nowMs, store: this.store, door: this.door, refusal: refuse, reader: () => this.#existing(), routesTo: (destination) => this.routesTo(destination),
      frontProxyCertificate: () => this.identity.frontProxyCertificate(host.nowMs()), check: (name) => this.#wake(availabilityController.name, name),
    });
    this.credentials = new Credentials({ identity: this.identity, facts: this.facts, reader: () => this.#existing(), refusal: refuse, nowMs, uuid: () => host.uuid() });
    this.#defaults = new Defaults({ identity: this.identity, facts: this.facts, commits: this.#commits, replays: this.#replays, registry, nowMs, log: host.log });
    this.#begin();
  }

  /** One request with one answer. Never rejects. */
  handle(request: ApiRequest): Promise<ApiResponse> {
    return this.door.answer(request, (admitted) => this.requests.answer(admitted));
  }

  /** The same without a pause, in a transaction of its own: for tests. */
  execute(request: ApiRequest): ApiResponse {
    return this.requests.answerNow(request);
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
    return this.#commits.runNow<R>((tx) => run(this.registry.transaction(tx)));
  }

  /** Reconciles until nothing is due now. Returns the number of transactions; throws when it does not come to rest. */
  settle(options: { turnsMax?: number } = {}): number {
    const { turnsMax = 10_000 } = options;
    for (let turns = 0; turns < turnsMax; turns++) {
      if (!this.queue.hasDue()) return turns;
      this.#commits.runNow<void>(() => undefined);
    }
    throw new Error(`the controllers did not come to rest within ${turnsMax} turns: ${JSON.stringify(this.queue.entries().slice(0, 5))}`);
  }

  /** A bridged watch from the request's resourceVersion on. Throws ApiError before `accept` is called. */
  openWatch(request: ApiRequest, accept: (resource: string) => HubSocket): number {
    this.#checkExists();
    return this.#connections.openWatch(request, accept);
  }

  openAgent(socket: HubSocket, user: Authenticated, via: { origin?: string; userAgent?: string } = {}): void {
    this.#connections.openAgent(socket, user, via);
    this.#upkeep.look();
  }

  message(socket: HubSocket, text: string): void {
    if (!this.#connections.message(socket, text)) return;
    this.#upkeep.look();
    this.#upkeep.arm();
  }

  closed(socket: HubSocket): void {
    this.#connections.closed(socket);
  }

  /** Resolves when the first slice of what is due is committed, and with it the next alarm. */
  async alarm(): Promise<void> {
    this.#upkeep.rang();
    this.#connections.restoreAgents();
    this.#upkeep.look();
    if (!this.identity.exists) return;
    for (const node of this.nodes.absent(this.#nodeNames())) this.#nodeChanged(node);
    await this.submit<void>(() => undefined);
  }

  async connect(request: ApiRequest): Promise<{ target: StreamTarget } | { refused: ApiResponse }> {
    const result = await this.door.opening(request, (admitted) => this.requests.connect(admitted), { takesSeat: false, isLong: true });
    return "refused" in result ? result : { target: result.opened };
  }

  /** Ways to a service of the cluster, or to an address that its nodes reach. Throws ApiError. */
  routesTo(destination: Destination): Route[] {
    const hops = "service" in destination ? routeToService(this.#reader(), destination.service) : [destination];
    return routesThrough(hops, this.nodes.connectedNames, () => this.#host.random());
  }

  initialize(parameters: ClusterParameters): ClusterCredentials {
    if (!this.identity.exists) this.#defaults.create(parameters);
    if (this.queue.hasDue()) this.#commits.wake();
    return this.credentials.administrator();
  }

  statistics(): Omit<ClusterStatistics, "databaseBytes"> {
    return { wokenMs: this.#wokenMs, revision: this.store.revision, compactedRevision: this.store.compacted, rowsWritten: this.store.db.rowsWritten, queueLength: this.queue.size, watchers: this.hub.size };
  }

  /** How often each controller ran and failed, since this object woke. */
  get reconciles(): Reconciler["counts"] {
    return this.#reconciler.counts;
  }

  /** What may have been missed while this object was not in memory. */
  #begin(): void {
    this.#connections.forgetLost();
    if (this.queue.hasDue()) this.#commits.wake();
    if (!this.identity.exists) return;
    for (const node of this.nodes.unheard(this.#reader())) this.#nodeChanged(node);
    void this.#defaults.keep();
  }

  #makeQueue(): WorkQueue {
    const host = this.#host;
    const priorities = new Map(this.#controllers.map((controller) => [controller.name, controller.priority ?? 0]));
    return new WorkQueue(host.db, { nowMs: () => host.nowMs(), priorityOf: (controller) => priorities.get(controller) ?? 0, ...(host.choose && { choose: () => host.choose!() }) });
  }

  #registryHost(): RegistryHost {
    const replays = this.#replays;
    return {
      nowMs: () => replays.nowMs(), random: () => replays.random(), uuid: (of) => replays.uuid(of), outside: replays, cluster: this.facts,
      onChange: (change, kind, tx) => this.#reconciler.wake(change, kind, tx),
      enqueue: (_, controller, key, dueMs) => this.queue.enqueue(controller, key, dueMs),
    };
  }

  /** After each commit, before its answers leave. */
  #committed(): void {
    const { changes } = this.store;
    try {
      if (changes.length > 0) this.hub.publish(changes);
      if (changesConfiguration(changes)) this.door.flowControl.changed();
      this.#host.worked?.(changes.length);
    } catch (error) {
      this.#host.log("error", "publishing changes failed", { error });
    }
    this.#replays.start();
    this.#upkeep.compact();
    this.#upkeep.arm();
  }

  #failed(error: unknown): void {
    this.#replays.drop();
    this.queue.reload();
    this.identity.reload();
    this.#host.log("error", "a transaction failed as a whole", { error });
  }

  #nodeChanged(node: string | undefined): void {
    if (node !== undefined) this.#wake(NODE_LIFECYCLE, node);
  }

  /** Makes a key of a controller due. */
  #wake(name: string, key: string): void {
    if (!this.#controllers.some((controller) => controller.name === name)) return;
    void this.submit<void>(() => this.queue.enqueue(name, key)).catch(() => undefined);
  }

  #checkExists(): void {
    if (!this.identity.exists) throw unauthorized();
  }

  #reader(): Transaction {
    return this.registry.transaction(this.store.transaction);
  }

  #existing(): Transaction {
    this.#checkExists();
    return this.#reader();
  }

  *#nodeNames(): Iterable<string> {
    for (const { name } of this.store.transaction.list("/nodes")) yield name;
  }
}
