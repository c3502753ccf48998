import { selectorText } from "../../apps/selector-text.ts";
import { ageColumn, nameColumn, orNone, since } from "../../columns.ts";
import type { Column } from "../../kind.ts";
import type { CronJob } from "../../types/batch-v1.generated.ts";

const containersOf = (obj: CronJob) => obj.spec.jobTemplate.spec?.template.spec?.containers ?? [];

export const columns: readonly Column<CronJob>[] = [
  nameColumn,
  { name: "Schedule", type: "string", description: "When its jobs start.", value: (obj) => obj.spec.schedule },
  { name: "Timezone", type: "string", description: "By whose clocks.", value: (obj) => orNone(obj.spec.timeZone) },
  { name: "Suspend", type: "boolean", description: "Whether it makes none for now.", value: (obj) => (obj.spec.suspend ? "True" : "False") },
  { name: "Active", type: "integer", description: "Jobs that have not finished.", value: (obj) => obj.status?.active?.length ?? 0 },
  { name: "Last Schedule", type: "string", description: "When the last one was due.", value: (obj, nowMs) => (obj.status?.lastScheduleTime ? since(obj.status.lastScheduleTime, nowMs) : "<none>") },
  ageColumn,
  { name: "Containers", type: "string", priority: 1, description: "Names of the containers in the template.", value: (obj) => containersOf(obj).map((c) => c.name).join(",") },
  { name: "Images", type: "string", priority: 1, description: "Their images.", value: (obj) => containersOf(obj).map((c) => c.image ?? "").join(",") },
  { name: "Selector", type: "string", priority: 1, description: "Which pods belong to it.", value: (obj) => selectorText(obj.spec.jobTemplate.spec?.selector) },
];
