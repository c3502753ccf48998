/** authorization/v1 SelfSubjectAccessReview: may I do something? */
import type { Kind } from "../../kind.ts";
import type { SelfSubjectAccessReview } from "../../types/authorization-v1.generated.ts";
import { reviewSelf } from "../evaluate.ts";
import { example } from "./example.ts";

export const selfSubjectAccessReview: Kind<SelfSubjectAccessReview> = {
  group: "authorization.k8s.io", kind: "SelfSubjectAccessReview", resource: "selfsubjectaccessreviews", singular: "selfsubjectaccessreview",
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.authorization.v1.SelfSubjectAccessReview" }],
  verbs: ["create"],
  evaluate: reviewSelf,
  example,
};
