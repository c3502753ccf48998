import type { SelfSubjectReview } from "../../types/authentication-v1.generated.ts";

export const example = (): SelfSubjectReview => ({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview", metadata: {} });
