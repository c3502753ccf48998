import { nameColumn } from "../columns.ts";
import type { Column } from "../kind.ts";

/** Roles have no table of their own upstream: the default one tells a time instead of an age. */
export const createdAtColumns: readonly Column[] = [
  nameColumn,
  {
    name: "Created At", type: "date",
    description: "CreationTimestamp is a timestamp representing the server time when this object was created.",
    value: (obj) => obj.metadata.creationTimestamp ?? null,
  },
];
