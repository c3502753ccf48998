import type { Column } from "../../kind.ts";
import type { ConfigMap } from "../../types/core-v1.generated.ts";
import { ageColumn, nameColumn } from "../../columns.ts";

export const columns: readonly Column<ConfigMap>[] = [
  nameColumn,
  {
    name: "Data", type: "string", description: "How many keys it has, text and binary.",
    value: (obj) => Object.keys(obj.data ?? {}).length + Object.keys(obj.binaryData ?? {}).length,
  },
  ageColumn,
];
