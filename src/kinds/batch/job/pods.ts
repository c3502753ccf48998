import { podFromTemplate } from "../../apps/pod-from-template.ts";
import { isTerminating } from "../../core/pod/readiness.ts";
import type { Job } from "../../types/batch-v1.generated.ts";
import type { Container, Pod } from "../../types/core-v1.generated.ts";
import { parseTime } from "../../values/time.ts";
import { job as jobKind } from "./kind.ts";

/** Holds a pod until its end has been counted. */
export const TRACKING = "batch.kubernetes.io/job-tracking";
export const INDEX_ANNOTATION = "batch.kubernetes.io/job-completion-index";
const FAILURES = "batch.kubernetes.io/job-index-failure-count";
const IGNORED_FAILURES = "batch.kubernetes.io/job-index-ignored-failure-count";
const INDEX_VARIABLE = "JOB_COMPLETION_INDEX";
const NAME_LENGTH_MAX = 57;

export const isTracked = (pod: Pod): boolean => pod.metadata.finalizers?.includes(TRACKING) ?? false;
export const release = (draft: Pod): void => { draft.metadata.finalizers = draft.metadata.finalizers?.filter((finalizer) => finalizer !== TRACKING); };

/** Whether it counts as failed now: one on its way out does too, unless it is to be replaced only once it has ended. */
export function isFailed(job: Job, pod: Pod): boolean {
  if (pod.status?.phase === "Failed") return true;
  if (!isTerminating(pod)) return false;
  // No agent will ever say of a pod without a node that it has ended.
  return job.spec?.podReplacementPolicy !== "Failed" || !pod.spec?.nodeName;
}

export const isIndexed = ({ spec }: Job): boolean => spec?.completionMode === "Indexed";

export function indexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[INDEX_ANNOTATION];
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** How often the index had failed before this pod. */
export const failuresBefore = (pod: Pod): { counted: number; ignored: number } =>
  ({ counted: Number(pod.metadata.annotations?.[FAILURES] ?? 0) || 0, ignored: Number(pod.metadata.annotations?.[IGNORED_FAILURES] ?? 0) || 0 });

/** When a pod that is over ended: the last of its containers. */
export function endedMs(pod: Pod): number {
  const ends = (pod.status?.containerStatuses ?? []).flatMap(({ state }) => (state?.terminated?.finishedAt ? [parseTime(state.terminated.finishedAt)] : []));
  if (ends.length > 0) return Math.max(...ends);
  const ready = pod.status?.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime;
  return parseTime(ready ?? pod.metadata.deletionTimestamp ?? pod.metadata.creationTimestamp!);
}

export function newPod(job: Job, index?: { number: number; failures?: { counted: number; ignored: number } }): Pod {
  const pod = podFromTemplate(jobKind, job);
  pod.metadata.finalizers = [...(pod.metadata.finalizers ?? []), TRACKING];
  if (!index) return pod;
  const text = String(index.number);
  const stem = `${job.metadata.name}-${text}`;
  pod.metadata.generateName = `${stem.length + 1 > NAME_LENGTH_MAX ? `${job.metadata.name!.slice(0, NAME_LENGTH_MAX - text.length - 1)}-${text}` : stem}-`;
  pod.metadata.labels = { ...pod.metadata.labels, [INDEX_ANNOTATION]: text };
  pod.metadata.annotations = {
    ...pod.metadata.annotations, [INDEX_ANNOTATION]: text,
    ...(index.failures && { [FAILURES]: String(index.failures.counted) }), ...(index.failures?.ignored && { [IGNORED_FAILURES]: String(index.failures.ignored) }),
  };
  pod.spec!.hostname = stem;
  for (const container of [...(pod.spec!.containers ?? []), ...(pod.spec!.initContainers ?? [])]) tellIndex(container);
  return pod;
}

function tellIndex(container: Container): void {
  if (container.env?.some(({ name }) => name === INDEX_VARIABLE)) return;
  container.env = [...(container.env ?? []), { name: INDEX_VARIABLE, valueFrom: { fieldRef: { fieldPath: `metadata.labels['${INDEX_ANNOTATION}']` } } }];
}
