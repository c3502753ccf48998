import { expect, test } from "vitest";
import { aPod } from "../../../../test/harness/builders.ts";
import { testCluster, type TestCluster } from "../../../../test/harness/test-cluster.ts";
import { pod as podKind } from "../../core/pod/kind.ts";
import { isActive } from "../../core/pod/readiness.ts";
import type { KubeObject } from "../../object.ts";
import type { Job, JobSpec } from "../../types/batch-v1.generated.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { INDEX_ANNOTATION, TRACKING } from "./pods.ts";

const aJob = (spec: Partial<JobSpec> = {}, pod: object = {}): Job => ({
  apiVersion: "batch/v1", kind: "Job", metadata: { name: "work", namespace: "default" },
  spec: { template: { spec: { containers: [{ name: "main", image: "work:1" }], restartPolicy: "Never", ...pod } }, ...spec },
}) as Job;
const indexed = (completions: number, more: Partial<JobSpec> = {}) => aJob({ completionMode: "Indexed", completions, parallelism: completions, ...more });
const running = (cluster: TestCluster) => cluster.pods().filter(isActive);
const indexOf = (pod: Pod) => pod.metadata.annotations![INDEX_ANNOTATION];
const atIndex = (cluster: TestCluster, index: number) => running(cluster).find((pod) => indexOf(pod) === String(index))!;
const conditions = (cluster: TestCluster, job: Job) => (cluster.get(job)?.status?.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);

function finish(cluster: TestCluster, pod: Pod, phase: "Succeeded" | "Failed", exitCode = phase === "Failed" ? 1 : 0): void {
  const finishedAt = new Date(cluster.nowMs).toISOString().slice(0, 19) + "Z";
  cluster.transact((tx) => {
    cluster.agents.finish(tx, pod, phase);
    tx.update(podKind, pod.metadata.namespace, pod.metadata.name!, (draft) => {
      draft.status!.containerStatuses = [{ name: "main", image: "work:1", imageID: "", ready: false, restartCount: 0, state: { terminated: { exitCode, finishedAt } } }];
    }, { subresource: "status" });
  });
  cluster.settle({ pods: "ready" });
}

test("a job gets labels and a selector of its own, and its pods are tracked", async () => {
  await using cluster = await testCluster();
  const job = cluster.create(aJob());
  const labels = { "batch.kubernetes.io/controller-uid": job.metadata.uid, "batch.kubernetes.io/job-name": "work", "controller-uid": job.metadata.uid, "job-name": "work" };
  expect(job.spec).toMatchObject({ completions: 1, parallelism: 1, backoffLimit: 6, completionMode: "NonIndexed", suspend: false, podReplacementPolicy: "TerminatingOrFailed", manualSelector: false, selector: { matchLabels: { "batch.kubernetes.io/controller-uid": job.metadata.uid } } });
  expect(job.metadata.labels).toEqual(labels);
  cluster.settle({ pods: "ready" });
  const [pod] = cluster.pods(job);
  expect(pod!.metadata).toMatchObject({ labels, generateName: "work-", finalizers: [TRACKING] });
  expect(cluster.get(job)!.status).toEqual({ startTime: expect.any(String), active: 1, ready: 1, terminating: 0, uncountedTerminatedPods: {} });
});

test("it is complete when enough pods have succeeded, and lets them go", async () => {
  await using cluster = await testCluster();
  const job = cluster.create(aJob({ completions: 3, parallelism: 2 }));
  cluster.settle({ pods: "ready" });
  for (let i = 0; i < 3; i++) {
    expect(running(cluster)).toHaveLength(Math.min(2, 3 - i));
    finish(cluster, running(cluster)[0]!, "Succeeded");
  }
  expect(conditions(cluster, job)).toEqual(["SuccessCriteriaMet=True CompletionsReached", "Complete=True CompletionsReached"]);
  expect(cluster.get(job)!.status).toMatchObject({ succeeded: 3, completionTime: expect.any(String), ready: 0, terminating: 0 });
  expect(cluster.get(job)!.status).not.toHaveProperty("active");
  expect(cluster.pods()).toSatisfyAll((pod: Pod) => !pod.metadata.finalizers?.length);
  expect(cluster.events(job)).toContain("Normal Completed: Job completed");
});

