/** authorization/v1 SelfSubjectRulesReview: which rules do I hold in a namespace? */
import type { Kind } from "../../kind.ts";
import type { SelfSubjectRulesReview } from "../../types/authorization-v1.generated.ts";
import { reviewRules } from "../rules.ts";
import { example } from "./example.ts";

export const selfSubjectRulesReview: Kind<SelfSubjectRulesReview> = {
  group: "authorization.k8s.io", kind: "SelfSubjectRulesReview", resource: "selfsubjectrulesreviews", singular: "selfsubjectrulesreview",
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.authorization.v1.SelfSubjectRulesReview" }],
  verbs: ["create"],
  evaluate: reviewRules,
  example,
};
