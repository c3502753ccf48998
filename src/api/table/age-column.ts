import type { Column } from "../../kinds/kind.ts";
import { humanDuration } from "../../kinds/values/duration.ts";

/** What kubectl shows of a kind that declares no columns. */
export const defaultColumns: readonly Column[] = [
  { name: "Name", type: "string", format: "name", description: "Name must be unique within a namespace.", value: (obj) => obj.metadata.name ?? "" },
  { name: "Age", type: "string", description: "CreationTimestamp is a timestamp representing the server time when this object was created.", value: (obj, nowMs) => age(obj.metadata.creationTimestamp, nowMs) },
];

function age(creationTimestamp: string | undefined, nowMs: number): string {
  const createdMs = Date.parse(creationTimestamp ?? "");
  return Number.isNaN(createdMs) ? "<unknown>" : humanDuration(nowMs - createdMs);
}