test.each(Array.from({ length: 20 }, (_, i) => i + 1))("every end is counted once, whatever the order (seed %i)", async (seed) => {
  await using cluster = await testCluster({ seed });
  const { random } = cluster.api;
  const job = cluster.create(aJob({ completions: 6, parallelism: 3, backoffLimit: 1000 }));
  let [succeeded, failed] = [0, 0];
  for (let i = 0; i < 60 && !conditions(cluster, job).some((text) => text.startsWith("Complete")); i++) {
    cluster.advance(600_000, { pods: "ready" });
    const pods = running(cluster);
    if (pods.length === 0) break;
    expect(pods.length).toBeLessThanOrEqual(Math.min(3, 6 - succeeded));
    const pod = pods[Math.floor(random.next() * pods.length)]!;
    const fails = random.next() < 0.4;
    cluster.transact((tx) => cluster.agents.finish(tx, pod, fails ? "Failed" : "Succeeded"));
    if (fails) failed++;
    else succeeded++;
    if (random.next() < 0.5) cluster.delete(pod);
  }
  cluster.settle({ pods: "ready" });
  expect(succeeded).toBe(6);
  expect(cluster.get(job)!.status).toMatchObject({ succeeded, ...(failed > 0 && { failed }) });
});

test("failures are retried ever more slowly, up to the limit", async () => {
  await using cluster = await testCluster();
  const job = cluster.create(aJob({ backoffLimit: 1 }));
  cluster.settle({ pods: "ready" });
  finish(cluster, running(cluster)[0]!, "Failed");
  expect(running(cluster)).toHaveLength(0);
  cluster.advance(9_000, { pods: "ready" });
  expect(running(cluster)).toHaveLength(0);
  cluster.advance(1_000, { pods: "ready" });
  expect(running(cluster)).toHaveLength(1);
  finish(cluster, running(cluster)[0]!, "Failed");
  expect(conditions(cluster, job)).toEqual(["FailureTarget=True BackoffLimitExceeded", "Failed=True BackoffLimitExceeded"]);
  expect(cluster.get(job)!.status).toMatchObject({ failed: 2 });
  expect(cluster.get(job)!.status).not.toHaveProperty("completionTime");
  expect(cluster.events(job)).toContain("Warning BackoffLimitExceeded: Job has reached the specified backoff limit");
});

test("a deadline stops what runs; the job has failed once it has stopped", async () => {
  await using cluster = await testCluster();
  const job = cluster.create(aJob({ activeDeadlineSeconds: 60, completions: 2, parallelism: 2 }));
  cluster.settle({ pods: "ready" });
  cluster.advance(61_000);
  expect(conditions(cluster, job)).toEqual(["FailureTarget=True DeadlineExceeded"]);
  expect(cluster.get(job)!.status).toMatchObject({ failed: 2, terminating: 2 });
  cluster.settle({ pods: "ready" });
  expect(conditions(cluster, job)).toEqual(["FailureTarget=True DeadlineExceeded", "Failed=True DeadlineExceeded"]);
  expect(cluster.get(job)!.status).toMatchObject({ failed: 2, terminating: 0 });
});

test("an indexed job runs each index once, and tells its pods which they are", async () => {
  await using cluster = await testCluster();
  const job = cluster.create(indexed(4, { parallelism: 2 }));
  cluster.settle({ pods: "ready" });
  const first = atIndex(cluster, 0);
  expect(first.metadata).toMatchObject({ generateName: "work-0-", labels: { [INDEX_ANNOTATION]: "0" } });
  expect(first.spec).toMatchObject({ hostname: "work-0", containers: [{ env: [{ name: "JOB_COMPLETION_INDEX", valueFrom: { fieldRef: { fieldPath: `metadata.labels['${INDEX_ANNOTATION}']` } } }] }] });
  finish(cluster, atIndex(cluster, 1), "Succeeded");
  expect(running(cluster).map(indexOf).sort()).toEqual(["0", "2"]);
  finish(cluster, atIndex(cluster, 2), "Succeeded");
  expect(cluster.get(job)!.status).toMatchObject({ completedIndexes: "1,2", succeeded: 2 });
  finish(cluster, atIndex(cluster, 3), "Succeeded");
  expect(cluster.get(job)!.status).toMatchObject({ completedIndexes: "1-3" });
  finish(cluster, atIndex(cluster, 0), "Succeeded");
  expect(cluster.get(job)!.status).toMatchObject({ completedIndexes: "0-3", succeeded: 4 });
  expect(conditions(cluster, job)).toContain("Complete=True CompletionsReached");
});

