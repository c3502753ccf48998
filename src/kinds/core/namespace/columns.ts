import type { Column } from "../../kind.ts";
import type { Namespace } from "../../types/core-v1.generated.ts";
import { ageColumn, nameColumn } from "../../columns.ts";

export const columns: readonly Column<Namespace>[] = [
  nameColumn,
  { name: "Status", type: "string", description: "Active or Terminating.", value: (obj) => obj.status?.phase ?? "" },
  ageColumn,
];
