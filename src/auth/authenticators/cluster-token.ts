import { createLocalJWKSet, jwtVerify, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import type { ClusterAuthentication } from "../../api/cluster-stub.ts";
import type { Authenticated } from "../../api/request.ts";
import { identityOf } from "../../kinds/authentication/claims.ts";
import type { Authenticator } from "./authenticator.ts";

/**
 * JWTs that the cluster signed: of service accounts, nodes and administrators. A token that was good is remembered until
 * it expires, since what can be revoked about it is checked in the Cluster.
 */
export const clusterToken: Authenticator = {
  name: "cluster-token",
  async authenticate(token, trust) {
    const { verified, getKey } = memoryOf(trust);
    const known = verified.get(token);
    if (known) {
      if ((known.expiresMs ?? 0) > Date.now()) return known;
      verified.delete(token);
    }
    if (token.split(".").length !== 3) return undefined;
    const user = await verify(token, trust, getKey);
    if (user) {
      if (verified.size >= TOKENS_MAX) verified.clear();
      verified.set(token, user);
    }
    return user;
  },
};

async function verify(token: string, trust: ClusterAuthentication, getKey: JWTVerifyGetKey): Promise<Authenticated | undefined> {
  try {
    const { payload } = await jwtVerify(token, getKey, { algorithms: ["ES256"], issuer: trust.issuer, audience: trust.issuer, requiredClaims: ["exp", "sub"] });
    const identity = identityOf(payload, trust.issuer, [trust.issuer]);
    if (!identity) return undefined;
    const { user, bound, authenticator } = identity;
    return { ...user, ...(bound && { bound }), authenticator, expiresMs: payload.exp! * 1000 };
  } catch {
    return undefined;
  }
}

const TOKENS_MAX = 2_000;
const CLUSTERS_MAX = 1_000;
interface Memory { verified: Map<string, Authenticated>; getKey: JWTVerifyGetKey }

/** By issuer and keys, so that a token is never remembered for another cluster. */
const memories = new Map<string, Memory>();

function memoryOf(trust: ClusterAuthentication): Memory {
  const key = JSON.stringify([trust.issuer, trust.jwks.keys]);
  let memory = memories.get(key);
  if (!memory) {
    if (memories.size >= CLUSTERS_MAX) memories.clear();
    memories.set(key, memory = { verified: new Map(), getKey: createLocalJWKSet(trust.jwks as JSONWebKeySet) });
  }
  return memory;
}
