import { expect, test } from "vitest";
import * as fc from "fast-check";
import { TestApi } from "../../../../test/harness/test-api.ts";
import type { Job } from "../../types/batch-v1.generated.ts";
import { columns } from "./columns.ts";
import { countIndexes, formatIndexes, parseIndexes } from "./indexes.ts";

type Loose = Record<string, any>;
const aJob = (spec: Loose = {}, pod: Loose = {}): Job => ({
  apiVersion: "batch/v1", kind: "Job", metadata: { name: "work", namespace: "default" },
  spec: { template: { spec: { containers: [{ name: "main", image: "work:1" }], restartPolicy: "Never", ...pod } }, ...spec },
}) as Job;

test.each<[Loose, Loose, string]>([
  [{}, { restartPolicy: "Always" }, 'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
  [{ parallelism: -1 }, {}, "spec.parallelism: Invalid value: -1: must be greater than or equal to 0"],
  [{ completionMode: "Indexed" , parallelism: 2 }, {}, "spec.completions: Required value: when completion mode is Indexed"],
  [{ completionMode: "Sorted" }, {}, "spec.completionMode: Unsupported value"],
  [{ backoffLimitPerIndex: 1 }, {}, "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode"],
  [{ completionMode: "Indexed", completions: 2, maxFailedIndexes: 1 }, {}, "spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified"],
  [{ selector: { matchLabels: { a: "b" } } }, {}, "spec.selector: Invalid value"],
  [{ podFailurePolicy: { rules: [{ action: "FailJob" }] } }, {}, "spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required"],
  [{ podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [0] } }] } }, {}, "must not be 0 for the In operator"],
  [{ podFailurePolicy: { rules: [{ action: "FailIndex", onExitCodes: { operator: "In", values: [1] } }] } }, {}, "requires the backoffLimitPerIndex to be set"],
  [{ podFailurePolicy: { rules: [] }, podReplacementPolicy: "TerminatingOrFailed" }, {}, 'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"'],
  [{ podFailurePolicy: { rules: [] } }, { restartPolicy: "OnFailure" }, 'only "Never" is supported when podFailurePolicy is specified'],
  [{ successPolicy: { rules: [{ succeededCount: 1 }] } }, {}, "requires indexed completion mode"],
  [{ completionMode: "Indexed", completions: 3, successPolicy: { rules: [{ succeededIndexes: "1,1" }] } }, {}, "error parsing succeededIndexes: non-increasing order, previous: 1, current: 1"],
  [{ completionMode: "Indexed", completions: 3, successPolicy: { rules: [{ succeededIndexes: "0-5" }] } }, {}, "too large index"],
  [{ managedBy: "nobody" }, {}, "must be a domain-prefixed path"],
])("refuses %j %j", async (spec, pod, message) => {
  await using api = new TestApi();
  const answer = await api.post(aJob(spec, pod));
  expect(answer).toBeStatus(422, "Invalid");
  expect(answer.body.message).toContain(message);
});

test("selector and template are for good, but a suspended job may still be placed elsewhere", async () => {
  await using api = new TestApi();
  const job = await api.create(aJob({ suspend: true, completions: 2 }));
  expect((await api.mergePatch(job, { spec: { completions: 3 } })).body.message).toContain("spec.completions: Invalid value: 3: field is immutable");
  expect((await api.mergePatch(job, { spec: { template: { spec: { nodeSelector: { zone: "b" } } } } })).status).toBe(200);
  expect((await api.mergePatch(job, { spec: { template: { spec: { terminationGracePeriodSeconds: 3 } } } })).body.message).toContain("spec.template: Invalid value");
  expect((await api.mergePatch(job, { spec: { suspend: false } })).status).toBe(200);
  expect((await api.mergePatch(job, { spec: { template: { spec: { nodeSelector: { zone: "c" } } } } })).body.message).toContain("field is immutable");
});

test("an indexed job grows as a whole", async () => {
  await using api = new TestApi();
  const job = await api.create(aJob({ completionMode: "Indexed", completions: 2, parallelism: 2 }));
  expect((await api.mergePatch(job, { spec: { completions: 3 } })).body.message).toContain("can only be modified in tandem with spec.parallelism");
  expect((await api.mergePatch(job, { spec: { completions: 3, parallelism: 3 } })).status).toBe(200);
});

test("a manual selector is taken as it is", async () => {
  await using api = new TestApi();
  const template = { metadata: { labels: { mine: "yes" } }, spec: aJob().spec!.template.spec };
  const job = await api.create(aJob({ manualSelector: true, selector: { matchLabels: { mine: "yes" } }, template })) as Job;
  expect(job.spec!.selector).toEqual({ matchLabels: { mine: "yes" } });
  expect(job.spec!.template.metadata!.labels).toEqual({ mine: "yes" });
});

test("who deletes a job and says nothing of its pods is told that they stay", async () => {
  await using api = new TestApi();
  const warningsOf = async (query: string) => {
    const job = await api.create(aJob());
    const { warnings } = await api.delete(job, { query });
    await api.mergePatch(job, { metadata: { finalizers: null } });
    return warnings;
  };
  expect(await warningsOf("")).toEqual(["child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning"]);
  for (const query of ["propagationPolicy=Background", "propagationPolicy=Orphan", "orphanDependents=false"]) expect(await warningsOf(query)).toEqual([]);
});

test("indexes survive being written and read", () => {
  fc.assert(fc.property(fc.uniqueArray(fc.nat(200)), (indexes) => {
    const text = formatIndexes(indexes);
    expect([...parseIndexes(text)].sort((a, b) => a - b)).toEqual([...indexes].sort((a, b) => a - b));
    if (indexes.length > 0) expect(countIndexes(text, 201)).toBe(indexes.length);
  }));
  expect(formatIndexes([7, 1, 3, 4, 5, 8])).toBe("1,3-5,7,8");
});

test("rows", () => {
  const job = aJob({ completions: 3, selector: { matchLabels: { a: "b" } } });
  job.status = { succeeded: 1, startTime: "2026-01-01T00:00:00Z", conditions: [{ type: "Suspended", status: "True" }] };
  const row = (at: string) => columns.map((column) => column.value(job, Date.parse(at)));
  expect(row("2026-01-01T00:01:30Z").toSpliced(4, 1)).toEqual(["work", "Suspended", "1/3", "90s", "main", "work:1", "a=b"]);
  job.status = { ...job.status, completionTime: "2026-01-01T00:00:05Z", conditions: [{ type: "Complete", status: "True" }] };
  expect(row("2026-01-02T00:00:00Z").slice(1, 4)).toEqual(["Complete", "1/3", "5s"]);
});
