import type { Authenticated } from "../api/request.ts";
import { serviceAccountGroups, serviceAccountOf } from "../kinds/authentication/claims.ts";
import { deny } from "../kinds/authorization/denial.ts";
import type { AuthorizationAttributes } from "../kinds/kind.ts";
import type { Reader } from "../kinds/transaction.ts";
import { isDns1123Subdomain } from "../kinds/values/names.ts";
import { badRequest } from "../lib/errors.ts";
import { percentDecoded } from "../lib/percent.ts";
import { authorize } from "./authorizers/authorize.ts";
import { extraFault } from "./impersonated-extra.ts";

/**
 * `kubectl --as`: a user who may `impersonate` others acts as one of them. The Worker reads the headers; the Cluster
 * decides in the transaction of the request (`checkBound`), and from there on the other one is the user. As upstream
 * since v1.36 the constrained modes (KEP-5284) are tried first: they let somebody be another for some requests only.
 */
export interface Impersonation { username: string; uid?: string; groups?: string[]; extra?: Record<string, string[]> }

const EXTRA_PREFIX = "impersonate-extra-";

/** Throws 400 when something but no user is to be impersonated. */
export function impersonationOf(headers: Headers): Impersonation | undefined {
  const username = headers.get("impersonate-user") || undefined;
  const uid = headers.get("impersonate-uid") || undefined;
  const groups = valuesOf(headers.get("impersonate-group"));
  const extra: Record<string, string[]> = {};
  for (const name of headers.keys()) { // without the values: one of them is the token of every request
    if (name.startsWith(EXTRA_PREFIX)) extra[percentDecoded(name.slice(EXTRA_PREFIX.length))] = valuesOf(headers.get(name));
  }
  const hasExtra = Object.keys(extra).length > 0;
  if (username) return { username, ...(uid && { uid }), ...(groups.length > 0 && { groups }), ...(hasExtra && { extra }) };
  if (uid || groups.length > 0 || hasExtra) throw badRequest(`requested ${inGo({ uid, groups, extra })} without impersonating a user name`);
  return undefined;
}

/** Repeated headers reach us joined by commas. */
const valuesOf = (value: string | null): string[] => (value ?? "").split(",").map((part) => part.trim()).filter(Boolean);

/** Upstream's message shows the request as Go prints it. */
function inGo({ uid = "", groups, extra }: { uid?: string | undefined; groups: string[]; extra: Record<string, string[]> }): string {
  const list = (values: readonly string[]) => `{${values.map((value) => JSON.stringify(value)).join(", ")}}`;
  const entries = Object.keys(extra).sort().map((key) => `${JSON.stringify(key)}:[]string${list(extra[key]!)}`);
  return `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:[]string${groups.length > 0 ? list(groups) : "(nil)"}, Extra:map[string][]string${entries.length > 0 ? `{${entries.join(", ")}}` : "(nil)"}}`;
}

/** One way to become another. `fits`: whether it is the one for this user. */
interface Mode { name: string; fits(user: Authenticated, as: Impersonation): boolean }

const onlyUsername = ({ uid, groups = [], extra }: Impersonation): boolean => !uid && groups.length === 0 && !extra;

/** In the order in which they are tried, before the one without constraints. */
const constrainedModes: readonly Mode[] = [
  {
    name: "associated-node",
    fits: (user, as) => onlyUsername(as) && serviceAccountOf(user.username) !== undefined && nodeOf(as.username) !== undefined
      && user.extra?.["authentication.kubernetes.io/node-name"]?.length === 1 && user.extra["authentication.kubernetes.io/node-name"][0] === nodeOf(as.username),
  },
  { name: "arbitrary-node", fits: (_, as) => onlyUsername(as) && nodeOf(as.username) !== undefined },
  { name: "serviceaccount", fits: (_, as) => onlyUsername(as) && serviceAccountOf(as.username) !== undefined },
  { name: "user-info", fits: (_, { username }) => nodeOf(username) === undefined && serviceAccountOf(username) === undefined },
];

