import { createApp } from "../../src/api/app.ts";
import { decodeHeader, LIST_PATH, REQUEST_HEADER, REVISION_HEADER, type ClusterStub } from "../../src/api/cluster-stub.ts";
import type { Environment, TunnelStub } from "../../src/api/environment.ts";
import { createOutbound } from "../../src/api/outbound/transport.ts";
import { openApiDocuments } from "../../src/api/openapi/documents.ts";
import { createRegistry } from "../../src/api/registry/cluster-registry.ts";
import type { ApiRequest, ApiResponse } from "../../src/api/request.ts";
import { TunnelStream } from "../../src/api/streams/tunnel-client.ts";
import type { Outbound } from "../../src/lib/outbound.ts";
import type { Controller } from "../../src/controllers/controller.ts";
import { refusal } from "../../src/durable/answers.ts";
import { warningHeader } from "../../src/api/http/respond.ts";
import { textStream } from "../../src/durable/text-stream.ts";
import { kindsOfSummary, servedKinds } from "../../src/kinds/apiextensions/custom-resource-definition/kind-from-crd.ts";
import { builtinKinds } from "../../src/kinds/index.ts";
import type { CustomResourceDefinition } from "../../src/kinds/types/apiextensions-v1.generated.ts";
import { NodeCluster } from "../contract/node-cluster.ts";

export interface TestServerOptions {
  controllers?: readonly Controller[];
  /** Of every node. Default: none is connected. */
  tunnel?: TunnelStub;
  /** What is called outside of the cluster. Default: through the tunnel. */
  outbound?: Outbound;
}

/**
 * The whole way of a request on Node: the real application, authentication, the real Cluster over node:sqlite. Missing
 * are sockets, which Node has no pair of: what watches stream is tested at the registry and end to end.
 */
export class TestServer implements AsyncDisposable {
  readonly cluster: NodeCluster;
  readonly adminToken: string;
  readonly #env: Environment;
  readonly #app = createApp({
    kinds: builtinKinds, kindsOfDefinition: (definition) => servedKinds(definition as CustomResourceDefinition), kindsOfSummary, openapi: openApiDocuments(),
  });

  constructor({ controllers = [], tunnel, outbound }: TestServerOptions = {}) {
    const throughTunnel = createOutbound({
      routesTo: (destination) => this.cluster.core.routesTo(destination),
      open: (node, open) => TunnelStream.open(this.#env, "test", { node, open }),
      fetch: async () => { throw new Error("there is no public network"); },
      frontProxyCertificate: () => this.cluster.core.identity.frontProxyCertificate(Date.now()),
    });
    this.cluster = new NodeCluster({ controllers, outbound: outbound ?? throughTunnel, createRegistry: (host) => createRegistry(host, { frozen: true }) });
    this.cluster.clock.nowMs = Date.now(); // the Worker verifies tokens by its own clock
    this.adminToken = this.cluster.core.initialize({ id: "test", url: "https://127.0.0.1:6443" }).adminToken;
    const stub = stubOf(this.cluster);
    this.#env = {
      // What an isolate remembers of a cluster must not reach the next test.
      DEFAULT_CLUSTER: `default-${crypto.randomUUID()}`,
      CLUSTER: { getByName: () => stub },
      TUNNEL: { getByName: () => tunnel ?? { fetch: async () => new Response(null, { status: 503 }) } },
    };
  }

  /** As the administrator, unless headers say otherwise. */
  async fetch(path: string, { token = this.adminToken, json, ...init }: Omit<RequestInit, "headers"> & { token?: string; json?: unknown; headers?: Record<string, string> } = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (token) headers.set("authorization", `Bearer ${token}`);
    if (json !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
    const body = json === undefined ? init.body : JSON.stringify(json);
    return await this.#app.fetch(new Request(`https://127.0.0.1:6443${path}`, { ...init, headers, body }), this.#env);
  }

  async [Symbol.asyncDispose](): Promise<void> { this.cluster[Symbol.dispose](); }
}

export const testServer = async (options: TestServerOptions = {}): Promise<TestServer> => new TestServer(options);

/** As src/durable/cluster.ts, without sockets. */
function stubOf(cluster: NodeCluster): ClusterStub {
  return {
    handle: (request) => cluster.core.handle(request),
    resolveStream: async (request) => cluster.core.connect(request),
    authorizePath: (request) => cluster.core.paths.authorize(request),
    servePath: (request) => cluster.core.paths.serve(request),
    auditConfiguration: async () => cluster.core.identity.audit,
    setAuditConfiguration: async (configuration, isAdministrator) => cluster.core.audit.configure(configuration, isAdministrator),
    authentication: async () => cluster.core.identity.authentication(),
    join: async (user, body) => cluster.core.credentials.join(user, body),
    initialize: async (parameters) => cluster.core.initialize(parameters),
    definitionSummaries: async (version) => cluster.core.definitions.summaries(version),
    definition: async (at, version) => cluster.core.definitions.one(at, version),
    definitions: async (query) => cluster.core.definitions.page(query),
    remoteServices: async (version) => cluster.core.aggregation.services(version),
    resolveAggregated: async (asked) => cluster.core.aggregation.resolve(asked),
    remoteServiceFailed: async (name) => cluster.core.aggregation.failed(name),
    statistics: async () => undefined,
    destroy: async () => undefined,
    fetch: async (input, init) => await serve(cluster, new Request(input as string, init)),
  };
}

async function serve({ core }: NodeCluster, request: Request): Promise<Response> {
  const asked = decodeHeader<ApiRequest>(request.headers.get(REQUEST_HEADER)!);
  try {
    if (new URL(request.url).pathname === LIST_PATH) {
      const list = await core.door.stream(asked, (admitted) => core.requests.list(admitted));
      if ("refused" in list) return respond(list.refused);
      const { texts, warnings } = list.opened;
      return new Response(textStream(texts), { headers: { "content-type": "application/json", ...list.headers, ...(warnings.length > 0 && { warning: warnings.map(warningHeader).join(", ") }) } });
    }
    const events = await core.door.stream(asked, (admitted) => core.requests.initialEvents(admitted));
    if ("refused" in events) return respond(events.refused);
    return new Response(textStream(events.opened.texts), { headers: { [REVISION_HEADER]: String(events.opened.revision), ...events.headers } });
  } catch (error) {
    return respond(refusal(error, () => undefined));
  }
}

const respond = ({ status, body, headers }: ApiResponse): Response => new Response(body, { status, headers: { "content-type": "application/json", ...headers } });
