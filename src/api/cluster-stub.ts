import type { StreamTarget } from "../kinds/kind.ts";
import type { AggregatedAnswer, AggregatedRequest, RemoteService } from "./aggregation/aggregation.ts";
import type { ApiRequest, ApiResponse, Authenticated, PathRequest } from "./request.ts";

/**
 * The Cluster object as the Worker sees it. Everything that crosses is data: refusals come as an ApiResponse with a
 * Status and never as a thrown error, since an error loses its fields on the way. A cluster that was not created (or is
 * destroyed) answers `undefined` to `authentication` and writes nothing.
 *
 * `fetch` serves what cannot be one answer:
 *   GET /internal/list                  the list as a stream of JSON text; a refusal is its code with a Status body
 *   GET /internal/watch                 initial events of the WatchPlan, one WatchEvent's text a line (the bookmark that
 *                                       ends them included), as a stream with back pressure, then the end of the body
 *   GET /internal/watch (Upgrade)       events after `resourceVersion` of the query, and never initial events. A message is one or
 *                                       more WatchEvent texts separated by "\n", as text or as UTF-8 bytes. The server
 *                                       closes with 1000 when the watch is over (after an ERROR event, if there is a
 *                                       reason); any other end means "open again from your cursor"
 *   GET /internal/socket (Upgrade)      an agent's API socket
 * The first three carry REQUEST_HEADER, the last USER_HEADER. Both watch answers carry REVISION_HEADER: the revision up to
 * which the watcher has seen everything once the initial events are through, or from which the socket starts.
 */
export interface ClusterStub {
  /** get, create, update, patch, delete, deletecollection, actions, reviews. */
  handle(request: ApiRequest): Promise<ApiResponse>;
  /** Authorizes and resolves a connect subresource. (Stubs have a `connect` of their own, for TCP.) */
  resolveStream(request: ApiRequest): Promise<{ target: StreamTarget } | { refused: ApiResponse }>;
  /** For paths that the Worker serves. `headers` are for its answer. */
  authorizePath(request: PathRequest): Promise<PathPermission>;
  /** For paths that the Cluster serves itself: metrics, health, debug tables. Authorizes. */
  servePath(request: PathRequest): Promise<ApiResponse>;
  /** Undefined: there is none. Throws nothing; a configuration that is wrong is refused with its Status. */
  auditConfiguration(): Promise<object | undefined>;
  setAuditConfiguration(configuration: unknown, isAdministrator: boolean): Promise<ApiResponse>;
  /** What there is of CustomResourceDefinitions, without their schemas, unless the caller has this version of it. */
  definitionSummaries(knownVersion?: string): Promise<{ version: string; summaries?: string[] }>;
  /** The definition of one custom resource without its schemas, unless the caller has this version. Undefined: there is none. */
  definition(at: { group: string; resource: string }, knownVersion?: string): Promise<{ version: string; definition?: string } | undefined>;
  /** JSON texts of the established definitions, page by page. */
  definitions(query: DefinitionQuery): Promise<DefinitionPage>;
  /** Extension API servers, unless the caller has this version of them. */
  remoteServices(knownVersion?: string): Promise<{ version: string; services?: RemoteService[] }>;
  /** Authorizes a request for one of them, and says how it is reached. */
  resolveAggregated(asked: AggregatedRequest): Promise<AggregatedAnswer>;
  /** It could not be reached, whatever its condition says. */
  remoteServiceFailed(name: string): Promise<void>;
  /** What tokens are verified with; JSON-like. Undefined: no such cluster. */
  authentication(): Promise<ClusterAuthentication | undefined>;
  /** An agent with a join token (already authenticated as `user`) asks for a node identity. */
  join(user: Authenticated, body: string): Promise<ApiResponse>;
  /** Makes the cluster. The same parameters again change nothing. */
  initialize(parameters: ClusterParameters): Promise<ClusterCredentials>;
  /** What the cluster costs; wakes it. Undefined: no such cluster. */
  statistics(): Promise<ClusterStatistics | undefined>;
  /** Deletes everything that the object stores. */
  destroy(): Promise<void>;
  fetch(input: string | Request, init?: RequestInit): Promise<Response>;
}

/** `after`: the `next` of the page before. */
export interface DefinitionQuery { group?: string; after?: string }
export interface DefinitionPage { definitions: string[]; next?: string }
export type PathPermission = { refused: ApiResponse } | { headers: Record<string, string> };

export interface ClusterParameters {
  id: string;
  /** Under which clients reach the cluster, path included: issuer of its tokens and server of its kubeconfig. */
  url: string;
  /** Ranges of Services' addresses, fixed for good: one, or one of each family. Default: 10.96.0.0/16. */
  serviceCidrs?: readonly [string, ...string[]];
  /** Ports that Services may have on nodes, both ends included, fixed for good. Default: 30000 to 32767. */
  nodePortRange?: readonly [number, number];
}

export interface ClusterStatistics {
  revision: number;
  compactedRevision: number;
  /** Since the object woke, index rows included. */
  rowsWritten: number;
  queueLength: number;
  watchers: number;
  databaseBytes: number;
  /** When the object last woke: anew after each eviction. */
  wokenMs: number;
}

export interface ClusterCredentials {
  /** Bearer token of a cluster administrator (system:masters). */
  adminToken: string;
}

export interface ClusterAuthentication {
  issuer: string;
  /** JSON Web Key Set of the cluster's own keys, as served at /openid/v1/jwks. */
  jwks: { keys: JsonWebKey[] };
  /** Foreign issuers whose tokens are taken too (src/auth/authenticators/oidc.ts). */
  oidc?: import("../auth/authenticators/oidc.ts").OidcIssuer[];
}

export const INTERNAL_ORIGIN = "https://cluster";
export const LIST_PATH = "/internal/list";
export const WATCH_PATH = "/internal/watch";
export const SOCKET_INTERNAL_PATH = "/internal/socket";
/** base64url of the ApiRequest's JSON. */
export const REQUEST_HEADER = "x-isopod-request";
/** base64url of the Authenticated's JSON. */
export const USER_HEADER = "x-isopod-user";
export const REVISION_HEADER = "x-isopod-revision";

export function encodeHeader(value: ApiRequest | Authenticated): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Only for headers that our own Worker wrote. */
export function decodeHeader<T extends ApiRequest | Authenticated>(text: string): T {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0)))) as T;
}
