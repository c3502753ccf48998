/** core/v1 ReplicationController: so many pods of one template; what ReplicaSets grew out of. */
import { templateColumns } from "../../apps/workload-columns.ts";
import { workloadWarnings } from "../../apps/workload-template.ts";
import { ageColumn, labelsText, nameColumn } from "../../columns.ts";
import type { Kind } from "../../kind.ts";
import { orphanIndex } from "../../orphan-index.ts";
import { scaleSubresource } from "../../scale-subresource.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { ReplicationController } from "../../types/core-v1.generated.ts";
import { formatLabelSelector, selectorFromLabels } from "../../values/label-selector.ts";
import { defaultReplicationController } from "./defaults.ts";
import { example } from "./example.ts";
import { validateReplicationController, validateReplicationControllerStatus } from "./validate.ts";

const [containers, images] = templateColumns<any>();

export const replicationController: Kind<ReplicationController> = {
  group: "", kind: "ReplicationController", resource: "replicationcontrollers", singular: "replicationcontroller", shortNames: ["rc"], categories: ["all"],
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.core.v1.ReplicationController" }],
  strategy: {
    defaults: defaultReplicationController,
    prepareForCreate(obj) { obj.status = { replicas: 0 }; },
    prepareForUpdate: (obj, old) => restore(obj, old, "status"),
    validate: validateReplicationController,
    warnings: (obj, old) => workloadWarnings(obj as never, old as never),
    defaultPropagation: "Orphan",
  },
  subresources: {
    status: statusSubresource({ validateUpdate: validateReplicationControllerStatus }),
    scale: scaleSubresource((obj) => formatLabelSelector(selectorFromLabels(obj.spec?.selector ?? {}))),
  },
  columns: [
    nameColumn,
    { name: "Desired", type: "integer", description: "Pods wanted.", value: (obj) => obj.spec?.replicas ?? 0 },
    { name: "Current", type: "integer", description: "Pods that exist.", value: (obj) => obj.status?.replicas ?? 0 },
    { name: "Ready", type: "integer", description: "Pods that are ready.", value: (obj) => obj.status?.readyReplicas ?? 0 },
    ageColumn,
    containers!, images!,
    { name: "Selector", type: "string", priority: 1, description: "Which pods belong to it.", value: (obj) => labelsText(obj.spec?.selector) },
  ],
  selectableFields: { "status.replicas": (obj) => String(obj.status?.replicas ?? 0) },
  indexes: orphanIndex,
  example,
};
