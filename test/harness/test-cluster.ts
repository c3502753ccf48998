import type { Outbound } from "../../src/lib/outbound.ts";
import { createRegistry } from "../../src/api/registry/cluster-registry.ts";
import type { Controller } from "../../src/controllers/controller.ts";
import { ClusterCore } from "../../src/durable/cluster-core.ts";
import { AGENT_TAG, NODE_TAG, nodeTag } from "../../src/durable/sockets.ts";
import { openNodeDatabase } from "../../src/durable/sql-node.ts";
import type { Kind } from "../../src/kinds/kind.ts";
import type { KubeObject } from "../../src/kinds/object.ts";
import type { DeleteOptions, Transaction } from "../../src/kinds/transaction.ts";
import type { Pod } from "../../src/kinds/types/core-v1.generated.ts";
import { ApiError } from "../../src/lib/errors.ts";
import { FakeSocket } from "../contract/node-cluster.ts";
import { aNode } from "./builders.ts";
import { HollowAgents } from "./hollow-agents.ts";
import { Seeded } from "./seeded.ts";
import { START_MS, TestApi, type Ref } from "./test-api.ts";

/**
 * A whole ClusterCore on Node, bootstrapped: API machinery, store, work queue, controllers, with a clock that stands
 * still until told, seeded order, and agents that only pretend. `settle` reconciles until nothing is due.
 */
export interface TestClusterOptions {
  seed?: number;
  /** Default: all. */
  controllers?: readonly Controller[];
  /** Ready nodes from the start: a number of them, or the objects. Default 1. */
  nodes?: number | readonly KubeObject[];
  /** Who answers webhooks and the like. Default: nobody. */
  outbound?: Outbound;
  /** Default: 10.96.0.0/16. */
  serviceCidrs?: readonly [string, ...string[]];
  /** Default: 30000 to 32767. */
  nodePortRange?: readonly [number, number];
}

export interface SettleOptions {
  /** What agents do meanwhile. `ready`: pods that have a node run and become ready, deleted ones end. Default: nothing. */
  pods?: "ready";
  stepsMax?: number;
}

const STEPS_MAX = 20_000;

export class TestCluster implements AsyncDisposable {
  readonly api: TestApi;
  readonly agents: HollowAgents;
  /** Refusals that made a reconcile fail and come back; anything but an ApiError ends the test. */
  readonly failures: { controller: string; key: string; error: unknown }[] = [];
  readonly core: ClusterCore;
  readonly #sockets = new Map<string, FakeSocket>();
  #broken: unknown;
  #observers: (() => void)[] = [];

