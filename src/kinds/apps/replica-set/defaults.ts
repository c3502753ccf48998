import { defaultPodTemplate } from "../../pod-spec/defaults.ts";
import type { ReplicaSet } from "../../types/apps-v1.generated.ts";

export function defaultReplicaSet(obj: ReplicaSet): void {
  const spec = (obj.spec ??= {} as NonNullable<ReplicaSet["spec"]>);
  spec.replicas ??= 1;
  spec.template ??= {};
  defaultPodTemplate(spec.template);
  obj.status ??= { replicas: 0 };
  obj.status.replicas ??= 0;
}
