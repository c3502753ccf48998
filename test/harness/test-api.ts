import { expect } from "vitest";
import { createRegistry, type RegistryOptions } from "../../src/api/registry/cluster-registry.ts";
import { parsePath } from "../../src/api/path.ts";
import type { Registry, RegistryHost } from "../../src/api/registry.ts";
import type { ApiRequest, ApiResponse, Authenticated } from "../../src/api/request.ts";
import { refusal } from "../../src/durable/answers.ts";
import { listText } from "../../src/durable/list-stream.ts";
import { migrate } from "../../src/durable/migrations.ts";
import { openNodeDatabase } from "../../src/durable/sql-node.ts";
import { SqlStore } from "../../src/durable/sql-store.ts";
import { builtinKinds } from "../../src/kinds/index.ts";
import type { Kind } from "../../src/kinds/kind.ts";
import type { KubeObject } from "../../src/kinds/object.ts";
import type { Transaction } from "../../src/kinds/transaction.ts";
import { testFacts } from "./facts.ts";
import "./matchers.ts";
import { Seeded } from "./seeded.ts";
import { WatchProbe } from "./watch-probe.ts";

/**
 * The API machinery over the real store (node:sqlite in memory), with a clock and randomness of its own. Requests go by
 * path and method, as a client writes them; what the HTTP side does before and after is tested with it.
 */
export const START_MS = Date.parse("2026-01-01T00:00:00Z");
export const ADMIN: Authenticated = { username: "admin", groups: ["system:masters", "system:authenticated"], authenticator: "test" };

/** An answer as a client sees it. */
export interface Answer { status: number; body: any; warnings: string[] }

export interface Sent {
  body?: unknown;
  query?: string | Record<string, string>;
  user?: Authenticated;
  patchType?: ApiRequest["patchType"];
  userAgent?: string;
}

export interface TestApiOptions extends RegistryOptions {
  seed?: number;
  /** Namespaces that exist from the start. */
  namespaces?: readonly string[];
  host?: Partial<RegistryHost>;
}

/** What names an object: the object itself, or as much of it. */
export interface Ref { apiVersion: string; kind: string; metadata: { name?: string; namespace?: string; generateName?: string } }

/** What requests run against: the registry over a bare store, or a whole cluster (test-cluster.ts). */
export interface World {
  readonly clock: { nowMs: number };
  readonly random: Seeded;
  readonly store: SqlStore;
  readonly registry: Registry;
  execute(request: ApiRequest): ApiResponse;
  /** As a controller would write. */
  transact<R>(run: (tx: Transaction) => R): R;
  close(): void;
}

function bareWorld(options: TestApiOptions, onChange: (text: string) => void): World {
  const clock = { nowMs: START_MS };
  const random = new Seeded(options.seed ?? 1);
  const db = openNodeDatabase();
  migrate(db);
  const store = new SqlStore(db, () => clock.nowMs);
  const registry = createRegistry({
    nowMs: () => clock.nowMs, random: () => random.next(), uuid: () => random.uuid(), cluster: testFacts(),
    onChange: (change) => onChange(`${change.type} ${change.object.kind} ${change.object.metadata.name}`),
    enqueue: () => undefined,
    ...options.host,
  }, { frozen: true, ...options });
  return {
    clock, random, store, registry, close: () => db.close(),
    transact: (run) => store.transact((stx) => run(registry.transaction(stx)) as never),
    execute(request) {
      try {
        if (request.verb !== "list") return store.transact((stx) => registry.execute(stx, request) as never);
        return { status: 200, body: listText(store, registry.planList(store.transaction, request), 1e9)! };
      } catch (error) {
        return refusal(error, (_level, _message, fields) => { throw fields?.error; });
      }
    },
  };
}

export class TestApi implements AsyncDisposable {
  readonly world: World;
  /** Such as `ADDED ConfigMap a`. */
  readonly changes: string[] = [];
  readonly #kinds: readonly Kind[];

  constructor(options: TestApiOptions & { world?: World } = {}) {
    this.#kinds = options.kinds ?? builtinKinds;
    this.world = options.world ?? bareWorld(options, (text) => this.changes.push(text));
    if (options.world) return;
    for (const name of options.namespaces ?? ["default"]) this.transact((tx) => tx.create(this.kind("v1", "Namespace"), { metadata: { name } }));
  }

  get clock(): { nowMs: number } { return this.world.clock; }
  get random(): Seeded { return this.world.random; }
  get store(): SqlStore { return this.world.store; }
  get registry(): Registry { return this.world.registry; }

  transact<R>(run: (tx: Transaction) => R): R { return this.world.transact(run); }

