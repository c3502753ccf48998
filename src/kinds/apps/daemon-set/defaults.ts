import { defaultPodTemplate } from "../../pod-spec/defaults.ts";
import type { DaemonSet, DaemonSetStatus } from "../../types/apps-v1.generated.ts";

export const newStatus = (): DaemonSetStatus => ({ currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 });

export function defaultDaemonSet(obj: DaemonSet): void {
  const spec = (obj.spec ??= {} as NonNullable<DaemonSet["spec"]>);
  spec.updateStrategy ??= {};
  spec.updateStrategy.type ||= "RollingUpdate";
  if (spec.updateStrategy.type === "RollingUpdate") {
    const rollingUpdate = (spec.updateStrategy.rollingUpdate ??= {});
    rollingUpdate.maxUnavailable ??= 1;
    rollingUpdate.maxSurge ??= 0;
  }
  spec.revisionHistoryLimit ??= 10;
  spec.template ??= {};
  defaultPodTemplate(spec.template);
  obj.status = { ...newStatus(), ...obj.status };
}
