/** authorization/v1 SubjectAccessReview: may a user do something? */
import type { Kind } from "../../kind.ts";
import type { SubjectAccessReview } from "../../types/authorization-v1.generated.ts";
import { reviewSubject } from "../evaluate.ts";
import { example } from "./example.ts";

export const subjectAccessReview: Kind<SubjectAccessReview> = {
  group: "authorization.k8s.io", kind: "SubjectAccessReview", resource: "subjectaccessreviews", singular: "subjectaccessreview",
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.authorization.v1.SubjectAccessReview" }],
  verbs: ["create"],
  evaluate: reviewSubject,
  example,
};
