import { validateNotNegative } from "../../apps/workload-template.ts";
import { duplicate, type FieldError, invalidField, invalidValue, required } from "../../../lib/field-error.ts";
import { sameValue } from "../../field-checks.ts";
import type { Job, JobStatus } from "../../types/batch-v1.generated.ts";
import { parseTime } from "../../values/time.ts";
import { finishOf, trueCondition } from "./conditions.ts";
import { countIndexes, parseIndexes } from "./indexes.ts";

/**
 * Whoever runs a Job (`managedBy`) keeps to what its readers rely on. A rule is only asked when what it is about has
 * changed, so that a status that is wrong already can still be written elsewhere.
 */
export function validateJobStatus(obj: Job, old: Job): FieldError[] {
  const status = obj.status ?? {};
  return [
    ...validateNotNegative(status, "status", ["active", "succeeded", "failed", "ready", "terminating"]),
    ...validateUncounted(status),
    ...validateFinish(obj, old),
    ...validateTimes(obj, old),
    ...validateIndexes(obj, old),
    ...validateChange(obj, old),
  ];
}

const CONDITIONS = "status.conditions";
const isIndexed = ({ spec }: Job): boolean => spec?.completionMode === "Indexed";
const isTrue = (obj: Job, type: string): boolean => trueCondition(obj, type) !== undefined;

function validateUncounted({ uncountedTerminatedPods: uncounted }: JobStatus): FieldError[] {
  const seen = new Set<string>();
  return (["succeeded", "failed"] as const).flatMap((list) => (uncounted?.[list] ?? []).flatMap((uid, i) => {
    const path = `status.uncountedTerminatedPods.${list}[${i}]`;
    if (uid === "") return [invalidValue(path, uid, "must not be empty")];
    if (seen.has(uid)) return [duplicate(path, uid)];
    seen.add(uid);
    return [];
  }));
}

/** Pairs of conditions that exclude each other. */
const EXCLUSIVE: readonly [one: string, other: string, text: string][] = [
  ["Complete", "Failed", "cannot set Complete=True and Failed=true conditions"],
  ["Complete", "FailureTarget", "cannot set Complete=True and FailureTarget=true conditions"],
  ["SuccessCriteriaMet", "Failed", "cannot set Failed=True and SuccessCriteriaMet=true conditions"],
  ["SuccessCriteriaMet", "FailureTarget", "cannot set FailureTarget=True and SuccessCriteriaMet=true conditions"],
];

function validateFinish(obj: Job, old: Job): FieldError[] {
  const status = obj.status ?? {};
  const turned = (type: string) => isTrue(obj, type) !== isTrue(old, type);
  const changed = (field: keyof JobStatus) => !sameValue(status[field], old.status?.[field]);
  const errors = EXCLUSIVE.filter(([one, other]) => isTrue(obj, one) && isTrue(obj, other) && (turned(one) || turned(other))).map(([, , text]) => invalidField(CONDITIONS, text));
  if (!finishOf(obj)) return errors;
  const finishes = !finishOf(old);
  const { active = 0, terminating = 0, startTime, uncountedTerminatedPods: uncounted } = status;
  if (active > 0 && (finishes || changed("active"))) errors.push(invalidValue("status.active", active, "active>0 is invalid for finished job"));
  if (terminating > 0 && (finishes || changed("terminating"))) errors.push(invalidValue("status.terminating", terminating, "terminating>0 is invalid for finished job"));
  const neverRan = obj.spec?.suspend === true && obj.spec.completions === 0;
  if (!startTime && (finishes || changed("startTime")) && !neverRan) errors.push(required("status.startTime", "startTime is required for finished job"));
  const left = (uncounted?.succeeded?.length ?? 0) + (uncounted?.failed?.length ?? 0);
  if (left > 0 && (finishes || changed("uncountedTerminatedPods"))) errors.push(invalidValue("status.uncountedTerminatedPods", uncounted, "uncountedTerminatedPods needs to be empty for finished job"));
  return errors;
}