test("with a limit per index the others go on when one has failed for good", async () => {
  await using cluster = await testCluster();
  const job = cluster.create(indexed(3, { backoffLimitPerIndex: 1 }));
  cluster.settle({ pods: "ready" });
  finish(cluster, atIndex(cluster, 0), "Failed");
  expect(running(cluster)).toHaveLength(2);
  cluster.advance(10_000, { pods: "ready" });
  expect(atIndex(cluster, 0).metadata.annotations).toMatchObject({ "batch.kubernetes.io/job-index-failure-count": "1" });
  finish(cluster, atIndex(cluster, 0), "Failed");
  expect(cluster.get(job)!.status).toMatchObject({ failedIndexes: "0", failed: 2 });
  for (const index of [1, 2]) finish(cluster, atIndex(cluster, index), "Succeeded");
  expect(cluster.get(job)!.status).toMatchObject({ failedIndexes: "0", completedIndexes: "1,2" });
  expect(conditions(cluster, job)).toContain("Failed=True FailedIndexes");
});

test("too many failed indexes end the whole job", async () => {
  await using cluster = await testCluster();
  const job = cluster.create(indexed(4, { backoffLimitPerIndex: 0, maxFailedIndexes: 1 }));
  cluster.settle({ pods: "ready" });
  finish(cluster, atIndex(cluster, 3), "Failed");
  expect(conditions(cluster, job)).toEqual([]);
  finish(cluster, atIndex(cluster, 1), "Failed");
  expect(conditions(cluster, job)).toContain("Failed=True MaxFailedIndexesExceeded");
  expect(running(cluster)).toEqual([]);
});

