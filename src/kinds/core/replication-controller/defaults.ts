import { defaultPodTemplate } from "../../pod-spec/defaults.ts";
import type { ReplicationController } from "../../types/core-v1.generated.ts";

/** Selector and labels are the template's labels where nothing else is said. */
export function defaultReplicationController(obj: ReplicationController): void {
  const spec = (obj.spec ??= {});
  const labels = spec.template?.metadata?.labels;
  if (labels) {
    if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
    if (Object.keys(obj.metadata.labels ?? {}).length === 0 && Object.keys(labels).length > 0) obj.metadata.labels = { ...labels };
  }
  spec.replicas ??= 1;
  if (spec.template) defaultPodTemplate(spec.template);
  obj.status ??= { replicas: 0 };
  obj.status.replicas ??= 0;
}
