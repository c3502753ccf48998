import type { LocalSubjectAccessReview } from "../../types/authorization-v1.generated.ts";

export const example = (): LocalSubjectAccessReview => ({
  apiVersion: "authorization.k8s.io/v1", kind: "LocalSubjectAccessReview", metadata: {},
  spec: { user: "someone", resourceAttributes: { verb: "get", resource: "pods", namespace: "default" } },
});
