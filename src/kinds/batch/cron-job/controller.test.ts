import { expect, test } from "vitest";
import { testCluster, type TestCluster } from "../../../../test/harness/test-cluster.ts";
import { TestApi } from "../../../../test/harness/test-api.ts";
import type { CronJob, Job } from "../../types/batch-v1.generated.ts";
import { columns } from "./columns.ts";
import { findDue } from "./due.ts";
import { parseSchedule } from "./schedule.ts";

// The clock of tests starts at midnight UTC of 1 January 2026.
const MINUTE_MS = 60_000;
const aCronJob = (spec: object = {}): CronJob => ({
  apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "nightly", namespace: "default" },
  spec: {
    schedule: "*/10 * * * *",
    jobTemplate: { metadata: { labels: { of: "nightly" } }, spec: { template: { spec: { containers: [{ name: "main", image: "work:1" }], restartPolicy: "OnFailure" } } } }, ...spec,
  },
}) as CronJob;
const jobs = (cluster: TestCluster) => cluster.list<Job>("batch/v1", "Job").filter((job) => !job.metadata.deletionTimestamp);
const starts = (cluster: TestCluster) => jobs(cluster).map((job) => job.metadata.annotations!["batch.kubernetes.io/cronjob-scheduled-timestamp"]).sort();
function finishAll(cluster: TestCluster, phase: "Succeeded" | "Failed" = "Succeeded"): void {
  for (const pod of cluster.pods().filter((p) => p.status?.phase === "Running" && !p.metadata.deletionTimestamp)) cluster.transact((tx) => cluster.agents.finish(tx, pod, phase));
  cluster.settle({ pods: "ready" });
}

test("jobs start when they are due, named by their minute, and are kept account of", async () => {
  await using cluster = await testCluster();
  const cron = cluster.create(aCronJob());
  cluster.settle({ pods: "ready" });
  expect(jobs(cluster)).toEqual([]);
  cluster.advance(10 * MINUTE_MS, { pods: "ready" });
  const [job] = jobs(cluster);
  expect(job).toMatchObject({
    metadata: { name: `nightly-${Date.parse("2026-01-01T00:10:00Z") / MINUTE_MS}`, labels: { of: "nightly" }, annotations: { "batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-01-01T00:10:00Z" }, ownerReferences: [{ kind: "CronJob", name: "nightly", controller: true, blockOwnerDeletion: true }] },
    spec: { completions: 1, backoffLimit: 6 },
  });
  expect(cluster.get(cron)!.status).toMatchObject({ lastScheduleTime: "2026-01-01T00:10:00Z", active: [{ apiVersion: "batch/v1", kind: "Job", name: job!.metadata.name, namespace: "default", uid: job!.metadata.uid }] });
  finishAll(cluster);
  expect(cluster.get(cron)!.status).toEqual({ lastScheduleTime: "2026-01-01T00:10:00Z", lastSuccessfulTime: "2026-01-01T00:10:00Z" });
  expect(cluster.events(cron).sort()).toEqual([`Normal SawCompletedJob: Saw completed job: ${job!.metadata.name}, condition: Complete`, `Normal SuccessfulCreate: Created job ${job!.metadata.name}`]);
});

test.each([["Allow", 3], ["Forbid", 1], ["Replace", 1]] as const)("%s: %i jobs at once", async (concurrencyPolicy, count) => {
  await using cluster = await testCluster();
  const cron = cluster.create(aCronJob({ concurrencyPolicy }));
  cluster.advance(30 * MINUTE_MS, { pods: "ready" });
  expect(jobs(cluster)).toHaveLength(count);
  expect(cluster.get(cron)!.status!.active).toHaveLength(count);
  expect(starts(cluster).at(-1)).toBe(concurrencyPolicy === "Forbid" ? "2026-01-01T00:10:00Z" : "2026-01-01T00:30:00Z");
});

test("a suspended one starts nothing, and resumed takes up only the latest time", async () => {
  await using cluster = await testCluster();
  const cron = cluster.create(aCronJob({ suspend: true }));
  cluster.advance(35 * MINUTE_MS, { pods: "ready" });
  expect(jobs(cluster)).toEqual([]);
  cluster.update(cron, (draft) => { draft.spec.suspend = false; });
  cluster.settle({ pods: "ready" });
  expect(starts(cluster)).toEqual(["2026-01-01T00:30:00Z"]);
});

test("what is too late by its deadline is skipped", async () => {
  await using cluster = await testCluster();
  const cron = cluster.create(aCronJob({ suspend: true, startingDeadlineSeconds: 60 }));
  cluster.advance(35 * MINUTE_MS, { pods: "ready" });
  cluster.update(cron, (draft) => { draft.spec.suspend = false; });
  cluster.settle({ pods: "ready" });
  expect(jobs(cluster)).toEqual([]);
  cluster.advance(5 * MINUTE_MS, { pods: "ready" });
  expect(starts(cluster)).toEqual(["2026-01-01T00:40:00Z"]);
});

test("of the jobs that have ended only so many are kept", async () => {
  await using cluster = await testCluster();
  cluster.create(aCronJob({ successfulJobsHistoryLimit: 2, failedJobsHistoryLimit: 0 }));
  for (let i = 0; i < 4; i++) {
    cluster.advance(10 * MINUTE_MS, { pods: "ready" });
    finishAll(cluster);
  }
  expect(starts(cluster)).toEqual(["2026-01-01T00:30:00Z", "2026-01-01T00:40:00Z"]);
  expect(cluster.pods()).toHaveLength(2);
});

