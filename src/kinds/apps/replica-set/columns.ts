import type { Column } from "../../kind.ts";
import type { ReplicaSet } from "../../types/apps-v1.generated.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import { templateColumns } from "../workload-columns.ts";

export const columns: readonly Column<ReplicaSet>[] = [
  nameColumn,
  { name: "Desired", type: "integer", description: "Pods wanted.", value: (obj) => obj.spec?.replicas ?? 0 },
  { name: "Current", type: "integer", description: "Pods that exist.", value: (obj) => obj.status?.replicas ?? 0 },
  { name: "Ready", type: "integer", description: "Pods that are ready.", value: (obj) => obj.status?.readyReplicas ?? 0 },
  ageColumn,
  ...templateColumns<ReplicaSet>(),
];