  async send(method: string, path: string, sent: Sent = {}): Promise<Answer> {
    const query = typeof sent.query === "string" ? sent.query : new URLSearchParams(sent.query).toString();
    const parsed = parsePath(method, path, query);
    if (parsed.type !== "resource") throw new Error(`${method} ${path} is no resource request`);
    const { user = ADMIN, userAgent = "test/1.0", patchType } = sent;
    const body = sent.body === undefined ? undefined : typeof sent.body === "string" ? sent.body : JSON.stringify(sent.body);
    const response = this.world.execute({ ...parsed, user, userAgent, ...(patchType && { patchType }), ...(body !== undefined && { body }) });
    return { status: response.status, body: JSON.parse(response.body), warnings: response.warnings ?? [] };
  }

  /** The collection's path; with a name, the object's. */
  path(ref: Ref, name?: string, subresource?: string): string {
    const { namespace = this.kind(ref.apiVersion, ref.kind).scope === "Namespaced" ? "default" : undefined } = ref.metadata;
    const kind = this.kind(ref.apiVersion, ref.kind);
    const root = ref.apiVersion.includes("/") ? `/apis/${ref.apiVersion}` : `/api/${ref.apiVersion}`;
    return [root, ...(kind.scope === "Namespaced" ? ["namespaces", namespace] : []), kind.resource, ...(name ? [name] : []), ...(subresource ? [subresource] : [])].join("/");
  }

  async create<T extends Ref>(obj: T, sent: Sent = {}): Promise<KubeObject> { return accepted(await this.post(obj, sent)); }
  async replace<T extends Ref>(obj: T, sent: Sent = {}): Promise<KubeObject> { return accepted(await this.put(obj, sent)); }
  async get(ref: Ref, sent: Sent = {}): Promise<KubeObject> { return accepted(await this.fetch(ref, sent)); }

  post(obj: Ref, sent: Sent = {}): Promise<Answer> { return this.send("POST", this.path(obj), { body: obj, ...sent }); }
  put(obj: Ref, { subresource, ...sent }: Sent & { subresource?: string } = {}): Promise<Answer> {
    return this.send("PUT", this.path(obj, obj.metadata.name, subresource), { body: obj, ...sent });
  }
  fetch(ref: Ref, { subresource, ...sent }: Sent & { subresource?: string } = {}): Promise<Answer> { return this.send("GET", this.path(ref, ref.metadata.name, subresource), sent); }
  list(ref: Ref, sent: Sent = {}): Promise<Answer> { return this.send("GET", this.path(ref), sent); }
  delete(ref: Ref, sent: Sent = {}): Promise<Answer> { return this.send("DELETE", this.path(ref, ref.metadata.name), sent); }

  mergePatch(ref: Ref, patch: unknown, sent: Sent & { subresource?: string } = {}): Promise<Answer> { return this.#patch(ref, patch, "application/merge-patch+json", sent); }
  jsonPatch(ref: Ref, patch: unknown, sent: Sent & { subresource?: string } = {}): Promise<Answer> { return this.#patch(ref, patch, "application/json-patch+json", sent); }
  strategicPatch(ref: Ref, patch: unknown, sent: Sent & { subresource?: string } = {}): Promise<Answer> { return this.#patch(ref, patch, "application/strategic-merge-patch+json", sent); }
  apply(obj: Ref, sent: Sent & { subresource?: string; manager?: string; force?: boolean } = {}): Promise<Answer> {
    const { manager = "tester", force, ...rest } = sent;
    const query = { fieldManager: manager, ...(force && { force: "true" }), ...(rest.query as Record<string, string> | undefined) };
    return this.#patch(obj, obj, "application/apply-patch+yaml", { ...rest, query });
  }

  #patch(ref: Ref, body: unknown, patchType: ApiRequest["patchType"], { subresource, ...sent }: Sent & { subresource?: string }): Promise<Answer> {
    return this.send("PATCH", this.path(ref, ref.metadata.name, subresource), { body, patchType, ...sent });
  }

  /** A watch of the collection; throws ApiError where it is refused. */
  watch(ref: Ref, sent: Sent = {}): WatchProbe {
    const query = new URLSearchParams(sent.query);
    query.set("watch", "true");
    const parsed = parsePath("GET", this.path(ref), query.toString());
    if (parsed.type !== "resource") throw new Error("no resource request");
    const plan = this.registry.planWatch(this.store.transaction, { ...parsed, user: sent.user ?? ADMIN, userAgent: "test/1.0" });
    return new WatchProbe(this.store, plan);
  }

  kind(apiVersion: string, name: string): Kind {
    const group = apiVersion.includes("/") ? apiVersion.split("/")[0]! : "";
    const found = this.#kinds.find((k) => k.kind === name && k.versions.some((v) => (v.group ?? k.group) === group));
    if (!found) throw new Error(`no kind ${apiVersion} ${name}`);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> { this.world.close(); }
}

export const testApi = async (options: TestApiOptions = {}): Promise<TestApi> => new TestApi(options);

/** The object of a successful answer; fails the test otherwise. */
export function accepted(answer: Answer): KubeObject {
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body as KubeObject;
}