test("the failure policy ignores, counts, or fails at once", async () => {
  await using cluster = await testCluster();
  const rules = [
    { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
    { action: "FailJob", onExitCodes: { containerName: "main", operator: "In", values: [42] } },
  ];
  const job = cluster.create(aJob({ backoffLimit: 0, podFailurePolicy: { rules } }));
  expect(job.spec!.podReplacementPolicy).toBe("Failed");
  cluster.settle({ pods: "ready" });
  cluster.update(running(cluster)[0]!, (draft) => { draft.status!.conditions!.push({ type: "DisruptionTarget", status: "True" }); }, { subresource: "status" });
  const [disrupted] = running(cluster);
  cluster.update(disrupted!, (draft) => { draft.status!.phase = "Failed"; }, { subresource: "status" });
  cluster.advance(10_000, { pods: "ready" });
  expect(cluster.get(job)!.status).not.toHaveProperty("failed");
  const [pod] = running(cluster);
  finish(cluster, pod!, "Failed", 42);
  expect(cluster.get(job)!.status!.conditions!.find(({ type }) => type === "Failed")).toMatchObject({ reason: "PodFailurePolicy", message: `Container main for pod default/${pod!.metadata.name} failed with exit code 42 matching FailJob rule at index 1` });
});

test("a success policy ends the job early", async () => {
  await using cluster = await testCluster();
  const job = cluster.create(indexed(5, { successPolicy: { rules: [{ succeededIndexes: "0,2-3", succeededCount: 2 }] } }));
  cluster.settle({ pods: "ready" });
  finish(cluster, atIndex(cluster, 1), "Succeeded");
  finish(cluster, atIndex(cluster, 0), "Succeeded");
  expect(conditions(cluster, job)).toEqual([]);
  finish(cluster, atIndex(cluster, 3), "Succeeded");
  expect(conditions(cluster, job)).toEqual(["SuccessCriteriaMet=True SuccessPolicy", "Complete=True SuccessPolicy"]);
  expect(cluster.get(job)!.status).not.toHaveProperty("failed");
  expect(running(cluster)).toEqual([]);
});

test("a suspended job has no pods and no clock; it goes on when resumed, and nothing counts as failed", async () => {
  await using cluster = await testCluster();
  const job = cluster.create(aJob({ suspend: true, parallelism: 2, completions: 2 }));
  cluster.settle({ pods: "ready" });
  expect(cluster.pods()).toEqual([]);
  expect(conditions(cluster, job)).toEqual(["Suspended=True JobSuspended"]);
  expect(cluster.get(job)!.status).not.toHaveProperty("startTime");
  cluster.update(job, (draft) => { draft.spec!.suspend = false; });
  cluster.settle({ pods: "ready" });
  expect(running(cluster)).toHaveLength(2);
  expect(conditions(cluster, job)).toEqual(["Suspended=False JobResumed"]);
  cluster.update(job, (draft) => { draft.spec!.suspend = true; });
  cluster.settle({ pods: "ready" });
  expect(cluster.pods()).toEqual([]);
  expect(cluster.get(job)!.status).not.toHaveProperty("failed");
});

test("less parallelism stops pods without blaming them", async () => {
  await using cluster = await testCluster();
  const job = cluster.create(aJob({ parallelism: 4, completions: 8 }));
  cluster.settle({ pods: "ready" });
  cluster.update(job, (draft) => { draft.spec!.parallelism = 1; });
  cluster.settle({ pods: "ready" });
  expect(running(cluster)).toHaveLength(1);
  expect(cluster.get(job)!.status).not.toHaveProperty("failed");
});

test("a finished job goes after its time to live, with its pods", async () => {
  await using cluster = await testCluster();
  const job = cluster.create(aJob({ ttlSecondsAfterFinished: 30 }));
  cluster.settle({ pods: "ready" });
  finish(cluster, running(cluster)[0]!, "Succeeded");
  cluster.advance(29_000, { pods: "ready" });
  expect(cluster.get(job)).toBeDefined();
  cluster.advance(2_000, { pods: "ready" });
  expect(cluster.get(job)).toBeUndefined();
  expect(cluster.pods()).toEqual([]);
});

test.each(["Background", "Foreground", "Orphan"] as const)("a deleted job holds no pod back (%s)", async (propagationPolicy) => {
  await using cluster = await testCluster();
  const job = cluster.create(aJob({ parallelism: 2, completions: 2 }));
  cluster.settle({ pods: "ready" });
  cluster.delete(job, { propagationPolicy });
  cluster.settle({ pods: "ready" });
  expect(cluster.get(job)).toBeUndefined();
  expect(cluster.pods()).toHaveLength(propagationPolicy === "Orphan" ? 2 : 0);
  expect(cluster.pods()).toSatisfyAll((pod: Pod) => !pod.metadata.finalizers?.length);
});

test("an orphan is adopted again, and a pod whose labels change is let go and replaced", async () => {
  await using cluster = await testCluster();
  const job = cluster.create(aJob({ parallelism: 2, completions: 2 }));
  cluster.settle({ pods: "ready" });
  const [orphan, stray] = cluster.pods(job);
  cluster.update(orphan!, (draft) => { draft.metadata.ownerReferences = []; });
  cluster.settle({ pods: "ready" });
  expect(cluster.get(orphan!)!.metadata).toMatchObject({ ownerReferences: [{ uid: job.metadata.uid }], finalizers: [TRACKING] });
  cluster.update(stray!, (draft) => { draft.metadata.labels = {}; });
  cluster.settle({ pods: "ready" });
  expect(cluster.get(stray!)!.metadata.ownerReferences ?? []).toEqual([]);
  expect(cluster.get(stray!)!.metadata.finalizers ?? []).toEqual([]);
  expect(cluster.pods(job)).toHaveLength(2);
});

test("a job that another controller manages is left alone", async () => {
  await using cluster = await testCluster();
  const job = cluster.create(aJob({ managedBy: "example.com/queue" }));
  cluster.settle({ pods: "ready" });
  expect(cluster.pods()).toEqual([]);
  expect(cluster.get(job)!.status).toEqual({});
});

test("a work queue without a number is done when a pod has succeeded and none runs", async () => {
  await using cluster = await testCluster();
  const job = cluster.create(aJob({ parallelism: 3 }));
  cluster.settle({ pods: "ready" });
  expect(cluster.get(job)!.spec).not.toHaveProperty("completions");
  finish(cluster, running(cluster)[0]!, "Succeeded");
  expect(running(cluster)).toHaveLength(2);
  expect(conditions(cluster, job)).toEqual([]);
  for (const pod of running(cluster)) finish(cluster, pod, "Succeeded");
  expect(conditions(cluster, job)).toContain("Complete=True CompletionsReached");
});

test("foreign pods are not counted", async () => {
  await using cluster = await testCluster();
  const job = cluster.create(aJob());
  cluster.create(aPod({ name: "other", labels: { "batch.kubernetes.io/job-name": "work" } }) as KubeObject);
  cluster.settle({ pods: "ready" });
  expect(cluster.get(job)!.status).toMatchObject({ active: 1 });
});
