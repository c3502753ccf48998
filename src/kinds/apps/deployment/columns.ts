import type { Column } from "../../kind.ts";
import type { Deployment } from "../../types/apps-v1.generated.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import { templateColumns } from "../workload-columns.ts";

export const columns: readonly Column<Deployment>[] = [
  nameColumn,
  { name: "Ready", type: "string", description: "Ready pods of those wanted.", value: (obj) => `${obj.status?.readyReplicas ?? 0}/${obj.spec?.replicas ?? 0}` },
  { name: "Up-to-date", type: "string", description: "Pods made from the present template.", value: (obj) => obj.status?.updatedReplicas ?? 0 },
  { name: "Available", type: "string", description: "Pods that have been ready for minReadySeconds.", value: (obj) => obj.status?.availableReplicas ?? 0 },
  ageColumn,
  ...templateColumns<Deployment>(),
];
