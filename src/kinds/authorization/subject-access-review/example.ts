import type { SubjectAccessReview } from "../../types/authorization-v1.generated.ts";

export const example = (): SubjectAccessReview => ({
  apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", metadata: {},
  spec: { user: "someone", resourceAttributes: { verb: "get", resource: "pods", namespace: "default" } },
});
