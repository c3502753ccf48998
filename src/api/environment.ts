import type { Kind } from "../kinds/kind.ts";
import type { KubeObject } from "../kinds/object.ts";
import type { ClusterStub } from "./cluster-stub.ts";

/** Bindings of the Worker: wrangler.toml in production, the launcher's generated configuration locally. */
export interface Environment {
  CLUSTER: { getByName(name: string): ClusterStub };
  /** One object per node: named `<cluster>/<node>`. */
  TUNNEL: { getByName(name: string): TunnelStub };
  /** Serves paths that carry neither `/clusters/<id>` nor a cluster's host name. */
  DEFAULT_CLUSTER?: string;
  /** Clusters are also reached as `<id>.<CLUSTER_DOMAIN>`. */
  CLUSTER_DOMAIN?: string;
  /** The public address of the installation, for URLs in kubeconfigs: `https://api.example.org`. */
  PUBLIC_ORIGIN?: string;
  /** PEM of the authority that signed the serving certificate, if it is not a public one. */
  SERVER_CA?: string;
  /** The directory: libSQL over HTTP; through DIRECTORY if it is bound (a Unix socket locally). */
  LIBSQL_URL?: string;
  LIBSQL_AUTH_TOKEN?: string;
  DIRECTORY?: { fetch(input: string | Request, init?: RequestInit): Promise<Response> };
  /** Bearer token that may make organizations and their first keys. */
  PLATFORM_ADMIN_TOKEN?: string;
  /** The launcher of a local installation, where it was told of an audit log or webhook. */
  AUDIT?: { fetch(input: string | Request, init?: RequestInit): Promise<Response> };
  /** Static files: agent.mjs. */
  ASSETS?: { fetch(input: string | Request, init?: RequestInit): Promise<Response> };
}

export interface TunnelStub {
  fetch(input: string | Request, init?: RequestInit): Promise<Response>;
}

/** What the HTTP side uses of the rest of the program; `worker.ts` puts it together. */
export interface Parts {
  /** Built-in kinds in the order in which discovery lists them. */
  kinds: readonly Kind[];
  /** A CustomResourceDefinition as a Kind for each of its served versions. */
  kindsOfDefinition(definition: KubeObject): readonly Kind[];
  /** The same as far as the definition's summary goes; none if it is not established. */
  kindsOfSummary(summary: string): readonly Kind[];
  openapi: OpenApiDocuments;
}

export interface OpenApiDocuments {
  v3(kinds: readonly Kind[], group: string, version: string): object;
  /** Of what is no group version: `apis/apps`, `version`. */
  v3OfPath(path: string): object;
  /** `briefly`: custom kinds of which only the names are shown. */
  v2(kinds: readonly Kind[], briefly?: readonly Kind[]): object;
  v2Protobuf?(document: object): Uint8Array;
}
