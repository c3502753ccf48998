import { ageColumn, nameColumn } from "../../columns.ts";
import type { Column } from "../../kind.ts";
import type { ResourceQuota } from "../../types/core-v1.generated.ts";

const shown = ({ status }: ResourceQuota, limits: boolean): string =>
  Object.keys(status?.hard ?? {}).filter((name) => name.startsWith("limits.") === limits).sort()
    .map((name) => `${name}: ${status?.used?.[name] ?? "0"}/${status?.hard?.[name]}`).join(", ");

export const columns: readonly Column<ResourceQuota>[] = [
  nameColumn,
  { name: "Request", type: "string", description: "Used and allowed amounts of what is requested and counted.", value: (obj) => shown(obj, false) },
  { name: "Limit", type: "string", description: "Used and allowed amounts of what containers are limited to.", value: (obj) => shown(obj, true) },
  ageColumn,
];
