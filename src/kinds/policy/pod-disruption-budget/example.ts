import type { PodDisruptionBudget } from "../../types/policy-v1.generated.ts";

export const example = (): PodDisruptionBudget =>
  ({ apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "example" }, spec: { minAvailable: 1, selector: { matchLabels: { app: "example" } } } });
