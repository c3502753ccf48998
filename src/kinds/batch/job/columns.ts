import { templateColumns } from "../../apps/workload-columns.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import type { Column } from "../../kind.ts";
import type { Job } from "../../types/batch-v1.generated.ts";
import { humanDuration } from "../../values/duration.ts";
import { parseTime } from "../../values/time.ts";
import { trueCondition } from "./conditions.ts";

export const columns: readonly Column<Job>[] = [
  nameColumn,
  { name: "Status", type: "string", description: "Where it stands, in one word.", value: statusText },
  { name: "Completions", type: "string", description: "Pods that succeeded, of those wanted.", value: completionsText },
  { name: "Duration", type: "string", description: "How long it has run, or ran.", value: durationText },
  ageColumn,
  ...templateColumns<Job>(),
];

function statusText(obj: Job): string {
  const first = (...types: string[]) => types.find((type) => trueCondition(obj, type));
  return first("Complete", "Failed") ?? (obj.metadata.deletionTimestamp ? "Terminating" : (first("Suspended", "FailureTarget", "SuccessCriteriaMet") ?? "Running"));
}

function completionsText({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions != null) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationText({ status }: Job, nowMs: number): string {
  if (!status?.startTime) return "";
  return humanDuration((status.completionTime ? parseTime(status.completionTime) : nowMs) - parseTime(status.startTime));
}
