import { ageColumn, nameColumn } from "../../columns.ts";
import type { Column } from "../../kind.ts";
import type { Secret } from "../../types/core-v1.generated.ts";

export const columns: readonly Column<Secret>[] = [
  nameColumn,
  { name: "Type", type: "string", description: "Used to facilitate programmatic handling of secret data.", value: (obj) => obj.type ?? "" },
  { name: "Data", type: "string", description: "Data contains the secret data.", value: (obj) => Object.keys(obj.data ?? {}).length },
  ageColumn,
];
