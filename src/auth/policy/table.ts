import type { PolicyRule, RoleRef, Subject } from "../../kinds/rbac/types.ts";
import { RBAC_GROUP } from "../../kinds/rbac/types.ts";

/**
 * Notation of the default policy. A rule is `verbs : API groups : resources`, with ` : names` where it is limited to
 * names, or `verbs : paths` for paths that are no resources. Words are separated by blanks; `-` is the core group.
 */
export interface PolicyRole {
  name: string;
  namespace?: string;
  /** Its rules also become part of this aggregated role: label rbac.authorization.k8s.io/aggregate-to-… */
  aggregateTo?: string;
  /** It collects the roles that say `aggregateTo` this. */
  aggregates?: string;
  rules: readonly string[];
}

export interface PolicyBinding {
  name: string;
  namespace?: string;
  /** `ClusterRole name` or `Role name`. */
  role: string;
  /** `User name`, `Group name`, `ServiceAccount namespace/name`. */
  subjects: readonly string[];
}

export function parseRule(text: string): PolicyRule {
  const [verbs, second, resources, names] = text.split(" : ").map((part) => part.split(" ").map((word) => (word === "-" ? "" : word)));
  if (!resources) return { verbs: verbs!, nonResourceURLs: second! };
  return { verbs: verbs!, apiGroups: second!, resources, ...(names && { resourceNames: names }) };
}

export function parseSubject(text: string): Subject {
  const [kind, name] = split(text, " ");
  if (kind !== "ServiceAccount") return { kind, apiGroup: RBAC_GROUP, name };
  const [namespace, account] = split(name, "/");
  return { kind, name: account, namespace };
}

export function parseRoleRef(text: string): RoleRef {
  const [kind, name] = split(text, " ");
  return { apiGroup: RBAC_GROUP, kind, name };
}

function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + 1)];
}
