import type { UserInfo } from "../kind.ts";

/**
 * Who a token of the cluster stands for. Its signature and times have been verified; here its claims become a user, as
 * upstream names them. A service account's token has the claim `kubernetes.io`; tokens of nodes and administrators carry
 * their groups in the claim `isopod.dev`. Both are written by us alone.
 */
export interface Identity {
  user: UserInfo;
  bound?: Bound;
  authenticator: "service-account" | "node" | "admin";
  /** Those of the token's audiences that were asked for. */
  audiences: string[];
}

/** What must still exist for the token to be worth anything. */
export interface Bound {
  serviceAccount?: { namespace: string; name: string; uid: string };
  pod?: Reference;
  secret?: Reference;
  node?: Reference;
}
interface Reference { name: string; uid: string }

export const KUBERNETES_CLAIM = "kubernetes.io";
export const IDENTITY_CLAIM = "isopod.dev";
const EXTRA = "authentication.kubernetes.io";

/** Undefined: not a token for any of these audiences, or its claims are incomplete. */
export function identityOf(claims: Readonly<Record<string, unknown>>, issuer: string, audiences: readonly string[]): Identity | undefined {
  if (claims.iss !== issuer || typeof claims.sub !== "string") return undefined;
  const held = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
  const shared = audiences.filter((audience) => held.includes(audience));
  if (shared.length === 0) return undefined;
  const identity = claims[KUBERNETES_CLAIM] !== undefined ? serviceAccount(claims) : ownIdentity(claims);
  return identity && { ...identity, audiences: shared };
}

type Claims = Readonly<Record<string, unknown>>;

function serviceAccount(claims: Claims): Omit<Identity, "audiences"> | undefined {
  const { namespace, serviceaccount, pod, secret, node } = claims[KUBERNETES_CLAIM] as Record<string, any>;
  if (typeof namespace !== "string" || !isReference(serviceaccount)) return undefined;
  if (claims.sub !== serviceAccountUsername(namespace, serviceaccount.name)) return undefined;
  const extra: Record<string, string[]> = { ...credentialId(claims) };
  if (pod) Object.assign(extra, reference("pod", pod));
  if (node) Object.assign(extra, reference("node", node));
  return {
    user: {
      username: claims.sub, uid: serviceaccount.uid, groups: [...serviceAccountGroups(namespace), "system:authenticated"],
      ...(Object.keys(extra).length > 0 && { extra }),
    },
    bound: { serviceAccount: { namespace, name: serviceaccount.name, uid: serviceaccount.uid }, ...(pod && { pod }), ...(secret && { secret }), ...(node && { node }) },
    authenticator: "service-account",
  };
}

function ownIdentity(claims: Claims): Omit<Identity, "audiences"> | undefined {
  const own = claims[IDENTITY_CLAIM] as { type?: unknown; groups?: unknown } | undefined;
  if (!own || (own.type !== "node" && own.type !== "admin") || !Array.isArray(own.groups)) return undefined;
  return {
    user: { username: claims.sub as string, groups: [...own.groups.map(String), "system:authenticated"], extra: credentialId(claims) },
    authenticator: own.type,
  };
}

const credentialId = (claims: Claims): Record<string, string[]> =>
  (typeof claims.jti === "string" ? { [`${EXTRA}/credential-id`]: [`JTI=${claims.jti}`] } : {});

/** The node of a pod's token may have had no uid that was known. */
const reference = (what: string, ref: { name: string; uid?: string }): Record<string, string[]> =>
  ({ [`${EXTRA}/${what}-name`]: [ref.name], ...(ref.uid && { [`${EXTRA}/${what}-uid`]: [ref.uid] }) });

const isReference = (value: unknown): value is Reference =>
  typeof value === "object" && value !== null && typeof (value as Reference).name === "string" && typeof (value as Reference).uid === "string";

export const serviceAccountUsername = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`;
export const serviceAccountGroups = (namespace: string): string[] => ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];

export function serviceAccountOf(username: string): { namespace: string; name: string } | undefined {
  const match = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username);
  return match ? { namespace: match[1]!, name: match[2]! } : undefined;
}
