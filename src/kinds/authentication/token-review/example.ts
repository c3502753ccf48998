import type { TokenReview } from "../../types/authentication-v1.generated.ts";

export const example = (): TokenReview => ({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", metadata: {}, spec: { token: "something" } });
