import { validateNotNegative } from "../../apps/workload-template.ts";
import { type FieldError, invalidValue, notSupported, required } from "../../../lib/field-error.ts";
import { validateTemplateMetadata } from "../../pod-spec/metadata.ts";
import type { CronJob, CronJobSpec } from "../../types/batch-v1.generated.ts";
import { maxCharacters } from "../../values/names.ts";
import { validateJobSpec } from "../job/validate.ts";
import { parseSchedule } from "./schedule.ts";
import { isTimeZone } from "./time-zone.ts";

/** What its jobs' names add is eleven characters of the 63 that a label may have. */
const NAME_LENGTH_MAX = 52;
const POLICIES = ["Allow", "Forbid", "Replace"];

export function validateCronJob(obj: CronJob, old: CronJob | undefined): FieldError[] {
  const { spec } = obj;
  const name = obj.metadata.name ?? "";
  const { jobTemplate } = spec;
  const path = "spec.jobTemplate";
  return [
    ...(!old && name.length > NAME_LENGTH_MAX ? [invalidValue("metadata.name", name, maxCharacters(NAME_LENGTH_MAX))] : []),
    ...validateSchedule(spec, old?.spec),
    ...validateNotNegative(spec, "spec", ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"]),
    ...(POLICIES.includes(spec.concurrencyPolicy ?? "") ? [] : [notSupported("spec.concurrencyPolicy", spec.concurrencyPolicy ?? "", POLICIES)]),
    ...(!old || spec.timeZone !== old.spec.timeZone ? validateTimeZone(spec) : []),
    ...validateTemplateMetadata(jobTemplate.metadata, `${path}.metadata`),
    ...validateJobSpec(jobTemplate.spec!, `${path}.spec`),
    ...(jobTemplate.spec?.selector ? [invalidValue(`${path}.spec.selector`, jobTemplate.spec.selector, "`selector` will be auto-generated")] : []),
    ...(jobTemplate.spec?.manualSelector ? [notSupported(`${path}.spec.manualSelector`, true, ["nil", "false"])] : []),
  ];
}

function validateSchedule({ schedule = "" }: CronJobSpec, old: CronJobSpec | undefined): FieldError[] {
  if (schedule === "") return [required("spec.schedule")];
  if (schedule.includes("TZ")) {
    return old?.schedule === schedule ? [] : [invalidValue("spec.schedule", schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead")];
  }
  try {
    parseSchedule(schedule);
    return [];
  } catch (error) {
    return [invalidValue("spec.schedule", schedule, (error as Error).message)];
  }
}

function validateTimeZone({ timeZone }: CronJobSpec): FieldError[] {
  if (timeZone == null) return [];
  if (timeZone === "") return [invalidValue("spec.timeZone", timeZone, "timeZone must be nil or non-empty string")];
  if (timeZone.toLowerCase() === "local") return [invalidValue("spec.timeZone", timeZone, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones")];
  return isTimeZone(timeZone) ? [] : [invalidValue("spec.timeZone", timeZone, `unknown time zone ${timeZone}`)];
}