test("time zones count, and a new schedule holds at once", async () => {
  await using cluster = await testCluster();
  const cron = cluster.create(aCronJob({ schedule: "0 6 * * *", timeZone: "Asia/Kolkata" }));
  cluster.advance(31 * MINUTE_MS, { pods: "ready" });
  expect(starts(cluster)).toEqual(["2026-01-01T06:00:00+05:30"]);
  cluster.update(cron, (draft) => { draft.spec.schedule = "*/20 * * * *"; draft.spec.timeZone = undefined; });
  cluster.advance(10 * MINUTE_MS, { pods: "ready" });
  expect(starts(cluster).sort()).toEqual(["2026-01-01T00:40:00Z", "2026-01-01T06:00:00+05:30"]);
});

test("@every counts from the last time", async () => {
  await using cluster = await testCluster();
  cluster.advance(7_000);
  cluster.create(aCronJob({ schedule: "@every 90s" }));
  cluster.advance(4 * MINUTE_MS, { pods: "ready" });
  expect(starts(cluster)).toEqual(["2026-01-01T00:01:37Z", "2026-01-01T00:03:07Z"]);
});

test("deleting it deletes its jobs and their pods", async () => {
  await using cluster = await testCluster();
  const cron = cluster.create(aCronJob());
  cluster.advance(10 * MINUTE_MS, { pods: "ready" });
  cluster.delete(cron);
  cluster.settle({ pods: "ready" });
  expect(jobs(cluster)).toEqual([]);
  expect(cluster.pods()).toEqual([]);
});

test("between two times it has nothing to do", async () => {
  await using cluster = await testCluster({ nodes: 0 });
  cluster.create(aCronJob({ schedule: "0 0 1 6 *" }));
  cluster.settle();
  expect(cluster.core.queue.entries().filter(({ controller }) => controller === "cronjob-controller").map(({ dueMs }) => new Date(dueMs).toISOString())).toEqual(["2026-06-01T00:00:00.000Z"]);
});

test("after a long sleep the latest time is found at once", () => {
  const cron = (more: object) => ({ ...aCronJob(more), metadata: { name: "x", creationTimestamp: "2020-01-01T00:00:00Z" } }) as CronJob;
  const nowMs = Date.parse("2026-05-05T05:05:30Z");
  const due = (schedule: string, more: object = {}) => {
    const { atMs, nextMs } = findDue(cron(more), parseSchedule(schedule), "UTC", nowMs);
    return [atMs, nextMs].map((ms) => (ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 16)));
  };
  expect(due("* * * * *")).toEqual(["2026-05-05T05:05", "2026-05-05T05:06"]);
  expect(findDue(cron({}), parseSchedule("* * * * *"), "UTC", nowMs).missed).toBeGreaterThan(100);
  expect(due("0 3 * * *")).toEqual(["2026-05-05T03:00", "2026-05-06T03:00"]);
  expect(due("0 0 1 1 *")).toEqual(["2026-01-01T00:00", "2027-01-01T00:00"]);
  expect(due("0 0 29 2 *")).toEqual(["2024-02-29T00:00", "2028-02-29T00:00"]);
  expect(due("0 3 * * *", { startingDeadlineSeconds: 3600 })).toEqual([undefined, "2026-05-06T03:00"]);
});

test.each<[object, string]>([
  [{ schedule: "" }, "spec.schedule: Required value"],
  [{ schedule: "61 * * * *" }, "spec.schedule: Invalid value: \"61 * * * *\": end of range (61) above maximum (59): 61"],
  [{ schedule: "TZ=UTC * * * * *" }, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"],
  [{ timeZone: "Mars/Olympus" }, 'spec.timeZone: Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus'],
  [{ timeZone: "" }, "timeZone must be nil or non-empty string"],
  [{ timeZone: "Local" }, "timeZone must be an explicit time zone"],
  [{ concurrencyPolicy: "Maybe" }, "spec.concurrencyPolicy: Unsupported value"],
  [{ startingDeadlineSeconds: -1 }, "spec.startingDeadlineSeconds: Invalid value: -1"],
  [{ jobTemplate: { spec: { template: { spec: { containers: [{ name: "c", image: "i" }] } } } } }, "spec.jobTemplate.spec.template.spec.restartPolicy: Required value"],
  [{ jobTemplate: { spec: { manualSelector: true, selector: { matchLabels: { a: "b" } }, template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } } } }, "spec.jobTemplate.spec.selector: Invalid value"],
])("refuses %j", async (spec, message) => {
  await using api = new TestApi();
  const answer = await api.post(aCronJob(spec));
  expect(answer).toBeStatus(422, "Invalid");
  expect(answer.body.message).toContain(message);
});

test("names leave room for those of jobs; rows", async () => {
  await using api = new TestApi();
  const answer = await api.post({ ...aCronJob(), metadata: { name: "n".repeat(53), namespace: "default" } });
  expect(answer.body.message).toContain("must be no more than 52 characters");
  const cron = await api.create(aCronJob()) as CronJob;
  expect(columns.map((column) => column.value(cron, Date.parse("2026-01-01T00:00:09Z")))).toEqual(["nightly", "*/10 * * * *", "<none>", "False", 0, "<none>", "9s", "main", "work:1", "<none>"]);
});
