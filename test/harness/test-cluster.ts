import { controllers as allControllers } from "../../src/controllers/index.ts";
import type { Controller } from "../../src/controllers/controller.ts";
import { Reconciler } from "../../src/durable/reconciler.ts";
import { WorkQueue } from "../../src/durable/work-queue.ts";
import type { Kind } from "../../src/kinds/kind.ts";
import type { KubeObject } from "../../src/kinds/object.ts";
import type { DeleteOptions, Transaction } from "../../src/kinds/transaction.ts";
import type { Pod } from "../../src/kinds/types/core-v1.generated.ts";
import { ApiError } from "../../src/lib/errors.ts";
import { aNamespace, aNode } from "./builders.ts";
import { testFacts } from "./facts.ts";
import { HollowAgents } from "./hollow-agents.ts";
import { TestApi, type Ref } from "./test-api.ts";

/**
 * A whole cluster without its surroundings: the API machinery, the store, the work queue and the controllers, with a
 * clock that stands still until told, seeded order, and agents that only pretend. `settle` reconciles until nothing is due.
 */
export interface TestClusterOptions {
  seed?: number;
  /** Default: all. */
  controllers?: readonly Controller[];
  /** Ready nodes from the start: a number of them, or the objects. Default 1. */
  nodes?: number | readonly KubeObject[];
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
  readonly #queue: WorkQueue;
  readonly #reconciler: Reconciler;
  #broken: unknown;
  #observers: (() => void)[] = [];

  constructor(options: TestClusterOptions = {}) {
    const controllers = options.controllers ?? allControllers;
    this.agents = new HollowAgents(() => this.api.clock.nowMs);
    const cluster = { ...testFacts(), nodeHeartbeatMs: (node: string) => this.agents.heartbeatMs(node) };
    this.api = new TestApi({
      seed: options.seed, namespaces: [],
      host: {
        cluster,
        onChange: (change, kind, tx) => this.#reconciler.wake(change, kind, tx),
        enqueue: (_stx, controller, key, dueMs) => this.#queue.enqueue(controller, key, dueMs),
      },
    });
    const { store, clock, db, random } = this.api;
    const nowMs = () => clock.nowMs;
    const priorities = new Map(controllers.map((c) => [c.name, c.priority ?? 0]));
    this.#queue = new WorkQueue(db, { nowMs, priorityOf: (name) => priorities.get(name) ?? 0, choose: () => random.next() });
    store.join(this.#queue);
    this.#reconciler = new Reconciler({
      store, queue: this.#queue, controllers, registry: () => this.api.registry, facts: cluster, nowMs,
      log: (_level, _message, fields) => this.#noteFailure(fields),
    });
    for (const name of ["default", "kube-system", "kube-public", "kube-node-lease"]) this.create(aNamespace(name));
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
    this.agents.connect(created.metadata.name!);
    return this.transact((tx) => this.agents.reportReady(tx, created.metadata.name!));
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
      this.#queue.absorb();
      const due = this.#queue.hasDue();
      const waiting = pods === "ready" ? this.agents.waiting(this.#reader) : [];
      if (!due && waiting.length === 0) return;
      if (due && (waiting.length === 0 || this.api.random.next() < 0.5)) this.#reconcile();
      else this.transact((tx) => this.agents.act(tx, waiting[Math.floor(this.api.random.next() * waiting.length)]!));
    }
    throw new Error(`not settled after ${stepsMax} steps; due: ${this.#queue.entries().map((e) => `${e.controller} ${e.key}`).slice(0, 10).join(", ")}`);
  }

  /** Moves the clock; what becomes due is reconciled at its time. */
  advance(ms: number, options: SettleOptions = {}): void {
    const endMs = this.nowMs + ms;
    this.settle(options);
    for (;;) {
      const dueMs = this.#queue.earliestDueMs();
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

  #reconcile(): void {
    this.api.store.transact((stx) => { this.#reconciler.drain(stx); });
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
