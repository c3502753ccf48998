import { badRequest } from "../../../lib/errors.ts";
import type { WriteContext } from "../../kind.ts";
import type { TokenReview, TokenReviewStatus } from "../../types/authentication-v1.generated.ts";
import { isAlive } from "../bound.ts";
import { identityOf } from "../claims.ts";

/** Knows the tokens that the cluster signed itself: those of foreign issuers are verified outside of it. */
export function reviewToken(obj: TokenReview, ctx: WriteContext): TokenReview {
  if (!obj.spec?.token) throw badRequest("token is required for TokenReview in authentication");
  return { ...obj, status: statusOf(obj.spec.token, obj.spec.audiences ?? [], ctx) };
}

function statusOf(token: string, wanted: readonly string[], ctx: WriteContext): TokenReviewStatus {
  const refused = (error: string): TokenReviewStatus => ({ user: {}, error });
  const claims = ctx.cluster.verifyToken(token);
  if (!claims) return refused("invalid bearer token");
  const { issuer } = ctx.cluster;
  const identity = identityOf(claims, issuer, wanted.length > 0 ? wanted : [issuer]);
  if (!identity) return refused(`[invalid bearer token, token audiences ${goList(claims.aud)} is invalid for the target audiences ${goList(wanted.length > 0 ? wanted : [issuer])}]`);
  if (identity.bound && !isAlive(ctx.reader, identity.bound)) return refused("[invalid bearer token, service account token has been invalidated]");
  const { username, uid, groups, extra } = identity.user;
  return {
    authenticated: true,
    user: { username, ...(uid && { uid }), groups: [...groups], ...(extra && Object.keys(extra).length > 0 && { extra: structuredClone(extra) as Record<string, string[]> }) },
    audiences: identity.audiences,
  };
}

const goList = (list: unknown): string => `[${(Array.isArray(list) ? list : [list]).map((text) => JSON.stringify(text)).join(" ")}]`;
