import type { SelfSubjectAccessReview } from "../../types/authorization-v1.generated.ts";

export const example = (): SelfSubjectAccessReview => ({
  apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", metadata: {},
  spec: { resourceAttributes: { verb: "get", resource: "pods", namespace: "default" } },
});
