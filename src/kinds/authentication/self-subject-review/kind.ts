/** authentication/v1 SelfSubjectReview: who am I? (`kubectl auth whoami`) */
import type { Kind } from "../../kind.ts";
import type { SelfSubjectReview } from "../../types/authentication-v1.generated.ts";
import { formatTime } from "../../values/time.ts";
import { example } from "./example.ts";

export const selfSubjectReview: Kind<SelfSubjectReview> = {
  group: "authentication.k8s.io", kind: "SelfSubjectReview", resource: "selfsubjectreviews", singular: "selfsubjectreview",
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.authentication.v1.SelfSubjectReview" }],
  verbs: ["create"],
  evaluate: (obj, { user: { username, uid, groups, extra }, nowMs }) => ({
    apiVersion: obj.apiVersion, kind: obj.kind, metadata: { creationTimestamp: formatTime(nowMs) },
    status: {
      userInfo: {
        username, ...(uid && { uid }), groups: [...groups],
        ...(extra && Object.keys(extra).length > 0 && { extra: structuredClone(extra) as Record<string, string[]> }),
      },
    },
  }),
  example,
};
