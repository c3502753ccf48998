/** batch/v1 CronJob: Jobs made by a schedule. */
import type { Kind } from "../../kind.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import { podWarnings } from "../../pod-spec/warnings.ts";
import type { CronJob } from "../../types/batch-v1.generated.ts";
import { columns } from "./columns.ts";
import { defaultCronJob } from "./defaults.ts";
import { example } from "./example.ts";
import { validateCronJob } from "./validate.ts";

export const cronJob: Kind<CronJob> = {
  group: "batch", kind: "CronJob", resource: "cronjobs", singular: "cronjob", shortNames: ["cj"], categories: ["all"],
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.batch.v1.CronJob" }],
  strategy: {
    defaults: defaultCronJob,
    prepareForCreate(obj) { obj.status = {}; },
    prepareForUpdate: (obj, old) => restore(obj, old, "status"),
    validate: (obj, _ctx, old) => validateCronJob(obj, old),
    warnings: (obj, old) => (old && old.metadata.generation === obj.metadata.generation ? []
      : podWarnings(obj.spec.jobTemplate.spec?.template.metadata, obj.spec.jobTemplate.spec?.template.spec, "spec.jobTemplate.spec.template.")),
  },
  subresources: { status: statusSubresource() },
  columns,
  example,
};