  constructor(options: TestClusterOptions = {}) {
    const clock = { nowMs: START_MS };
    const random = new Seeded(options.seed ?? 1);
    const db = openNodeDatabase();
    this.core = new ClusterCore({
      db, nowMs: () => clock.nowMs, random: () => random.next(), uuid: () => random.uuid(), choose: () => random.next(),
      sockets: { sockets: (tag) => [...this.#sockets.values()].filter((socket) => socket.tags.includes(tag)) },
      // Nothing goes on by itself: `settle` and `advance` do what alarms and turns would.
      pause: () => new Promise(() => undefined), setAlarm: () => undefined,
      outbound: options.outbound ?? (async () => ({ error: "nobody is out there" })),
      log: (level, _message, fields) => { if (level !== "info") this.#noteFailure(fields); },
    }, { ...(options.controllers && { controllers: options.controllers }), createRegistry: (host) => createRegistry(host, { frozen: true }) });
    this.core.initialize({ id: "test", url: "https://127.0.0.1:6443", ...(options.serviceCidrs && { serviceCidrs: options.serviceCidrs }), ...(options.nodePortRange && { nodePortRange: options.nodePortRange }) });
    const { core } = this;
    this.api = new TestApi({
      world: {
        clock, random, store: core.store, registry: core.registry, close: () => db.close(),
        transact: (run) => core.transact(run as never) as never,
        execute: (request) => core.execute(request),
      },
    });
    this.agents = new HollowAgents((node) => this.#sockets.has(node));
    const nodes = options.nodes ?? 1;
    for (const node of typeof nodes === "number" ? Array.from({ length: nodes }, (_, i) => aNode({ name: `node-${i + 1}` })) : nodes) this.addNode(node);
  }

  get nowMs(): number { return this.api.clock.nowMs; }

  /** One transaction, as a controller would write. */
  transact<R>(run: (tx: Transaction) => R): R {
    const result = this.api.transact(run);
    this.#observe();
    return result;
  }

  /** A ready node with a connected agent. */
  addNode(node: KubeObject): KubeObject {
    const created = this.create(node);
    this.connect(created.metadata.name!);
    return this.transact((tx) => this.agents.reportReady(tx, created.metadata.name!));
  }

  /** The node's agent opens its socket, whose pings are its heartbeat. */
  connect(node: string): void {
    const socket = new FakeSocket([AGENT_TAG, NODE_TAG, nodeTag(node)]);
    this.#sockets.set(node, socket);
    this.core.openAgent(socket, { username: `system:node:${node}`, groups: ["system:nodes", "system:authenticated"], authenticator: "node" });
    this.#wakeNode(node);
  }

  disconnect(node: string): void {
    const socket = this.#sockets.get(node);
    this.#sockets.delete(node);
    if (socket) this.core.closed(socket);
    this.#wakeNode(node);
  }

  /** The core does so in its next turn, which does not come by itself here. */
  #wakeNode(node: string): void {
    this.transact((tx) => tx.enqueue("node-lifecycle", node));
  }

  create<T extends KubeObject>(obj: T): T {
    return this.transact((tx) => tx.create(this.#kind(obj), obj)) as T;
  }

  /** Creates it, or makes what is there be so (spec and metadata as given). */
  apply<T extends KubeObject>(obj: T): T {
    return this.transact((tx) => {
      const replaced = tx.update(this.#kind(obj), obj.metadata.namespace, obj.metadata.name!, (draft) => {
        for (const key of Object.keys(obj)) if (key !== "metadata") draft[key] = structuredClone(obj[key]);
        Object.assign(draft.metadata, { labels: obj.metadata.labels, annotations: obj.metadata.annotations });
      });
      return replaced ?? tx.create(this.#kind(obj), obj);
    }) as T;
  }

  update<T extends KubeObject>(ref: T, change: (draft: T) => void, options: { subresource?: string } = {}): T {
    const updated = this.transact((tx) => tx.update(this.#kind(ref) as Kind<T>, ref.metadata.namespace, ref.metadata.name!, change, options));
    if (!updated) throw new Error(`${ref.kind} ${ref.metadata.name} is gone`);
    return updated;
  }

  delete(ref: Ref, options: DeleteOptions = {}): void {
    this.transact((tx) => tx.delete(this.#kind(ref), ref.metadata.namespace, ref.metadata.name!, options));
  }

  get<T extends KubeObject>(ref: T): T | undefined;
  get(ref: Ref): KubeObject | undefined;
  get(ref: Ref): KubeObject | undefined {
    return this.#reader.get(this.#kind(ref), ref.metadata.namespace, ref.metadata.name!);
  }

  list<T extends KubeObject = KubeObject>(apiVersion: string, kind: string, namespace?: string): T[] {
    return this.#reader.list(this.api.kind(apiVersion, kind), namespace === undefined ? {} : { namespace }) as T[];
  }

  /** All pods, or those that an object owns, directly or through others. */
  pods(owner?: KubeObject): Pod[] {
    if (!owner) return this.list<Pod>("v1", "Pod");
    const reader = this.#reader;
    const below = (uid: string): KubeObject[] => reader.ownedBy(uid).flatMap((o) => [o, ...below(o.metadata.uid!)]);
    return below(owner.metadata.uid!).filter((o) => o.kind === "Pod") as Pod[];
  }

  /** Messages of the Events about an object, such as `Normal Scheduled: …`. */
  events(about?: Ref): string[] {
    return this.list("v1", "Event")
      .filter((e) => !about || (e.involvedObject as { name?: string; kind?: string }).name === about.metadata.name && (e.involvedObject as { kind?: string }).kind === about.kind)
      .map((e) => `${String(e.type)} ${String(e.reason)}: ${String(e.message)}`);
  }

  /** Reconciles until nothing is due, in seeded order; agents take their turns in between. */
  settle({ pods, stepsMax = STEPS_MAX }: SettleOptions = {}): void {
    for (let step = 0; step < stepsMax; step++) {
      this.#ping();
      this.core.queue.absorb();
      const due = this.core.queue.hasDue();
      const waiting = pods === "ready" ? this.agents.waiting(this.#reader) : [];
      if (!due && waiting.length === 0) return;
      if (due && (waiting.length === 0 || this.api.random.next() < 0.5)) this.#reconcile();
      else this.transact((tx) => this.agents.act(tx, waiting[Math.floor(this.api.random.next() * waiting.length)]!));
    }
    throw new Error(`not settled after ${stepsMax} steps; due: ${this.core.queue.entries().map((e) => `${e.controller} ${e.key}`).slice(0, 10).join(", ")}`);
  }

  /** Moves the clock; what becomes due is reconciled at its time. */
  advance(ms: number, options: SettleOptions = {}): void {
    const endMs = this.nowMs + ms;
    this.settle(options);
    for (;;) {
      const dueMs = this.core.queue.earliestDueMs();
      if (dueMs === undefined || dueMs > endMs) break;
      this.api.clock.nowMs = Math.max(this.nowMs, dueMs);
      this.settle(options);
    }
    this.api.clock.nowMs = endMs;
    this.settle(options);
  }

  /** What `look` saw after each transaction while `run` ran. */
  observe<R>(look: (cluster: this) => R, run: () => void): R[] {
    const seen: R[] = [];
    const observer = () => { seen.push(look(this)); };
    this.#observers.push(observer);
    try {
      run();
    } finally {
      this.#observers = this.#observers.filter((o) => o !== observer);
    }
    return seen;
  }

  async [Symbol.asyncDispose](): Promise<void> { await this.api[Symbol.asyncDispose](); }

  get #reader(): Transaction { return this.api.registry.transaction(this.api.store.transaction); }

  #ping(): void {
    for (const socket of this.#sockets.values()) socket.pingMs = this.nowMs;
  }

  #reconcile(): void {
    this.core.transact<void>(() => undefined as never);
    const broken = this.#broken;
    this.#broken = undefined;
    if (broken) throw broken;
    this.#observe();
  }

  #noteFailure(fields: Record<string, unknown> | undefined): void {
    const error = fields?.error;
    if (error instanceof ApiError) this.failures.push({ controller: String(fields?.controller), key: String(fields?.key), error });
    else this.#broken ??= error ?? new Error(JSON.stringify(fields));
  }

  #observe(): void {
    for (const observer of this.#observers) observer();
  }

  #kind(ref: Ref): Kind { return this.api.kind(ref.apiVersion, ref.kind); }
}

export const testCluster = async (options: TestClusterOptions = {}): Promise<TestCluster> => new TestCluster(options);