function validateTimes(obj: Job, old: Job): FieldError[] {
  const { startTime, completionTime } = obj.status ?? {};
  const was = old.status ?? {};
  const [startChanged, endChanged] = [startTime !== was.startTime, completionTime !== was.completionTime];
  const completes = isTrue(obj, "Complete") !== isTrue(old, "Complete");
  const errors: FieldError[] = [];
  const refuseEnd = (text: string) => errors.push(invalidValue("status.completionTime", completionTime, text));
  if (completionTime && !isTrue(obj, "Complete") && (completes || endChanged)) refuseEnd("cannot set completionTime when there is no Complete=True condition");
  if (!completionTime && isTrue(obj, "Complete") && (completes || endChanged)) errors.push(required("status.completionTime", "completionTime is required for Complete jobs"));
  if (startTime && completionTime && (startChanged || endChanged) && parseTime(completionTime) < parseTime(startTime)) refuseEnd("completionTime cannot be set before startTime");
  if (completionTime && was.completionTime && endChanged) refuseEnd("completionTime cannot be mutated");
  // Who goes on after a pause starts anew.
  const resumes = isTrue(old, "Suspended") && obj.status?.conditions?.some(({ type, status }) => type === "Suspended" && status === "False");
  if (was.startTime && startChanged && !obj.spec?.suspend && !resumes) errors.push(invalidValue("status.startTime", startTime ?? null, "field is immutable for unsuspended job once set"));
  return errors;
}

function validateIndexes(obj: Job, old: Job): FieldError[] {
  const { completedIndexes = "", failedIndexes } = obj.status ?? {};
  const completedChanged = completedIndexes !== (old.status?.completedIndexes ?? "");
  const failedChanged = failedIndexes !== old.status?.failedIndexes;
  const errors: FieldError[] = [];
  if (completedChanged) errors.push(...indexErrors(obj, "completedIndexes"));
  if (failedChanged) errors.push(...indexErrors(obj, "failedIndexes"));
  if (completedChanged && completedIndexes && !isIndexed(obj)) errors.push(invalidValue("status.completedIndexes", completedIndexes, "cannot set non-empty completedIndexes when non-indexed completion mode"));
  if (failedChanged && failedIndexes !== undefined && obj.spec?.backoffLimitPerIndex == null) errors.push(invalidValue("status.failedIndexes", failedIndexes, "cannot set non-null failedIndexes when backoffLimitPerIndex is null"));
  if (errors.length > 0 || !(completedChanged || failedChanged) || !failedIndexes) return errors;
  const completed = parseIndexes(completedIndexes, obj.spec?.completions);
  const both = [...parseIndexes(failedIndexes, obj.spec?.completions)].find((index) => completed.has(index));
  return both === undefined ? [] : [invalidValue("status.failedIndexes", failedIndexes, `failedIndexes and completedIndexes overlap at index: ${both}`)];
}

function indexErrors({ spec, status }: Job, field: "completedIndexes" | "failedIndexes"): FieldError[] {
  const text = status?.[field];
  if (!text || spec?.completions == null) return [];
  try {
    countIndexes(text, spec.completions);
    return [];
  } catch (error) {
    return [invalidValue(`status.${field}`, text, `error parsing ${field}: ${(error as Error).message}`)];
  }
}

const FINAL = ["Failed", "Complete", "FailureTarget"];

function validateChange(obj: Job, old: Job): FieldError[] {
  const { failed = 0, succeeded = 0, ready, active = 0 } = obj.status ?? {};
  const was = old.status ?? {};
  const errors = FINAL.filter((type) => isTrue(old, type) && !isTrue(obj, type)).map((type) => invalidField(CONDITIONS, `cannot disable the terminal ${type}=True condition`));
  if (failed < (was.failed ?? 0)) errors.push(invalidValue("status.failed", failed, "cannot decrease the failed counter"));
  // An indexed job that does all its work at once may be scaled down.
  const mayShrink = isIndexed(obj) && obj.spec?.completions === obj.spec?.parallelism;
  if (succeeded < (was.succeeded ?? 0) && !mayShrink) errors.push(invalidValue("status.succeeded", succeeded, "cannot decrease the succeeded counter"));
  if (ready !== undefined && ready > active && (ready !== was.ready || active !== (was.active ?? 0))) errors.push(invalidValue("status.ready", ready, "cannot set more ready pods than active"));
  return errors;
}
