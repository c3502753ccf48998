import type { SelfSubjectRulesReview } from "../../types/authorization-v1.generated.ts";

export const example = (): SelfSubjectRulesReview => ({
  apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview", metadata: {},
  spec: { namespace: "default" },
});
