import { expect, test } from "vitest";
import type { Job, JobSpec, JobStatus } from "../../types/batch-v1.generated.ts";
import { validateJobStatus } from "./validate-status.ts";

const START = "2026-01-01T00:00:00Z";
const LATER = "2026-01-01T01:00:00Z";
const is = (...types: string[]) => ({ conditions: types.map((type) => ({ type, status: "True" })) });
const complete: JobStatus = { ...is("SuccessCriteriaMet", "Complete"), startTime: START, completionTime: LATER, succeeded: 1 };
const aJob = (status: JobStatus, spec: Partial<JobSpec> = {}): Job => ({ apiVersion: "batch/v1", kind: "Job", metadata: { name: "j" }, spec: { completions: 1, parallelism: 1, ...spec } as JobSpec, status });

test.each<[string, JobStatus, JobStatus, Partial<JobSpec>, string[]]>([
  ["a job that completes", { startTime: START }, complete, {}, []],
  ["what was wrong before and stays", { active: 1, ...is("Failed") }, { active: 1, ...is("Failed"), failed: 3 }, {}, []],
  ["a negative count", {}, { active: -1 }, {}, ["status.active: Invalid value: -1: must be greater than or equal to 0"]],
  ["complete and failed at once", { startTime: START }, { ...complete, ...is("Complete", "Failed") }, {}, ["status.conditions: Invalid value: cannot set Complete=True and Failed=true conditions"]],
  ["failing after success", { startTime: START }, { startTime: START, ...is("SuccessCriteriaMet", "FailureTarget") }, {}, ["status.conditions: Invalid value: cannot set FailureTarget=True and SuccessCriteriaMet=true conditions"]],
  ["finished with pods", { startTime: START }, { startTime: START, active: 1, terminating: 2, ...is("Failed") }, {}, ["status.active: Invalid value: 1: active>0 is invalid for finished job", "status.terminating: Invalid value: 2: terminating>0 is invalid for finished job"]],
  ["finished without a start", {}, is("Failed"), {}, ["status.startTime: Required value: startTime is required for finished job"]],
  ["finished with pods to count", { startTime: START }, { startTime: START, uncountedTerminatedPods: { failed: ["a"] }, ...is("Failed") }, {}, ['status.uncountedTerminatedPods: Invalid value: {"failed":["a"]}: uncountedTerminatedPods needs to be empty for finished job']],
  ["a pod to count twice", {}, { uncountedTerminatedPods: { succeeded: ["a", ""], failed: ["a"] } }, {}, ['status.uncountedTerminatedPods.succeeded[1]: Invalid value: "": must not be empty', 'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"']],
  ["an end without completion", { startTime: START }, { startTime: START, completionTime: LATER }, {}, [`status.completionTime: Invalid value: "${LATER}": cannot set completionTime when there is no Complete=True condition`]],
  ["completion without an end", { startTime: START }, { startTime: START, ...is("Complete") }, {}, ["status.completionTime: Required value: completionTime is required for Complete jobs"]],
  ["an end before the start", { startTime: LATER }, { ...complete, startTime: LATER, completionTime: START }, {}, [`status.completionTime: Invalid value: "${START}": completionTime cannot be set before startTime`]],
  ["another end", complete, { ...complete, completionTime: "2026-01-01T02:00:00Z" }, {}, ['status.completionTime: Invalid value: "2026-01-01T02:00:00Z": completionTime cannot be mutated']],
  ["another start", { startTime: START }, { startTime: LATER }, {}, [`status.startTime: Invalid value: "${LATER}": field is immutable for unsuspended job once set`]],
  ["no start any more", { startTime: START }, {}, {}, ["status.startTime: Invalid value: null: field is immutable for unsuspended job once set"]],
  ["another start when it goes on", { startTime: START, ...is("Suspended") }, { startTime: LATER, conditions: [{ type: "Suspended", status: "False" }] }, {}, []],
  ["another start of a suspended job", { startTime: START }, { startTime: LATER }, { suspend: true }, []],
  ["not complete any more", complete, { startTime: START, succeeded: 1 }, {}, ["status.conditions: Invalid value: cannot disable the terminal Complete=True condition"]],
  ["counts that fall", { failed: 2, succeeded: 1 }, { failed: 1 }, {}, ["status.failed: Invalid value: 1: cannot decrease the failed counter", "status.succeeded: Invalid value: 0: cannot decrease the succeeded counter"]],
  ["a scaled-down indexed job", { succeeded: 2 }, { succeeded: 1 }, { completionMode: "Indexed" }, []],
  ["more ready than active", {}, { active: 1, ready: 2 }, {}, ["status.ready: Invalid value: 2: cannot set more ready pods than active"]],
  ["indexes that are none", {}, { completedIndexes: "1-a" }, { completionMode: "Indexed", completions: 5 }, ['status.completedIndexes: Invalid value: "1-a": error parsing completedIndexes: cannot convert string to integer for index: "a"']],
  ["indexes of a plain job", {}, { completedIndexes: "0" }, {}, ['status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode']],
  ["failed indexes without a limit", {}, { failedIndexes: "0" }, { completionMode: "Indexed", completions: 5 }, ['status.failedIndexes: Invalid value: "0": cannot set non-null failedIndexes when backoffLimitPerIndex is null']],
])("%s", (_name, before, after, spec, expected) => {
  expect(validateJobStatus(aJob(after, spec), aJob(before, spec)).map(({ field, message }) => `${field}: ${message}`)).toEqual(expected);
});
