import { badRequest } from "../../lib/errors.ts";
import type { WriteContext } from "../kind.ts";
import { rulesOf } from "../rbac/resolve.ts";
import type { SelfSubjectRulesReview } from "../types/authorization-v1.generated.ts";

/** SelfSubjectRulesReview: the RBAC rules that I hold in a namespace. A node may do more than rules can tell. */
export function reviewRules(obj: SelfSubjectRulesReview, ctx: WriteContext): SelfSubjectRulesReview {
  const namespace = obj.spec?.namespace;
  if (!namespace) throw badRequest("no namespace on request");
  const { rules, errors } = rulesOf(ctx.reader, ctx.user, namespace);
  const isNode = ctx.user.groups.includes("system:nodes") && ctx.user.username.startsWith("system:node:");
  const problems = [...(isNode ? ["node authorizer does not support user rule resolution"] : []), ...errors];
  return {
    apiVersion: obj.apiVersion, kind: obj.kind, metadata: {}, spec: {},
    status: {
      resourceRules: rules.filter(({ rule }) => rule.resources?.length).map(({ rule: { verbs, apiGroups, resources, resourceNames } }) =>
        ({ verbs, ...(apiGroups && { apiGroups }), ...(resources && { resources }), ...(resourceNames && { resourceNames }) })),
      nonResourceRules: rules.filter(({ rule }) => rule.nonResourceURLs?.length).map(({ rule: { verbs, nonResourceURLs } }) => ({ verbs, ...(nonResourceURLs && { nonResourceURLs }) })),
      incomplete: isNode,
      ...(problems.length > 0 && { evaluationError: problems.length === 1 ? problems[0]! : `[${problems.join(", ")}]` }),
    },
  };
}
