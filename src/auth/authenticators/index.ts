import type { ClusterAuthentication } from "../../api/cluster-stub.ts";
import type { Authenticated } from "../../api/request.ts";
import { impersonationOf } from "../impersonation.ts";
import { TOKEN_LENGTH_MAX } from "../keys.ts";
import type { Authenticator } from "./authenticator.ts";
import { bearerToken } from "./bearer-token.ts";
import { clusterToken } from "./cluster-token.ts";
import { joinToken } from "./join-token.ts";
import { oidc } from "./oidc.ts";

/** In this order; the first that knows the token decides. */
const AUTHENTICATORS: readonly Authenticator[] = [clusterToken, joinToken, oidc];

/**
 * Who sends a request, told in the Worker from its bearer token and what the cluster publishes about itself. Undefined
 * is a 401: a token was shown and is not good. No token at all is the anonymous user, whom the Cluster's authorizer
 * lets read health and version. The Cluster checks the rest (`checkBound`) in the transaction of the request.
 */
export async function authenticateRequest(request: Request, trust: ClusterAuthentication): Promise<Authenticated | undefined> {
  const user = await authenticate(bearerToken(request.headers), trust);
  const impersonate = user && impersonationOf(request.headers);
  return impersonate ? { ...user, impersonate } : user;
}

export async function authenticate(token: string | undefined, trust: ClusterAuthentication): Promise<Authenticated | undefined> {
  if (token === undefined) return anonymous;
  if (token === "" || token.length > TOKEN_LENGTH_MAX) return undefined;
  for (const authenticator of AUTHENTICATORS) {
    const user = await authenticator.authenticate(token, trust);
    if (user) return user;
  }
  return undefined;
}

export const anonymous: Authenticated = { username: "system:anonymous", groups: ["system:unauthenticated"], authenticator: "anonymous" };
