import type { CronJob, CronJobSpec, JobSpec } from "../../types/batch-v1.generated.ts";
import { defaultJobSpec } from "../job/defaults.ts";

/** Its jobs get their own defaults when they are made. */
export function defaultCronJob(obj: CronJob): void {
  const spec = (obj.spec ??= {} as CronJobSpec);
  spec.concurrencyPolicy ||= "Allow";
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  spec.jobTemplate ??= {};
  defaultJobSpec((spec.jobTemplate.spec ??= {} as JobSpec));
  obj.status ??= {};
}
