import { defaultPodTemplate } from "../../pod-spec/defaults.ts";
import type { StatefulSet } from "../../types/apps-v1.generated.ts";

export function defaultStatefulSet(obj: StatefulSet): void {
  const spec = (obj.spec ??= {} as NonNullable<StatefulSet["spec"]>);
  spec.podManagementPolicy ||= "OrderedReady";
  spec.updateStrategy ??= {};
  spec.updateStrategy.type ||= "RollingUpdate";
  if (spec.updateStrategy.type === "RollingUpdate") {
    spec.updateStrategy.rollingUpdate ??= {};
    spec.updateStrategy.rollingUpdate.partition ??= 0;
  }
  const retention = (spec.persistentVolumeClaimRetentionPolicy ??= {});
  retention.whenDeleted ||= "Retain";
  retention.whenScaled ||= "Retain";
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  spec.template ??= {};
  defaultPodTemplate(spec.template);
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion ||= "v1";
    claim.kind ||= "PersistentVolumeClaim";
    (claim.spec ??= {}).volumeMode ||= "Filesystem";
    (claim.status ??= {}).phase ||= "Pending";
  }
  obj.status ??= { replicas: 0 };
  obj.status.replicas ??= 0;
  obj.status.availableReplicas ??= 0;
}
