import { defaultPodTemplate } from "../../pod-spec/defaults.ts";
import type { Deployment } from "../../types/apps-v1.generated.ts";

export function defaultDeployment(obj: Deployment): void {
  const spec = (obj.spec ??= {} as NonNullable<Deployment["spec"]>);
  spec.replicas ??= 1;
  spec.strategy ??= {};
  spec.strategy.type ||= "RollingUpdate";
  if (spec.strategy.type === "RollingUpdate") {
    spec.strategy.rollingUpdate ??= {};
    spec.strategy.rollingUpdate.maxUnavailable ??= "25%";
    spec.strategy.rollingUpdate.maxSurge ??= "25%";
  }
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  spec.template ??= {};
  defaultPodTemplate(spec.template);
  obj.status ??= {};
}
