/** apps/v1 ReplicaSet: so many pods of one template. */
import type { Kind } from "../../kind.ts";
import type { ReplicaSet } from "../../types/apps-v1.generated.ts";
import { orphanIndex } from "../../orphan-index.ts";
import { scaleSubresource } from "../../scale-subresource.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import { serializedSelector } from "../selector-text.ts";
import { workloadWarnings } from "../workload-template.ts";
import { columns } from "./columns.ts";
import { defaultReplicaSet } from "./defaults.ts";
import { example } from "./example.ts";
import { validateReplicaSet, validateReplicaSetStatus, validateReplicaSetUpdate } from "./validate.ts";

export const replicaSet: Kind<ReplicaSet> = {
  group: "apps", kind: "ReplicaSet", resource: "replicasets", singular: "replicaset", shortNames: ["rs"], categories: ["all"],
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.apps.v1.ReplicaSet" }],
  strategy: {
    defaults: defaultReplicaSet,
    prepareForCreate(obj) { obj.status = { replicas: 0 }; },
    prepareForUpdate: (obj, old) => restore(obj, old, "status"),
    validate: validateReplicaSet,
    validateUpdate: validateReplicaSetUpdate,
    warnings: workloadWarnings,
  },
  subresources: {
    status: statusSubresource({ validateUpdate: validateReplicaSetStatus }),
    scale: scaleSubresource((obj) => serializedSelector(obj.spec?.selector)),
  },
  columns,
  selectableFields: { "status.replicas": (obj) => String(obj.status?.replicas ?? 0) },
  indexes: orphanIndex,
  example,
};
