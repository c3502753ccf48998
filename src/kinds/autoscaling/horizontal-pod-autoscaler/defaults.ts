import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, HPAScalingRules } from "../../types/autoscaling-v2.generated.ts";

const CPU_PERCENT = 80;

export function defaultHorizontalPodAutoscaler(obj: HorizontalPodAutoscaler): void {
  const spec = (obj.spec ??= {} as HorizontalPodAutoscalerSpec);
  spec.scaleTargetRef ??= { kind: "", name: "" };
  spec.minReplicas ??= 1;
  if (!spec.metrics?.length) spec.metrics = [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: CPU_PERCENT } } }];
  if (spec.behavior) {
    spec.behavior.scaleUp = rules(spec.behavior.scaleUp, {
      stabilizationWindowSeconds: 0, policies: [{ type: "Pods", value: 4, periodSeconds: 15 }, { type: "Percent", value: 100, periodSeconds: 15 }],
    });
    spec.behavior.scaleDown = rules(spec.behavior.scaleDown, { policies: [{ type: "Percent", value: 100, periodSeconds: 15 }] });
  }
  obj.status ??= { desiredReplicas: 0 };
  obj.status.currentReplicas ??= 0;
  obj.status.desiredReplicas ??= 0;
}

const rules = (given: HPAScalingRules = {}, defaults: HPAScalingRules): HPAScalingRules =>
  ({ selectPolicy: "Max", ...defaults, ...given, policies: given.policies ?? defaults.policies ?? [] });
