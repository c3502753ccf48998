import { adminToken } from "../../auth/identity-tokens.ts";
import { createClusterKeys, jwks } from "../../auth/keys.ts";
import type { Kind } from "../../kinds/kind.ts";
import { builtinKinds } from "../../kinds/index.ts";
import { createApp } from "../app.ts";
import { decodeHeader, REQUEST_HEADER, type ClusterStub } from "../cluster-stub.ts";
import type { Environment, TunnelStub } from "../environment.ts";
import type { ApiRequest, ApiResponse } from "../request.ts";

/** A Cluster at the RPC boundary: records what the Worker asks and answers what the test says. */
export interface FakeCluster extends ClusterStub {
  requests: ApiRequest[];
  /** What `handle` and lists answer. */
  answer(request: ApiRequest): ApiResponse;
  /** What `fetch` answers to a watch. */
  watch(request: ApiRequest, upgrade: boolean): Response;
  /** Custom resources, as the Kinds that the application makes of them. */
  custom: string[];
}

const keys = createClusterKeys({ nowMs: Date.now() });
const ISSUER = "https://issuer.test";
export const TOKEN = adminToken(keys, { issuer: ISSUER, nowMs: Date.now() });

export function fakeCluster(given: Partial<FakeCluster> = {}): FakeCluster {
  const fake: FakeCluster = {
    requests: [],
    custom: [],
    answer: () => ({ status: 200, body: `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","resourceVersion":"5"}}` }),
    watch: () => new Response("{}", { status: 500 }),
    async handle(request) { fake.requests.push(request); return fake.answer(request); },
    async resolveStream() { return { refused: { status: 404, body: "{}" } }; },
    async authorizePath() { return { headers: {} }; },
    async servePath() { return { status: 200, body: "ok", headers: { "content-type": "text/plain" } }; },
    async auditConfiguration() { return undefined; },
    async setAuditConfiguration() { return { status: 200, body: "{}" }; },
    async definitionSummaries(version) { return version === String(fake.custom.length) ? { version } : { version: String(fake.custom.length), summaries: fake.custom }; },
    async definition({ group, resource }) {
      const definition = fake.custom.find((text) => { const kind = JSON.parse(text) as Kind; return kind.group === group && kind.resource === resource; });
      return definition === undefined ? undefined : { version: String(fake.custom.length), definition };
    },
    async definitions({ group }) { return { definitions: fake.custom.filter((text) => group === undefined || (JSON.parse(text) as Kind).group === group) }; },
    async remoteServices(version) { return version === "0" ? { version } : { version: "0", services: [] }; },
    async resolveAggregated() { return { refused: { status: 503, body: "" }, isUnavailable: true }; },
    async remoteServiceFailed() {},
    async authentication() { return { issuer: ISSUER, jwks: jwks(keys) } as Awaited<ReturnType<ClusterStub["authentication"]>>; },
    async join() { return { status: 200, body: "{}" }; },
    async initialize() { return { adminToken: TOKEN }; },
    async statistics() { return undefined; },
    async destroy() {},
    async fetch(input, init) {
      const headers = new Headers(init?.headers);
      const request = decodeHeader<ApiRequest>(headers.get(REQUEST_HEADER)!);
      fake.requests.push(request);
      if (String(input).endsWith("/internal/watch")) return fake.watch(request, headers.has("upgrade"));
      const { status, body, headers: more } = fake.answer(request);
      return new Response(body, { status, headers: { "content-type": "application/json", ...more } });
    },
    ...given,
  };
  return fake;
}

export interface Served {
  fetch(path: string, init?: RequestInit & { anonymous?: boolean }): Promise<Response>;
  env: Environment;
}

/** The real application before a fake cluster named `default`, which is also reached as `/clusters/default`. */
export function served(cluster: ClusterStub, { kinds = builtinKinds, tunnel, env: more }: { kinds?: readonly Kind[]; tunnel?: TunnelStub; env?: Partial<Environment> } = {}): Served {
  const nowhere = fakeCluster({ authentication: async () => undefined });
  const env: Environment = {
    CLUSTER: { getByName: (name) => (name.startsWith("default") ? cluster : nowhere) },
    TUNNEL: { getByName: () => tunnel ?? { fetch: async () => new Response(null, { status: 503 }) } },
    DEFAULT_CLUSTER: `default-${crypto.randomUUID()}`, // what an isolate remembers of a cluster must not reach the next test
    ...more,
  };
  const app = createApp({
    kinds,
    kindsOfDefinition: (definition) => [definition as unknown as Kind],
    kindsOfSummary: (summary) => [JSON.parse(summary) as Kind],
    openapi: { v3: () => ({ openapi: "3.0.0" }), v3OfPath: () => ({ openapi: "3.0.0" }), v2: () => ({ swagger: "2.0" }) },
  });
  return {
    env,
    async fetch(path, { anonymous, ...init } = {}) {
      const headers = new Headers(init.headers);
      if (!anonymous && !headers.has("authorization")) headers.set("authorization", `Bearer ${TOKEN}`);
      if (init.body && !headers.has("content-type")) headers.set("content-type", "application/json");
      return await app.fetch(new Request(`https://api.test${path}`, { ...init, headers }), env);
    },
  };
}
