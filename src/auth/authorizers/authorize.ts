import type { AuthorizationAttributes, UserInfo } from "../../kinds/kind.ts";
import { rulesOf } from "../../kinds/rbac/resolve.ts";
import type { PolicyRule } from "../../kinds/rbac/types.ts";
import type { Reader } from "../../kinds/transaction.ts";
import type { Authorizer } from "./authorizer.ts";
import { node } from "./node.ts";
import { rbac } from "./rbac.ts";
import { superuser } from "./superuser.ts";

/** In this order; the first that allows decides. */
export const AUTHORIZERS: readonly Authorizer[] = [superuser, node, rbac];

/**
 * Whether a user may do something. Runs in the Cluster, inside the transaction of the request. What is remembered
 * between requests hangs on `reader.scope` (see kinds/rbac/resolve.ts). `reason` is what upstream tells: who allowed it,
 * or what is to be added to the refusal (may be empty).
 */
export function authorize(reader: Reader, user: UserInfo, attributes: AuthorizationAttributes): { allowed: boolean; reason: string } {
  const reasons: string[] = [];
  for (const authorizer of AUTHORIZERS) {
    const { allowed, reason } = authorizer.authorize(reader, user, attributes);
    if (allowed) return { allowed, reason: reason ?? "" };
    if (reason) reasons.push(reason);
  }
  return { allowed: false, reason: reasons.join("\n") };
}

/** RBAC rules of a user in a namespace. What nodes and system:masters may do beyond them is not listed, as upstream. */
export function rulesFor(reader: Reader, user: UserInfo, namespace: string | undefined): { rules: PolicyRule[]; incomplete: boolean; errors: readonly string[] } {
  const { rules, errors } = rulesOf(reader, user, namespace);
  return { rules: rules.map((held) => held.rule), incomplete: errors.length > 0, errors };
}
