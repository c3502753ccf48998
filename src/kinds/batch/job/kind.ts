/** batch/v1 Job: pods that run to their end, as often as is asked for. */
import { workloadWarnings } from "../../apps/workload-template.ts";
import type { Kind } from "../../kind.ts";
import { orphanIndex } from "../../orphan-index.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { Job } from "../../types/batch-v1.generated.ts";
import { columns } from "./columns.ts";
import { defaultJob } from "./defaults.ts";
import { example } from "./example.ts";
import { generateSelector } from "./generated-selector.ts";
import { validateJobUpdate } from "./validate-update.ts";
import { validateJobStatus } from "./validate-status.ts";
import { validateJob } from "./validate.ts";

export const job: Kind<Job> = {
  group: "batch", kind: "Job", resource: "jobs", singular: "job", categories: ["all"],
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.batch.v1.Job" }],
  strategy: {
    defaults: defaultJob,
    prepareForCreate(obj) {
      obj.status = {};
      if (!obj.spec?.manualSelector) generateSelector(obj);
    },
    prepareForUpdate: (obj, old) => restore(obj, old, "status"),
    validate: validateJob,
    validateUpdate: validateJobUpdate,
    warnings: workloadWarnings,
    defaultPropagation: "Orphan",
    deletionWarning: "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning",
  },
  subresources: { status: statusSubresource({ validateUpdate: validateJobStatus }) },
  columns,
  selectableFields: { "status.successful": (obj) => String(obj.status?.succeeded ?? 0) },
  indexes: orphanIndex,
  example,
};
