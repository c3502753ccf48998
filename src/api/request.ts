import type { Bound } from "../kinds/authentication/claims.ts";
import type { UserInfo, Verb } from "../kinds/kind.ts";

/**
 * One API request as the Worker hands it to the Cluster: parsed, authenticated, its body as JSON text (the Worker has
 * turned YAML and protobuf into JSON). The Cluster authorizes it and runs it.
 */
export interface ApiRequest extends RequestTrace {
  /** As authorized; `patch` carries `patchType`. Non-resource requests do not come here. */
  verb: Verb;
  method: string; // HTTP, for connect subresources
  group: string;
  version: string;
  resource: string;
  subresource?: string;
  /** What follows the subresource: proxy paths. */
  subpath?: string;
  namespace?: string;
  name?: string;
  /** Raw query, without "?". */
  query: string;
  body?: string;
  patchType?: "application/json-patch+json" | "application/merge-patch+json" | "application/strategic-merge-patch+json" | "application/apply-patch+yaml";
  user: Authenticated;
  userAgent: string;
  /** Host and proto under which the client reached us, for URLs in answers. */
  origin?: string;
  /** Where what is to be told the audit log is put, if the request is recorded. */
  auditAnnotations?: Record<string, string>;
}

/** A request for a path that is no resource. */
export interface PathRequest extends RequestTrace {
  /** The method, in lower case. */
  verb: string;
  path: string;
  query: string;
  user: Authenticated;
  userAgent: string;
  auditAnnotations?: Record<string, string>;
  /** With which the Worker is going to answer, if the Cluster lets it. */
  code?: number;
}

/** How the request came, for the audit log; absent for what comes over an agent's socket. Flat, since it is sent along with every request. */
export interface RequestTrace {
  auditId?: string;
  uri?: string;
  /** By whom and through whom, as the header in front of us says it. */
  forwarded?: string;
  /** A watch that was opened and told before, and goes on from where it was. */
  resumed?: true;
}

/** Who asks, and what a bound token says must still exist: the Cluster checks it in the same transaction (checkBound). */
export interface Authenticated extends UserInfo {
  bound?: Bound & {
    /** Not verified yet, and without groups until it is. */
    joinToken?: { id: string; secret: string };
  };
  /** As whom he wants to act; `checkBound` decides and returns that user. */
  impersonate?: import("../auth/impersonation.ts").Impersonation;
  /** By which verb he was allowed to act as whom he is now, where that was a constrained one. */
  impersonationConstraint?: string;
  /** The way in, for the audit log: "service-account", "node", "platform", "oidc", "bootstrap", "anonymous". */
  authenticator: string;
  expiresMs?: number;
}

export interface ApiResponse {
  status: number;
  /** JSON text as it is to be served (an object or a Status). */
  body: string;
  warnings?: string[];
  headers?: Record<string, string>;
}
