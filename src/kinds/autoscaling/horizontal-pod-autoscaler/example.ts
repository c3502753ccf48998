import type { HorizontalPodAutoscaler } from "../../types/autoscaling-v2.generated.ts";

export const example = (): HorizontalPodAutoscaler => ({
  apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata: { name: "example" },
  spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "example" }, maxReplicas: 3 },
});
