import type { Bound } from "../kinds/authentication/claims.ts";
import type { UserInfo, Verb } from "../kinds/kind.ts";

/**
 * One API request as the Worker hands it to the Cluster: parsed, authenticated, its body as JSON text (the Worker has
 * turned YAML and protobuf into JSON). The Cluster authorizes it and runs it.
 */
export interface ApiRequest {
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
}

/** Who asks, and what a bound token says must still exist: the Cluster checks it in the same transaction (checkBound). */
export interface Authenticated extends UserInfo {
  bound?: Bound & {
    /** Not verified yet, and without groups until it is. */
    joinToken?: { id: string; secret: string };
  };
  /** As whom he wants to act; `checkBound` decides and returns that user. */
  impersonate?: import("../auth/impersonation.ts").Impersonation;
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
