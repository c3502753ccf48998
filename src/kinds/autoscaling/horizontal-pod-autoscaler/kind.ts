/**
 * autoscaling/v2 HorizontalPodAutoscaler, also served as autoscaling/v1, which knows only the CPU and carries the rest
 * in annotations. Nothing scales by it yet: that takes metrics.
 */
import type { Kind } from "../../kind.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { HorizontalPodAutoscaler } from "../../types/autoscaling-v2.generated.ts";
import { columns } from "./columns.ts";
import { defaultHorizontalPodAutoscaler } from "./defaults.ts";
import { example } from "./example.ts";
import { fromV2, toV2 } from "./v1.ts";
import { validateHorizontalPodAutoscaler, validateHorizontalPodAutoscalerStatus } from "./validate.ts";

export const horizontalPodAutoscaler: Kind<HorizontalPodAutoscaler> = {
  group: "autoscaling", kind: "HorizontalPodAutoscaler", resource: "horizontalpodautoscalers", singular: "horizontalpodautoscaler", shortNames: ["hpa"], categories: ["all"],
  scope: "Namespaced",
  versions: [
    { version: "v2", type: "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler" },
    { version: "v1", type: "io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler", toStorage: toV2, fromStorage: fromV2 },
  ],
  strategy: {
    hasGeneration: false,
    defaults: defaultHorizontalPodAutoscaler,
    prepareForCreate(obj) { obj.status = { currentReplicas: 0, desiredReplicas: 0 }; },
    prepareForUpdate: (obj, old) => restore(obj, old, "status"),
    validate: validateHorizontalPodAutoscaler,
  },
  subresources: { status: statusSubresource({ validateUpdate: validateHorizontalPodAutoscalerStatus }) },
  columns,
  example,
};
