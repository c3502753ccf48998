import { ageColumn, nameColumn } from "../../columns.ts";
import type { Column } from "../../kind.ts";
import type { StatefulSet } from "../../types/apps-v1.generated.ts";
import { templateColumns } from "../workload-columns.ts";

export const columns: readonly Column<StatefulSet>[] = [
  nameColumn,
  { name: "Ready", type: "string", description: "Ready pods of those wanted.", value: (obj) => `${obj.status?.readyReplicas ?? 0}/${obj.spec?.replicas ?? 0}` },
  ageColumn,
  ...templateColumns<StatefulSet>().slice(0, 2),
];
