import { controllerReference } from "../../../controllers/ownership.ts";
import { deepEqual } from "../../../lib/deep-equal.ts";
import type { Deployment, ReplicaSet } from "../../types/apps-v1.generated.ts";
import { templateHash } from "../template-hash.ts";
import { deployment as deploymentKind } from "./kind.ts";
import { byCreation, newSetSize, rollingBounds, wantedReplicas } from "./rollout.ts";

export const REVISION = "deployment.kubernetes.io/revision";
const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
export const DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas";
export const MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";
const POD_TEMPLATE_HASH = "pod-template-hash";

/** Annotations of a Deployment that its ReplicaSets do not take over. */
const OWN_ANNOTATIONS = new Set(["kubectl.kubernetes.io/last-applied-configuration", REVISION, REVISION_HISTORY, DESIRED_REPLICAS, MAX_REPLICAS, "deprecated.deployment.rollback.to"]);

export const revisionOf = (obj: { metadata: { annotations?: Record<string, string> } }): number => Number(obj.metadata.annotations?.[REVISION] ?? 0) || 0;

/** The set whose template is the Deployment's, the oldest if there are several. */
export function findNewSet(d: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return byCreation(sets).find((set) => sameTemplate(set.spec?.template, d.spec?.template));
}

export const nextRevision = (oldSets: readonly ReplicaSet[]): number => Math.max(0, ...oldSets.map(revisionOf)) + 1;

/** The ReplicaSet of the Deployment's present template. `others` are all its sets so far. */
export function newReplicaSet(d: Deployment, others: readonly ReplicaSet[], revision: number): ReplicaSet {
  const hash = templateHash(d.spec!.template, d.status?.collisionCount);
  const template = structuredClone(d.spec!.template!);
  template.metadata = { ...template.metadata, labels: { ...template.metadata?.labels, [POD_TEMPLATE_HASH]: hash } };
  const selector = structuredClone(d.spec!.selector!);
  selector.matchLabels = { ...selector.matchLabels, [POD_TEMPLATE_HASH]: hash };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${d.metadata.name}-${hash}`,
      namespace: d.metadata.namespace,
      labels: { ...template.metadata.labels },
      annotations: { ...inherited(d), ...sizedFor(d), [REVISION]: String(revision) },
      ownerReferences: [controllerReference(deploymentKind, d)],
    },
    spec: { replicas: newSetSize(d, others, 0), minReadySeconds: d.spec!.minReadySeconds, selector, template },
  };
}

/** What a set notes of the size that it was given its own size for, so that a later scaling is noticed and proportional. */
export function sizedFor(d: Deployment): Record<string, string> {
  return { [DESIRED_REPLICAS]: String(wantedReplicas(d)), [MAX_REPLICAS]: String(wantedReplicas(d) + rollingBounds(d).surge) };
}

/** Annotations of a set that is (again) the present one: it moves up to the newest revision and remembers its former ones. */
export function currentAnnotations(d: Deployment, set: ReplicaSet, revision: number): Record<string, string> {
  const annotations = { ...set.metadata.annotations, ...inherited(d) };
  const former = revisionOf(set);
  if (former >= revision) return annotations;
  if (former > 0) annotations[REVISION_HISTORY] = history(annotations[REVISION_HISTORY], former);
  return { ...annotations, [REVISION]: String(revision) };
}

const HISTORY_CHARACTERS_MAX = 2_000;

/** The oldest are forgotten first. */
function history(known: string | undefined, former: number): string {
  const revisions = [...(known ? known.split(",") : []), String(former)];
  while (revisions.length > 1 && revisions.join(",").length > HISTORY_CHARACTERS_MAX) revisions.shift();
  return revisions.join(",");
}

export function sameTemplate(a: unknown, b: unknown): boolean {
  return deepEqual(withoutHash(a), withoutHash(b));
}

function inherited(d: Deployment): Record<string, string> {
  return Object.fromEntries(Object.entries(d.metadata.annotations ?? {}).filter(([name]) => !OWN_ANNOTATIONS.has(name)));
}

function withoutHash(template: unknown): unknown {
  const { metadata, ...rest } = template as { metadata?: { labels?: Record<string, string> } };
  const { [POD_TEMPLATE_HASH]: _, ...labels } = metadata?.labels ?? {};
  const { labels: __, ...others } = metadata ?? {};
  return { ...rest, metadata: { ...others, ...(Object.keys(labels).length > 0 && { labels }) } };
}
