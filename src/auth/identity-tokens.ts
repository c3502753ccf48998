import { IDENTITY_CLAIM } from "../kinds/authentication/claims.ts";
import { signToken, type ClusterKeys } from "./keys.ts";

/** Tokens of those who are no service accounts: nodes and administrators. Their groups are in the token itself. */
export interface IdentityToken {
  type: "node" | "admin";
  username: string;
  groups: readonly string[];
  issuer: string;
  days: number;
  nowMs: number;
  /** jti. */
  id: string;
}

export function identityClaims({ type, username, groups, issuer, days, nowMs, id }: IdentityToken): Record<string, unknown> {
  const now = Math.floor(nowMs / 1000);
  return { aud: [issuer], exp: now + Math.floor(days * 86_400), iat: now, iss: issuer, jti: id, nbf: now, sub: username, [IDENTITY_CLAIM]: { type, groups } };
}

/** A bearer token for people: by default a cluster administrator. */
export function adminToken(keys: ClusterKeys, options: { issuer: string; username?: string; groups?: readonly string[]; days?: number; nowMs: number; id?: string }): string {
  const { issuer, username = "kubernetes-admin", groups = ["system:masters"], days = 365, nowMs, id = crypto.randomUUID() } = options;
  return signToken(keys, identityClaims({ type: "admin", username, groups, issuer, days, nowMs, id }));
}