/** The impersonated user, or 403 for what was missing in the first mode that fits. Without `attributes` there is nothing to constrain it to. */
export function impersonated(reader: Reader, user: Authenticated, as: Impersonation, attributes?: AuthorizationAttributes): Authenticated {
  let refusal: Error | undefined;
  for (const mode of attributes ? constrainedModes : []) {
    if (!mode.fits(user, as)) continue;
    const verb = `impersonate:${mode.name}`;
    const fault = missing(reader, user, [{ ...attributes!, verb: `impersonate-on:${mode.name}:${attributes!.verb}` }, ...permissionsFor(verb, as)]) ?? refusedIn(user, verb, as);
    if (!fault) return { ...actingAs(user, as, nodeOf(as.username) !== undefined), impersonationConstraint: verb };
    refusal ??= fault;
  }
  const fault = missing(reader, user, legacyPermissionsFor(as));
  if (fault) throw refusal ?? fault;
  return actingAs(user, as, false);
}

function missing(reader: Reader, user: Authenticated, permissions: Iterable<AuthorizationAttributes>): Error | undefined {
  for (const attributes of permissions) {
    const { allowed, reason } = authorize(reader, user, attributes);
    if (!allowed) return deny(user, attributes, reason);
  }
  return undefined;
}

/** What nobody may become in a constrained mode, whatever he is permitted. */
function refusedIn(user: Authenticated, verb: string, { groups = [], extra }: Impersonation): Error | undefined {
  const about = { verb, group: "authentication.k8s.io", version: "v1" };
  if (groups.includes("system:masters")) return deny(user, { ...about, resource: "groups", name: "system:masters" }, "impersonating the system:masters group is not allowed");
  const fault = extra && extraFault(extra);
  return fault === undefined ? undefined : deny(user, { ...about, resource: "userextras" }, fault);
}

function actingAs(user: Authenticated, as: Impersonation, isConstrainedNode: boolean): Authenticated {
  const account = serviceAccountOf(as.username);
  const groups = as.groups ?? (isConstrainedNode ? ["system:nodes"] : account ? serviceAccountGroups(account.namespace) : []);
  const authenticated = as.username === "system:anonymous" || groups.includes("system:unauthenticated") ? "system:unauthenticated" : "system:authenticated";
  return {
    username: as.username, ...(as.uid && { uid: as.uid }), groups: [...new Set([...groups, authenticated])], ...(as.extra && { extra: as.extra }),
    authenticator: user.authenticator, ...(user.expiresMs !== undefined && { expiresMs: user.expiresMs }),
  };
}

const AUTHENTICATION = { group: "authentication.k8s.io", version: "v1" };

function* permissionsFor(verb: string, as: Impersonation): Generator<AuthorizationAttributes> {
  const about = { verb, ...AUTHENTICATION };
  const account = serviceAccountOf(as.username);
  const node = nodeOf(as.username);
  if (account) yield { ...about, resource: "serviceaccounts", ...account };
  // Its own node, whichever that is: the mode has seen to it.
  else if (node !== undefined) yield { ...about, resource: "nodes", name: verb === "impersonate:associated-node" ? "*" : node };
  else yield { ...about, resource: "users", name: as.username };
  yield* furtherPermissions(about, AUTHENTICATION, as);
}

function* legacyPermissionsFor(as: Impersonation): Generator<AuthorizationAttributes> {
  const about = { verb: "impersonate", group: "", version: "v1" };
  const account = serviceAccountOf(as.username);
  yield account ? { ...about, resource: "serviceaccounts", ...account } : { ...about, resource: "users", name: as.username };
  yield* furtherPermissions({ verb: "impersonate", ...AUTHENTICATION }, { group: "", version: "v1" }, as);
}

function* furtherPermissions(about: { verb: string; group: string; version: string }, groupsIn: { group: string; version: string }, as: Impersonation): Generator<AuthorizationAttributes> {
  if (as.uid) yield { ...about, resource: "uids", name: as.uid };
  for (const name of as.groups ?? []) yield { ...about, ...groupsIn, resource: "groups", name };
  for (const [subresource, values] of Object.entries(as.extra ?? {})) {
    for (const name of values) yield { ...about, resource: "userextras", subresource, name };
  }
}

function nodeOf(username: string): string | undefined {
  if (!username.startsWith("system:node:")) return undefined;
  const name = username.slice("system:node:".length);
  return isDns1123Subdomain(name).length === 0 ? name : undefined;
}
