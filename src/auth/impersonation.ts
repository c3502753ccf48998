import type { Authenticated } from "../api/request.ts";
import { serviceAccountGroups } from "../kinds/authentication/claims.ts";
import type { AuthorizationAttributes } from "../kinds/kind.ts";
import type { Reader } from "../kinds/transaction.ts";
import { badRequest } from "../lib/errors.ts";
import { authorize } from "./authorizers/authorize.ts";
import { deny } from "./authorizers/denial.ts";

/**
 * `kubectl --as`: a user who may `impersonate` others acts as one of them. The Worker reads the headers; the Cluster
 * decides in the transaction of the request (`checkBound`), and from there on the other one is the user.
 */
export interface Impersonation { username: string; uid?: string; groups?: string[]; extra?: Record<string, string[]> }

const EXTRA_PREFIX = "impersonate-extra-";

/** Throws 400 when something but no user is to be impersonated. */
export function impersonationOf(headers: Headers): Impersonation | undefined {
  const username = headers.get("impersonate-user") || undefined;
  const uid = headers.get("impersonate-uid") || undefined;
  const groups = valuesOf(headers.get("impersonate-group"));
  const extra: Record<string, string[]> = {};
  headers.forEach((value, name) => {
    if (name.toLowerCase().startsWith(EXTRA_PREFIX)) extra[unescape(name.slice(EXTRA_PREFIX.length)).toLowerCase()] = valuesOf(value);
  });
  const hasExtra = Object.keys(extra).length > 0;
  if (!username) {
    if (uid || groups.length > 0 || hasExtra) throw badRequest("requested impersonation of groups, a uid or extra fields without impersonating a user");
    return undefined;
  }
  return { username, ...(uid && { uid }), ...(groups.length > 0 && { groups }), ...(hasExtra && { extra }) };
}

/** Repeated headers reach us joined by commas. */
const valuesOf = (value: string | null): string[] => (value ?? "").split(",").map((part) => part.trim()).filter(Boolean);

function unescape(text: string): string {
  try { return decodeURIComponent(text); } catch { return text; }
}

/** The impersonated user, or 403 with upstream's words when one of the permissions is missing. */
export function impersonated(reader: Reader, user: Authenticated, as: Impersonation): Authenticated {
  for (const attributes of permissionsFor(as)) {
    const { allowed, reason } = authorize(reader, user, attributes);
    if (!allowed) throw deny(user, attributes, reason);
  }
  const account = serviceAccountOf(as.username);
  const groups = as.groups ?? (account ? serviceAccountGroups(account.namespace) : []);
  const authenticated = as.username === "system:anonymous" || groups.includes("system:unauthenticated") ? "system:unauthenticated" : "system:authenticated";
  return {
    username: as.username, ...(as.uid && { uid: as.uid }), groups: [...new Set([...groups, authenticated])], ...(as.extra && { extra: as.extra }),
    authenticator: user.authenticator, ...(user.expiresMs !== undefined && { expiresMs: user.expiresMs }),
  };
}

function* permissionsFor(as: Impersonation): Generator<AuthorizationAttributes> {
  const verb = "impersonate";
  const account = serviceAccountOf(as.username);
  yield account ? { verb, group: "", version: "v1", resource: "serviceaccounts", ...account } : { verb, group: "", version: "v1", resource: "users", name: as.username };
  for (const name of as.groups ?? []) yield { verb, group: "", version: "v1", resource: "groups", name };
  const authentication = { verb, group: "authentication.k8s.io", version: "v1" };
  for (const [subresource, values] of Object.entries(as.extra ?? {})) {
    for (const name of values) yield { ...authentication, resource: "userextras", subresource, name };
  }
  if (as.uid) yield { ...authentication, resource: "uids", name: as.uid };
}

function serviceAccountOf(username: string): { namespace: string; name: string } | undefined {
  const match = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username);
  return match ? { namespace: match[1]!, name: match[2]! } : undefined;
}
