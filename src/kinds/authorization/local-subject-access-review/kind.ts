/** authorization/v1 LocalSubjectAccessReview: may a user do something in this namespace? */
import type { Kind } from "../../kind.ts";
import type { LocalSubjectAccessReview } from "../../types/authorization-v1.generated.ts";
import { reviewLocally } from "../evaluate.ts";
import { example } from "./example.ts";

export const localSubjectAccessReview: Kind<LocalSubjectAccessReview> = {
  group: "authorization.k8s.io", kind: "LocalSubjectAccessReview", resource: "localsubjectaccessreviews", singular: "localsubjectaccessreview",
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.authorization.v1.LocalSubjectAccessReview" }],
  verbs: ["create"],
  evaluate: reviewLocally,
  example,
};
