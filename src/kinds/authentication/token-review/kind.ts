/** authentication/v1 TokenReview: whose token is this? Also used by kubectl plugins and by servers inside the cluster. */
import type { Kind } from "../../kind.ts";
import type { TokenReview } from "../../types/authentication-v1.generated.ts";
import { reviewToken } from "./evaluate.ts";
import { example } from "./example.ts";

export const tokenReview: Kind<TokenReview> = {
  group: "authentication.k8s.io", kind: "TokenReview", resource: "tokenreviews", singular: "tokenreview",
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.authentication.v1.TokenReview" }],
  verbs: ["create"],
  evaluate: reviewToken,
  example,
};
