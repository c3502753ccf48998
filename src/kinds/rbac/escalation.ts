import { notFound } from "../../lib/errors.ts";
import { deepEqual } from "../../lib/deep-equal.ts";
import type { WriteContext } from "../kind.ts";
import type { KubeObject } from "../object.ts";
import { missingRules, quotedList } from "./covers.ts";
import { rulesOf, rulesOfRole } from "./resolve.ts";
import { RBAC_GROUP, type ClusterRole, type PolicyRule, type Role, type RoleBinding } from "./types.ts";

/**
 * Nobody may grant by RBAC what he does not hold himself, unless he may `escalate` the role or `bind` it. These are
 * `Strategy.authorizeWrite` of the four kinds; the texts are upstream's.
 */
export function refuseRole(role: Role, old: Role | undefined, ctx: WriteContext): string | undefined {
  if (mayEscalate(role, ctx) || (old && onlyGarbageCollectionFieldsDiffer(role, old))) return undefined;
  return escalation(ctx, role.metadata.namespace, role.rules ?? []);
}

export function refuseClusterRole(role: ClusterRole, old: ClusterRole | undefined, ctx: WriteContext): string | undefined {
  const refusal = refuseRole(role, old, ctx);
  if (refusal || !(aggregates(role) || (old && aggregates(old)))) return refusal;
  if (mayEscalate(role, ctx) || (old && onlyGarbageCollectionFieldsDiffer(role, old))) return undefined;
  // An aggregated role can come to hold anything.
  return escalation(ctx, undefined, EVERYTHING) && "must have cluster-admin privileges to use the aggregationRule";
}

export function refuseBinding(binding: RoleBinding, old: RoleBinding | undefined, ctx: WriteContext): string | undefined {
  const { roleRef, metadata: { namespace } } = binding;
  if (old && onlyGarbageCollectionFieldsDiffer(binding, old)) return undefined;
  const resource = roleRef.kind === "ClusterRole" ? "clusterroles" : "roles";
  const bind = { verb: "bind", group: roleRef.apiGroup ?? "", version: "*", resource, name: roleRef.name, namespace };
  if (isSuperuser(ctx) || ctx.authorize(bind).allowed) return undefined;
  // A reference to another kind of role is for validation to refuse; it grants nothing.
  if (roleRef.kind !== "ClusterRole" && (roleRef.kind !== "Role" || !namespace)) return undefined;
  const rules = rulesOfRole(ctx.reader, roleRef, namespace);
  if (!rules) throw notFound({ group: RBAC_GROUP, resource, name: roleRef.name });
  return escalation(ctx, namespace, rules);
}

const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
  { verbs: ["*"], nonResourceURLs: ["*"] },
];

const aggregates = (role: ClusterRole): boolean => (role.aggregationRule?.clusterRoleSelectors?.length ?? 0) > 0;

const isSuperuser = (ctx: WriteContext): boolean => ctx.user.groups.includes("system:masters");

function mayEscalate(role: Role, ctx: WriteContext): boolean {
  if (isSuperuser(ctx)) return true;
  const { name, namespace } = role.metadata;
  return ctx.authorize({ verb: "escalate", group: RBAC_GROUP, version: "*", resource: ctx.kind.resource, name, namespace }).allowed;
}

function escalation(ctx: WriteContext, namespace: string | undefined, wanted: readonly PolicyRule[]): string | undefined {
  const held = rulesOf(ctx.reader, ctx.user, namespace);
  const missing = missingRules(held.rules.map(({ rule }) => rule), wanted);
  if (missing?.length === 0) return undefined;
  const who = `user ${JSON.stringify(ctx.user.username)} (groups=${quotedList(ctx.user.groups)})`;
  const errors = held.errors.length > 0 ? `; resolution errors: [${held.errors.join(", ")}]` : "";
  return `${who} is attempting to grant RBAC permissions not currently held:\n${missing?.join("\n") ?? "(too many rules to compare)"}${errors}`;
}

function onlyGarbageCollectionFieldsDiffer(obj: KubeObject, old: KubeObject): boolean {
  const without = ({ metadata: { ownerReferences: _o, finalizers: _f, managedFields: _m, ...metadata }, ...rest }: KubeObject) => ({ ...rest, metadata });
  return deepEqual(without(obj), without(old));
}
